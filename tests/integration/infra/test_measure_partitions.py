"""The measurement on the real cluster: what it reads, what it tells, and that nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping

import pytest
from confluent_kafka import Producer

from infra.kafka import throughput
from infra.kafka.client import admin
from infra.kafka.groups import RefusedError
from infra.kafka.measure_partitions import measure, median, report
from infra.kafka.partition_advice import Rates, partitions
from infra.kafka.sample import made_up, read_sample
from infra.kafka.scratch import PREFIX, Described, describe_topic, scratch_topics
from infra.local.settings import ROOT
from shared.testing import eventually
from tests.conftest import Stack
from tests.integration.real_cluster import RealCluster
from tests.suites.cluster import random_name


@pytest.fixture
def env(stack: Stack) -> Mapping[str, str]:
    return stack.env


def speed(round_: throughput.Speed) -> float:
    return round_.bytes_s


def scratch(env: Mapping[str, str]) -> list[str]:
    return [name for name in admin(env).list_topics(timeout=20).topics if name.startswith(PREFIX)]


def nothing_is_left(env: Mapping[str, str]) -> None:
    """The broker that is asked may hear of a deletion after the one that answered it."""
    eventually(lambda: scratch(env) == [])


def described_soon(env: Mapping[str, str], topic: str) -> Described:
    """A topic that was made a moment ago: the broker that is asked may not have heard of it."""
    return eventually(lambda: describe_topic(admin(env), topic), not_yet=(RefusedError,))


def test_a_sample_holds_keys_values_and_headers_of_what_is_committed(env: Mapping[str, str], cluster: RealCluster) -> None:
    topic = cluster.create_topic(2)
    producer = Producer(cluster.client)
    producer.produce(topic, b"value", b"key", headers=[("id", b"12345")])
    assert producer.flush(20) == 0
    aborted = cluster.transactions(random_name("writer"), 0)
    aborted.init_transactions(20)
    aborted.begin_transaction()
    aborted.produce(topic, b"never")
    aborted.flush(20)
    aborted.abort_transaction(20)
    assert read_sample(env, topic).records == ((b"key", b"valueid12345"),)


def test_a_topic_without_a_record_is_refused_and_told_how_to_do_without(env: Mapping[str, str], cluster: RealCluster) -> None:
    with pytest.raises(RefusedError, match="RECORD_BYTES="):
        read_sample(env, cluster.create_topic())


def test_a_topic_is_measured_with_its_own_records_and_nothing_is_left(
    env: Mapping[str, str], cluster: RealCluster, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throughput, "ROUND_BYTES", 1_000_000)
    topic = cluster.create_topic()
    for number in range(20):
        cluster.append(topic, f"record {number} ".encode() * 10)
    described, sample = described_soon(env, topic), read_sample(env, topic)
    found, wire = measure(env, described, sample, [1, 2], rounds=2)
    assert {count: len(rounds) for count, rounds in found.items()} == {1: 2, 2: 2}
    assert all(speed.bytes_s > 0 for rounds in found.values() for speeds in rounds for speed in speeds)
    report(described, sample, found, wire, 10e6, 5e6)
    said = capsys.readouterr().out
    assert f"20 of {sample.mean_bytes:,.0f} bytes on average" in said
    assert "they compress better than the topic's would" in said
    advised = partitions(10e6, {count: Rates(median(done, 0, speed), median(done, 1, speed)) for count, done in found.items()}, 5e6)
    assert f"partitions: {advised.number}\n" in said
    assert f"replicas: {min(3, described.brokers)}" in said
    nothing_is_left(env)


def test_scratch_topics_are_as_the_topic_that_is_asked_about(env: Mapping[str, str], cluster: RealCluster) -> None:
    described = described_soon(env, cluster.create_topic())
    with scratch_topics(admin(env), described, [2]) as names:
        made = described_soon(env, names[2])
    assert (made.partitions, made.replicas, made.min_in_sync) == (2, described.replicas, described.min_in_sync)
    assert described.config.items() <= made.config.items()


def test_who_measures_hears_signals_afterwards_as_before(env: Mapping[str, str], cluster: RealCluster) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with scratch_topics(admin(env), described_soon(env, cluster.create_topic()), [1]):
        assert signal.getsignal(signal.SIGTERM) is signal.default_int_handler
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_interrupts_it_finds_nothing_left(env: Mapping[str, str], cluster: RealCluster, number: signal.Signals) -> None:
    topic = cluster.create_topic()
    command = [sys.executable, "-m", "infra.kafka.measure_partitions", topic, "10", "--record-bytes", "300"]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | dict(env), stderr=subprocess.PIPE, text=True)
    try:
        eventually(lambda: scratch(env) != [], within=30)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, "Interrupted" in said) == (130, True)
    nothing_is_left(env)


def test_records_that_nobody_takes_are_refused_with_the_reason(env: Mapping[str, str], cluster: RealCluster) -> None:
    with pytest.raises(RefusedError, match=r"Message size too large.*RECORD_BYTES="):
        measure(env, described_soon(env, cluster.create_topic()), made_up(1_000_000), [1], rounds=1)
    nothing_is_left(env)


def test_a_broken_measurement_leaves_nothing_either(env: Mapping[str, str], cluster: RealCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throughput.Throughput, "round", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        measure(env, described_soon(env, cluster.create_topic()), made_up(100), [1], rounds=1)
    nothing_is_left(env)
