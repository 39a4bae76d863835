from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Message, Producer

from infra.kafka.component import COMPONENT
from infra.local.fetch import fetch, is_whole
from infra.local.settings import load_settings
from shared.testing.eventually import eventually
from tests.e2e.infra.checkout import Checkout

pytestmark = pytest.mark.timeout(300)
TOPICS = """
topics:
  - {name: events.orders, partitions: 2, key: order, schema: order.v1}
"""
ORDER = '{"type": "record", "name": "Order", "fields": [{"name": "id", "type": "string"}]}'


def test_topics_and_their_events_survive_down_and_a_kill_of_supervisord(checkout: Checkout) -> None:
    contracts = checkout.root / "services" / "events" / "contracts"
    contracts.mkdir()
    (contracts / "topics.yaml").write_text(TOPICS)
    (contracts / "order.v1.avsc").write_text(ORDER)
    created = checkout.up("events")
    assert "kafka: created 1 topic(s): events.orders" in created.text
    producer = Producer({"bootstrap.servers": checkout.env["KAFKA_BOOTSTRAP_SERVERS"], "acks": "all"})
    producer.produce("events.orders", b"one")
    assert producer.flush(30) == 0
    checkout.kill_supervisord()
    assert checkout.run("down").code == 0
    again = checkout.up("events")
    assert "created" not in again.text
    assert first_value(checkout.env["KAFKA_BOOTSTRAP_SERVERS"]) == b"one"
    refused = checkout.run("up", "events", KAFKA_BROKERS="3")
    assert refused.code == 1
    assert "set KAFKA_BROKERS=1 in .env to keep the data, or run 'make clean'" in refused.text


def first_value(servers: str) -> bytes | None:
    consumer = Consumer({"bootstrap.servers": servers, "group.id": "test", "auto.offset.reset": "earliest"})
    consumer.subscribe(["events.orders"])
    try:
        return eventually(lambda: taken(consumer.poll(1)), within=60)
    finally:
        consumer.close()


def taken(message: Message | None) -> bytes | None:
    """Not what a consumer says while its group has no coordinator yet."""
    assert message is not None and message.error() is None
    return message.value()


def test_a_damaged_jar_is_found_and_fetched_again(tmp_path: Path) -> None:
    artifact = COMPONENT.artifact
    assert artifact
    source = load_settings().paths.cache / artifact.name / artifact.version
    if not source.is_dir():
        pytest.skip(f"Kafka is not in {source}: start a stack once")
    copy = tmp_path / artifact.name / artifact.version
    shutil.copytree(source, copy)
    jar = next(copy.glob("kafka-clients-*.jar"))
    content = bytearray(jar.read_bytes())
    content[len(content) // 2] ^= 1
    jar.write_bytes(content)
    assert not is_whole(artifact, tmp_path)
    fetch(artifact, tmp_path)
    assert is_whole(artifact, tmp_path)
