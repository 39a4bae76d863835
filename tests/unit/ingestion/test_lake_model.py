"""A table holds each event once whatever happens, by a model that knows what was read first."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingestion.contracts.events import EventCollected
from shared.consumer.handler import Record
from shared.stores import StoreUnavailableError
from tests.unit.ingestion.lake_folder import Crash, Writer, places
from tests.unit.ingestion.tickets import collected, record

Records = list[Record[EventCollected]]

STEPS = st.lists(
    st.tuples(
        st.integers(0, 1),  # which writer
        st.integers(0, 2),  # which partition
        st.integers(0, 3),  # how many it reads again
        st.lists(st.integers(0, 9), max_size=4),  # new records, by their ids
        st.sampled_from(["fine", "fine", "fine", "crash", "overtaken", "index lost"]),
    ),
    min_size=2,
    max_size=8,
)


@settings(max_examples=12)
@given(STEPS)
def test_every_event_is_there_once_whatever_the_order_of_writers_crashes_and_repetitions(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, int, list[int], str]]
) -> None:
    folder = tmp_path_factory.mktemp("model")
    writers = [Writer(folder), Writer(folder)]
    log: dict[int, Records] = {0: [], 1: [], 2: []}
    first: dict[str, tuple[str, int, int]] = {}
    for number, partition, again, ids, fate in steps:
        writer, other = writers[number], writers[1 - number]
        for each in ids:
            name = f"{partition}/{each}"  # an id comes with one key, so in one partition
            first.setdefault(name, (name, partition, len(log[partition])))
            log[partition].append(record(collected(name), len(log[partition]), partition))
        batch = log[partition][max(0, len(log[partition]) - len(ids) - again) :]
        if fate == "index lost":
            writer = writers[number] = Writer(folder)
        writer.seen.crash = fate == "crash"
        writer.seen.before_commit = (lambda other=other, batch=batch: other.append(*batch[:2])) if fate == "overtaken" else None
        for _ in range(3):
            try:
                writer.append(*batch)
                break
            except (Crash, StoreUnavailableError):
                continue
        else:
            raise AssertionError("a batch that does not go in")
        writer.seen.crash = False
    if first:
        assert places(folder) == sorted(first.values(), key=lambda place: place[1:])
