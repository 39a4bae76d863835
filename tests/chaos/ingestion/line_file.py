"""A program that appends lines to the file of Kafka Connect's file source, all the while."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.chaos.ledger import Event, Ledger

TOGETHER = 10
"""Lines of one write."""
CUT = 0.3
"""So many writes end in the middle of a line, as those of a buffer do."""
CUT_SECONDS = 0.2
_FIRST_STREAM = 1_000_000


class LineFile:
    """What is in the file is acknowledged: the connector is to read it, whatever happens."""

    def __init__(self, path: Path, ledger: Ledger, seed: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = path.open("ab", buffering=0)
        self._ledger = ledger
        self._chance = Random(seed)
        self._writing = threading.Lock()
        # Lines have no key on their way, so that they may overtake each other: each is a stream of its own.
        self._streams = itertools.count(_FIRST_STREAM)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.error: Exception | None = None
        self.written = 0

    def start(self, events: Iterator[Event], rate: float) -> None:
        """`rate` lines a second until `stop`."""
        self._thread = threading.Thread(target=self._run, args=(events, rate), daemon=True)
        self._thread.start()

    def append(self, events: list[Event]) -> None:
        content = b"".join(json.dumps(event.body, ensure_ascii=False).encode() + b"\n" for event in events)
        with self._writing:
            if self._chance.random() < CUT:
                cut = self._chance.randrange(1, len(content))
                self._file.write(content[:cut])
                time.sleep(CUT_SECONDS)
                content = content[cut:]
            self._file.write(content)
            self.written += len(events)
        for event in events:
            self._ledger.acknowledge([event], next(self._streams), 0)

    def content(self) -> bytes:
        return self._path.read_bytes()

    def stop(self) -> None:
        """Returns when whole lines stand there."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def close(self) -> None:
        self.stop()
        self._file.close()

    def _run(self, events: Iterator[Event], rate: float) -> None:
        try:
            while not self._stopping.wait(TOGETHER / rate):
                self.append(list(itertools.islice(events, TOGETHER)))
        except Exception as error:
            self.error = error
