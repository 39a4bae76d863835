"""What benchmarks run on: servers of their own, on free ports, and gone afterwards."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psutil
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from infra.local.processes import pid_folder
from infra.local.settings import read_env_file
from loadtests.bench.comparison import BenchError
from loadtests.bench.process import Command, spent
from shared.producer import PRODUCER_CONFIG
from shared.settings import ServiceSettings
from shared.testing import eventually
from tests.stack import OwnStack

READY_SECONDS = 300.0


@dataclass
class World:
    """The environment of the servers is in os.environ, as a service has it."""

    env: dict[str, str]
    folder: Path

    def __post_init__(self) -> None:
        self.settings = ServiceSettings()
        self.client = self.settings.kafka.client() | {"log_level": 0}
        self.admin = AdminClient(self.client)

    def python(self, module: str, *arguments: str, core: int | None = None, **environment: str) -> Command:
        """A module of the checkout as a competitor's process."""
        return Command([sys.executable, "-m", module, *arguments], {"LOG_LEVEL": "ERROR", **environment}, core)

    def service(self, module: str, port: int, instance: int = 0, core: int | None = None, **environment: str) -> Command:
        """A service as the launcher starts it."""
        name = module.rsplit(".", 1)[1].replace("_", "-")
        return self.python(module, core=core, SERVICE_NAME=name, SERVICE_INSTANCE=str(instance), SERVICE_PORT=str(port), **environment)

    def create_topic(self, name: str, partitions: int, **config: str) -> str:
        """A topic `name` with a random end."""
        topic = f"{name}-{uuid4().hex[:8]}"
        self.create_exact_topic(topic, partitions, **config)
        return topic

    def create_exact_topic(self, topic: str, partitions: int, **config: str) -> None:
        for future in self.admin.create_topics([NewTopic(topic, partitions, config=config)]).values():
            future.result(20)

    def ends(self, topic: str) -> dict[int, int]:
        partitions = self.admin.list_topics(topic, timeout=20).topics[topic].partitions
        answers = self.admin.list_offsets({TopicPartition(topic, number): OffsetSpec.latest() for number in partitions})
        return {place.partition: future.result(20).offset for place, future in answers.items()}

    def written(self, topic: str) -> Callable[[], float]:
        """Offsets that the topic has got from now on: its records, and the few marks of transactions."""
        before = sum(self.ends(topic).values())
        return lambda: sum(self.ends(topic).values()) - before

    def fill(self, topic: str, records: Sequence[tuple[bytes, bytes]]) -> None:
        """Write keys and values; returns once all are acknowledged."""
        producer = Producer(PRODUCER_CONFIG | self.client | {"linger.ms": 50, "batch.size": 262_144})
        for key, value in records:
            while True:
                try:
                    producer.produce(topic, value, key)
                    break
                except BufferError:
                    producer.poll(0.1)
        if producer.flush(60):
            raise BenchError(f"{topic} could not be filled: the brokers did not acknowledge within a minute")

    def begin_at(self, group: str, topics: Mapping[str, Mapping[int, int]]) -> None:
        """Have a group read these partitions from these offsets on; waits for the sessions of its last members to end."""
        places = [TopicPartition(topic, number, offset) for topic, ends in topics.items() for number, offset in ends.items()]

        def accepted() -> None:
            (done,) = self.admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, places)]).values()
            done.result(20)

        eventually(accepted, within=30, every=0.5, not_yet=(KafkaException,))

    def servers(self, without: str = "") -> Callable[[], float]:
        """Processor seconds of all servers of this stack so far, but for one program."""
        records = pid_folder(Path(self.env["STACK_DIR"])).glob("*.pid")
        pids = [int(record.read_text().split()[0]) for record in records if record.stem != without]
        processes = [psutil.Process(pid) for pid in pids]
        return lambda: sum(spent(process) for process in processes)


class Server:
    """A program of the stack that runs already, as a competitor (process.Watched)."""

    def __init__(self, world: World, program: str) -> None:
        self._program = program
        self._process = psutil.Process(int((pid_folder(Path(world.env["STACK_DIR"])) / f"{program}.pid").read_text().split()[0]))

    def __str__(self) -> str:
        return self._program

    def cpu_seconds(self) -> float:
        return spent(self._process)

    def require_alive(self) -> None:
        if not self._process.is_running():
            raise BenchError(f"{self._program} has ended")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def open_world(stack: OwnStack, folder: Path) -> World:
    """Wait for the servers. Raises BenchError with what the launcher said."""
    if reason := stack.ready(READY_SECONDS):
        raise BenchError(reason)
    env = read_env_file(stack.env_file)
    os.environ.update(env)
    return World(env, folder)
