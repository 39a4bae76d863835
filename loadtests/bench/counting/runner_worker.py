"""The job on shared.streams.transactional_runner: SOURCE STATE OUTPUT GROUP."""

from __future__ import annotations

import sys

from loadtests.bench.counting.job import KEY_BYTES, CountCodec, Counted, InputCodec, count
from shared.settings import ServiceSettings
from shared.streams.processor import Place, Processor
from shared.worker import run_processor

if __name__ == "__main__":
    source, state, output, group = sys.argv[1:]
    processor = Processor(
        Place(source, InputCodec(), lambda value: value[:KEY_BYTES]),
        int,
        count,
        {Counted: Place(output, CountCodec(), lambda counted: counted.key)},
        headers=lambda _: None,
    )
    run_processor(group, ServiceSettings(), lambda _: processor, state)
