"""Kafka in KRaft mode: three nodes, each broker and controller; one where KAFKA_BROKERS=1."""

from __future__ import annotations

import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from infra.kafka.client import VARIABLES, reachable_brokers
from infra.kafka.lag import lag_lines
from infra.kafka.topics import create_topics
from infra.local.component import Artifact, Component, Context, Environment, Port, Program
from infra.local.errors import StackError
from infra.local.ports import PortSpec
from infra.local.settings import Settings

if TYPE_CHECKING:
    from shared.contracts import Contracts

_FOLDER = Path(__file__).parent
# Half of the heap for the young: with the default third of a small heap each broker collected every second, and an acknowledgement
# waits for whichever of the three is just collecting.
_JVM = ("-Xms192m", "-Xmx256m", "-Xmn128m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError")


def broker_count(settings: Settings) -> int:
    """KAFKA_BROKERS: 3, or 1 for a small machine."""
    text = settings.user.get("KAFKA_BROKERS") or settings.remembered.get("KAFKA_BROKERS") or "3"
    if text not in ("1", "3"):
        raise StackError(f"KAFKA_BROKERS={text} cannot be used: set it to 3, or to 1 on a small machine.")
    return int(text)


class Kafka(Component):
    name = "kafka"
    address = "KAFKA_BOOTSTRAP_SERVERS"
    artifact = Artifact(_FOLDER, "4.3.1")
    needs_java = True

    def ports(self, settings: Settings) -> tuple[PortSpec, ...]:
        return (PortSpec("KAFKA_PORT", 9092, tuple(range(2 * broker_count(settings)))),)

    def client_variables(self) -> tuple[str, ...]:
        return tuple(VARIABLES)

    def environment(self, context: Context) -> dict[str, str]:
        count = broker_count(context.settings)
        addresses = ",".join(f"127.0.0.1:{_broker_port(context, node)}" for node in range(1, count + 1))
        return {"KAFKA_BOOTSTRAP_SERVERS": addresses, "KAFKA_BROKERS": str(count)}

    def configure(self, context: Context) -> None:
        count = broker_count(context.settings)
        config = context.config_dir(self.name)
        config.mkdir(parents=True, exist_ok=True)
        (config / "log4j2.properties").write_bytes((_FOLDER / "log4j2.properties").read_bytes())
        data = context.data_dir(self.name)
        data.mkdir(parents=True, exist_ok=True)
        kept = len(list(data.glob("[0-9]")))
        if kept not in (0, count):
            raise StackError(
                f"The data in {data} is of {kept} Kafka broker(s), and KAFKA_BROKERS is {count}: "
                f"set KAFKA_BROKERS={kept} in .env to keep the data, or run 'make clean' to remove it."
            )
        for node in range(1, count + 1):
            (config / f"{node}.properties").write_text(render(context, node))
        self._format(context, count)

    def _format(self, context: Context, count: int) -> None:
        new = [n for n in range(1, count + 1) if not (_log_dir(context, n) / "meta.properties").exists()]
        cluster = context.data_dir(self.name) / "cluster.id"
        if not cluster.exists():
            cluster.write_text(new_cluster_id())
        running = [
            subprocess.Popen(
                (
                    *self._java(context),
                    "kafka.tools.StorageTool",
                    *("format", "--ignore-formatted", "-t", cluster.read_text()),
                    *("-c", str(context.config_dir(self.name) / f"{node}.properties")),
                ),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for node in new
        ]
        for process in running:
            output, _ = process.communicate(timeout=60)
            if process.returncode:
                raise StackError(f"Kafka's data folder could not be prepared: {output.strip()[-400:]}")

    def _java(self, context: Context) -> tuple[str, ...]:
        assert self.artifact is not None
        log4j = context.config_dir(self.name) / "log4j2.properties"
        classpath = str(context.fetched(self.artifact) / "*")
        return (context.java, *_JVM, f"-Dlog4j2.configurationFile={log4j}", "-cp", classpath)

    def programs(self, context: Context) -> list[Program]:
        return [
            Program(
                name=f"kafka-{node}",
                command=(
                    *self._java(context),
                    f"-Dkafka.node={node}",
                    "kafka.Kafka",
                    str(context.config_dir(self.name) / f"{node}.properties"),
                ),
                directory=context.data_dir(self.name),
                ports=(
                    Port(_broker_port(context, node), "KAFKA_PORT"),
                    Port(_broker_port(context, node) + 1, "KAFKA_PORT"),
                ),
                fingerprint=render(context, node),
            )
            for node in range(1, broker_count(context.settings) + 1)
        ]

    def probe(self, env: Environment) -> str | None:
        expected = int(env.get("KAFKA_BROKERS") or 1)
        found, reason = reachable_brokers(env)
        if found >= expected:
            return None
        return f"{found} of {expected} brokers answer at {env['KAFKA_BOOTSTRAP_SERVERS']}" + (f": {reason}" if reason else "")

    def declare(self, env: Environment, contracts: Contracts, say: Callable[[str], None]) -> None:
        create_topics(env, contracts.topics, say)

    def report(self, env: Environment) -> list[str]:
        return lag_lines(env)


def new_cluster_id() -> str:
    """As Kafka's own: a random UUID in 22 letters, without a hyphen in front, which Kafka's tools would take for an option."""
    while (text := urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return text


def _broker_port(context: Context, node: int) -> int:
    return context.ports["KAFKA_PORT"] + 2 * (node - 1)


def _log_dir(context: Context, node: int) -> Path:
    return context.data_dir("kafka") / str(node)


def render(context: Context, node: int) -> str:
    """The server.properties of one node."""
    count = broker_count(context.settings)
    return Template((_FOLDER / "server.properties").read_text()).substitute(
        node_id=node,
        voters=",".join(f"{n}@127.0.0.1:{_broker_port(context, n) + 1}" for n in range(1, count + 1)),
        broker_port=_broker_port(context, node),
        controller_port=_broker_port(context, node) + 1,
        log_dir=_log_dir(context, node),
        replication=count,
        min_isr=2 if count == 3 else 1,
    )


COMPONENT = Kafka()
