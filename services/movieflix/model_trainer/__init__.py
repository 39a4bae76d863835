import os

# Read when numpy is loaded: on all cores, a fit would push who serves viewers aside for seconds.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
