"""Benchmarks: competitors in turns, in one run, so that what is compared met the same machine."""
