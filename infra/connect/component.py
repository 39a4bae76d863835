"""Kafka Connect in distributed mode, with Debezium and the file connector: a worker, and a watcher that starts again what has failed."""

from __future__ import annotations

import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import httpx

from infra.connect.connectors import apply, secrets_folder
from infra.connect.rest import Connect, ConnectorStatus
from infra.connect.security import java_security
from infra.connect.watch import read_state
from infra.kafka.client import VARIABLES
from infra.kafka.component import COMPONENT as KAFKA
from infra.local.component import Artifact, Component, Context, Environment, Port, Program
from infra.local.health import PROBE_SECONDS
from infra.local.ports import PortSpec
from infra.local.settings import Settings

if TYPE_CHECKING:
    from shared.contracts import Contracts

_FOLDER = Path(__file__).parent
_JVM = ("-Xms96m", "-Xmx256m", "-Xmn64m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError")
_SERVICE = "META-INF/services/org.apache.kafka.connect.storage.Converter"
_CONVERTER = "io.apicurio.registry.utils.converter.AvroConverter"
_AVRO = Artifact(_FOLDER / "avro", "2.6.13.Final")
assert KAFKA.artifact is not None


class KafkaConnect(Component):
    name = "connect"
    address = "CONNECT_URL"
    requires = ("kafka",)
    artifact = Artifact(_FOLDER / "debezium", "3.6.3.Final", unpack=True)
    also_fetched = (_AVRO, KAFKA.artifact)
    needs_java = True

    def ports(self, settings: Settings) -> tuple[PortSpec, ...]:
        return (PortSpec("CONNECT_PORT", 8083),)

    def environment(self, context: Context) -> dict[str, str]:
        return {"CONNECT_URL": f"http://127.0.0.1:{context.ports['CONNECT_PORT']}"}

    def configure(self, context: Context) -> None:
        config = context.config_dir(self.name)
        for folder in (config, context.data_dir(self.name)):
            folder.mkdir(parents=True, exist_ok=True)
        secrets_folder(context.settings.paths.stack).mkdir(mode=0o700, exist_ok=True)
        (config / "log4j2.properties").write_bytes((_FOLDER / "log4j2.properties").read_bytes())
        properties = config / "worker.properties"
        properties.touch(mode=0o600)  # it may hold Kafka's password
        properties.write_text(render(context))
        self._lay_out_plugins(context)

    def _lay_out_plugins(self, context: Context) -> None:
        """Connect wants a folder for each plugin, apart from the others; and the converter's jar does not tell the service loader of it."""
        assert self.artifact is not None
        for artifact in (self.artifact, _AVRO):
            plugin = _plugins(context) / artifact.name
            shutil.rmtree(plugin, ignore_errors=True)
            plugin.mkdir(parents=True)
            for jar in context.fetched(artifact).rglob("*.jar"):
                (plugin / jar.name).symlink_to(jar)
        with zipfile.ZipFile(_plugins(context) / _AVRO.name / "service.jar", "w") as service:
            service.writestr(_SERVICE, f"{_CONVERTER}\n")

    def programs(self, context: Context) -> list[Program]:
        config, port = context.config_dir(self.name), context.ports["CONNECT_PORT"]
        assert KAFKA.artifact is not None and self.artifact is not None
        return [
            Program(
                name="connect",
                command=(
                    *(context.java, *_JVM, f"-Dlog4j2.configurationFile={config / 'log4j2.properties'}"),
                    *("-cp", str(context.fetched(KAFKA.artifact) / "*")),
                    *("org.apache.kafka.connect.cli.ConnectDistributed", str(config / "worker.properties")),
                ),
                directory=context.data_dir(self.name),
                ports=(Port(port, "CONNECT_PORT"),),
                tier=10,
                fingerprint=f"{render(context)}{self.artifact.version} {_AVRO.version}",
            ),
            Program(
                name="connect-watch",
                command=(
                    *(sys.executable, "-m", "infra.connect.watch", "--url", f"http://127.0.0.1:{port}"),
                    *("--state", str(state_file(context.settings.paths.stack))),
                ),
                directory=context.settings.paths.root,
                environment={"PYTHONPATH": str(context.settings.paths.root)},
                tier=20,
            ),
        ]

    def probe(self, env: Environment) -> str | None:
        with Connect(env[self.address], timeout=PROBE_SECONDS) as connect:
            return connect.unready()

    def declare(self, env: Environment, contracts: Contracts, say: Callable[[str], None]) -> None:
        apply(env, contracts.folder, say)

    def report(self, env: Environment) -> list[str]:
        state = read_state(state_file(Path(env["STACK_DIR"])))
        return [_line(status, state.get(status.name, {}).get("restarts", 0)) for status in _statuses(env)]

    def troubles(self, env: Environment) -> list[str]:
        state = read_state(state_file(Path(env["STACK_DIR"])))
        return [_trouble(status, state.get(status.name, {})) for status in _statuses(env) if not status.running]


def _statuses(env: Environment) -> list[ConnectorStatus]:
    try:
        with Connect(env["CONNECT_URL"], timeout=PROBE_SECONDS) as connect:
            return connect.statuses()
    except (httpx.HTTPError, KeyError, ValueError) as error:
        return [ConnectorStatus("(all)", "UNKNOWN", (), f"Connect does not tell: {error}")]


def _line(status: ConnectorStatus, restarts: int) -> str:
    tasks = ", ".join(f"task {number} {state}" for number, state in enumerate(status.tasks)) or "no task"
    return f"connector {status.name}: {status.state}, {tasks}, restarted {restarts} time(s)"


def _trouble(status: ConnectorStatus, record: dict[str, object]) -> str:
    if record.get("given_up"):
        return (
            f"connector {status.name} stays FAILED after {record.get('in_a_row')} restarts in a row: {status.reason} "
            "Mend that, then 'make restart SERVICE=connect-watch'; nothing is lost meanwhile, until the slot's bound."
        )
    if status.failed:
        return f"connector {status.name} has failed and is started again: {status.reason}"
    return f"connector {status.name} does not run yet: {', '.join((status.state, *status.tasks))}"


def state_file(stack: Path) -> Path:
    """What the watcher did."""
    return stack / "data" / "connect" / "restarts.json"


def _plugins(context: Context) -> Path:
    return context.config_dir("connect") / "plugins"


def render(context: Context) -> str:
    """The worker's properties."""
    env = {name: context.settings.get(name) for name in VARIABLES} if KAFKA.external(context.settings) else KAFKA.environment(context)
    return Template((_FOLDER / "worker.properties").read_text()).substitute(
        bootstrap=env["KAFKA_BOOTSTRAP_SERVERS"],
        port=context.ports["CONNECT_PORT"],
        plugins=_plugins(context),
        secrets=secrets_folder(context.settings.paths.stack),
        security=java_security(env),
    )


COMPONENT = KafkaConnect()
