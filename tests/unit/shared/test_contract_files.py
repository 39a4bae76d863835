"""load_contracts: what it makes of a case's contracts/, and how it names a file that is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shared.contracts import ContractError, load_contracts

TOPICS = """
defaults: {config: {compression.type: producer}}
topics:
  - name: cinema.seats
    key: user_id
    schema: seats.v2
    partitions: 3
    consumers: [seat-sink]
    dead_letters: true
    config: {retention.ms: 5}
changelogs:
  - {name: cinema-seats-changelog, partitions: 3}
"""


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "cinema" / "contracts"
    (folder / "indices").mkdir(parents=True)
    (folder / "topics.yaml").write_text(TOPICS)
    (folder / "seats.v2.avsc").write_text(json.dumps({"type": "record", "name": "SeatTaken", "fields": []}))
    (folder / "indices" / "free-seats.v3.json").write_text("{}")
    return tmp_path / "cinema"


def test_a_topic_brings_its_dead_letters_its_schema_and_the_defaults(case: Path) -> None:
    contracts = load_contracts(case)
    seats, dead_letters, changelog = contracts.topics
    assert (seats.name, seats.partitions, seats.kind) == ("cinema.seats", 3, "events")
    assert seats.config == {"compression.type": "producer", "retention.ms": "5"}
    assert (dead_letters.name, dead_letters.partitions, dead_letters.producers) == ("cinema.seats.dlq", 1, ("seat-sink",))
    assert (changelog.name, changelog.kind) == ("cinema-seats-changelog", "changelog")
    schema = contracts.schema("cinema.seats")
    assert (schema.subject, schema.version, schema.file) == ("cinema.seats-value", 2, "seats.v2.avsc")


def test_an_index_stands_behind_an_alias(case: Path) -> None:
    (index,) = load_contracts(case).indices
    assert (index.alias, index.index) == ("cinema-free-seats", "cinema-free-seats-v3")


def test_what_is_not_declared_is_named(case: Path) -> None:
    contracts = load_contracts(case)
    with pytest.raises(ContractError, match=r"cinema declares no topic cinema\.rows: add it to contracts/topics\.yaml"):
        contracts.topic("cinema.rows")
    with pytest.raises(ContractError, match=r"cinema-seats-changelog has no schema"):
        contracts.schema("cinema-seats-changelog")


@pytest.mark.parametrize(
    ("file", "message"),
    [("topics.yaml", "is missing"), ("seats.v2.avsc", "there is no .*seats.v2.avsc")],
)
def test_a_missing_file_is_named(case: Path, file: str, message: str) -> None:
    (case / "contracts" / file).unlink()
    with pytest.raises(ContractError, match=message):
        load_contracts(case)


def test_a_misnamed_index_is_named(case: Path) -> None:
    (case / "contracts" / "indices" / "seats.json").write_text("{}")
    with pytest.raises(ContractError, match=r"seats\.json: name it <dataset>\.v<N>\.json"):
        load_contracts(case)
