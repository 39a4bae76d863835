"""A connector that needs neither a database nor the registry: Kafka's own, which reads a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition

from shared.testing.eventually import eventually
from tests.e2e.infra.checkout import Checkout

pytestmark = pytest.mark.timeout(300)
TOPICS = """
topics:
  - {name: letters.lines, partitions: 1, producers: [connect]}
"""
CONNECTOR = {
    "why": "Each line of the file is a record.",
    "config": {
        "connector.class": "org.apache.kafka.connect.file.FileStreamSourceConnector",
        "tasks.max": "1",
        "file": "${STACK_DIR}/letters.txt",
        "topic": "letters.lines",
        "value.converter": "org.apache.kafka.connect.storage.StringConverter",
    },
}


class Lines:
    """Everything in the topic so far, read from its beginning."""

    def __init__(self, servers: str) -> None:
        self._consumer = Consumer({"bootstrap.servers": servers, "group.id": "test", "enable.auto.commit": False})
        self._consumer.assign([TopicPartition("letters.lines", 0, 0)])
        self._read: list[str] = []

    def close(self) -> None:
        self._consumer.close()

    def up_to(self, last: str) -> list[str]:
        """LookupError until this line is there."""
        for message in self._consumer.consume(100, 0.2):
            assert not message.error(), message.error()
            self._read.append((message.value() or b"").decode())
        if last not in self._read:
            raise LookupError(f"{last!r} has not come, only {self._read}")
        return self._read


@pytest.fixture
def letters(checkout: Checkout) -> Checkout:
    case = checkout.root / "services" / "letters"
    for name, text in (("contracts/topics.yaml", TOPICS), ("connect/post.json", json.dumps(CONNECTOR))):
        path = case / name
        path.parent.mkdir()
        path.write_text(text)
    return checkout


@pytest.fixture
def lines(letters: Checkout) -> Iterator[Lines]:
    assert "connect: created the connector letters-post" in letters.up("letters").text
    read = Lines(letters.env["KAFKA_BOOTSTRAP_SERVERS"])
    yield read
    read.close()


def write(path: Path, *lines: str) -> None:
    with path.open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


def test_each_line_of_a_file_arrives_and_a_killed_worker_goes_on_where_it_was(letters: Checkout, lines: Lines) -> None:
    assert set(letters.pids()) == {"kafka-1", "connect", "connect-watch"}
    path = letters.stack / "letters.txt"
    written = ["one", "Žlutý kůň, 黄色的马", "two"]
    write(path, *written)
    assert eventually(lambda: lines.up_to("two"), within=60) == written
    killed = letters.pids()["connect"]
    next(process for process in letters.processes() if process.pid == killed).kill()
    write(path, "three")
    read = eventually(lambda: lines.up_to("three"), within=60)
    # It counts characters and skips bytes: so what it has read may come again, first the end of a line.
    pieces = [line for line in read if line not in (*written, "three")]
    assert len(pieces) <= 1 and all(written[1].endswith(piece.lstrip("\N{REPLACEMENT CHARACTER}")) for piece in pieces)
    assert [line for line in dict.fromkeys(read) if line not in pieces] == [*written, "three"]
    assert "created" not in letters.up("letters").text
    assert letters.run("status").code == 0
