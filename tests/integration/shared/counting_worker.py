"""A worker process for the kill test: python -m tests.integration.shared.counting_worker SOURCE STATE OUTPUT GROUP"""

from __future__ import annotations

import sys

from shared.settings import ServiceSettings
from shared.worker import run_processor
from tests.suites.counting import counting

if __name__ == "__main__":
    source, state, output, group = sys.argv[1:]
    run_processor(group, ServiceSettings(), lambda _: counting(source, output), state, batch_size=500, gather_seconds=0.05)
