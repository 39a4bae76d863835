"""What of ingestion can break, each part with the faults that it must bear, and how it is looked at."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import httpx

from infra.connect.rest import Connect
from infra.hdfs.namenode import NameNode
from infra.registry.schemas import registry_client
from services.ingestion.contracts.lake import Layer, writer_group
from services.ingestion.important_filter.__main__ import GROUP as FILTER_GROUP
from shared.settings import ServiceSettings
from tests.chaos.breakable import KILL_BOUND_SECONDS, Breakable, Probe
from tests.chaos.ingestion.probes import Probes
from tests.chaos.kafka import CONTROLLER_ELECTION_SECONDS, Cluster
from tests.chaos.processes import Processes
from tests.chaos.schedule import Fault, Kind, Target

CONNECTOR = "ingestion-file-lines"
CONNECT_BOUND_SECONDS = 45.0
"""A JVM starts and reads its plugins, joins its group, which its predecessor leaves by the session timeout, and starts a connector."""
LAKE_BOUND_SECONDS = KILL_BOUND_SECONDS + 5.0
"""A commit waits three seconds for others to share it, on top of what every service may take."""
DATANODES = 2
KINDS = (Kind.KILL, Kind.TERM, Kind.PAUSE, Kind.AWAY, Kind.RESTART)
ALWAYS = tuple(Fault(name, Kind.AWAY) for name in ("elasticsearch", "s3", "hdfs-namenode", "hdfs-datanode-1", "kafka-1"))
_HDFS = frozenset({"hdfs-namenode", *(f"hdfs-datanode-{number}" for number in range(1, DATANODES + 1))})


class Servers(Cluster):
    """What the probes cannot ask: whether a server is whole."""

    def __init__(self, settings: ServiceSettings, env: dict[str, str], seed: int) -> None:
        super().__init__(settings.kafka, seed)
        self._env = env

    def hdfs_whole(self) -> bool:
        with NameNode(self._env) as namenode:
            return namenode.unready(DATANODES) is None

    def connector_runs(self) -> bool:
        with contextlib.suppress(httpx.HTTPError), Connect(self._env["CONNECT_URL"]) as connect:
            status = connect.status(CONNECTOR)
            return status is not None and status.running
        return False

    def registry_answers(self) -> bool:
        with registry_client(self._env) as client:
            return client.unready() is None


def targets(probes: Probes, processes: Processes, servers: Servers, away_seconds: float) -> tuple[list[Target], dict[str, Breakable]]:
    """The page is left out, since nothing passes it, and connect-watch while the connector runs."""
    kafka = frozenset({*servers.brokers, "controller"})
    door = kafka | {"ingest-api"}
    indexed = door | {"elasticsearch-sink", "elasticsearch"}
    lined = kafka | {"connect", "line-intake", "elasticsearch-sink", "elasticsearch"}
    on_s3, on_hdfs = door | {"s3"}, door | _HDFS

    breakables: dict[str, Breakable] = {}

    def add(name: str, probe: Probe, needs: frozenset[str], process: Callable[[], str] | None = None, **how: object) -> None:
        options: dict[str, object] = {"needs": needs | {name}, "away_seconds": away_seconds} | how
        breakables[name] = Breakable(process or (lambda: name), probe, **options)  # type: ignore[arg-type]

    def service(name: str, probe: Probe, needs: frozenset[str], **how: object) -> None:
        add(name, probe, needs, lambda: f"ingestion-{name}", **how)

    written = {layer: probes.read_by(writer_group(layer)) for layer in Layer}
    found = probes.read_by(FILTER_GROUP)
    service("ingest-api", probes.acknowledged, kafka)
    service("elasticsearch-sink", probes.indexed, indexed)
    service("lake-writer-s3", written[Layer.S3], on_s3, bound_seconds=LAKE_BOUND_SECONDS)
    service("lake-writer-hdfs", written[Layer.HDFS], on_hdfs, bound_seconds=LAKE_BOUND_SECONDS)
    service("lake-keeper", probes.answers("lake-keeper", "/health/ready"), _HDFS | {"s3"})
    service("important-filter", found, door | {"registry"})
    service("line-intake", probes.lined, lined)
    service("query-api", probes.answers("query-api", "/v1/sources"), frozenset({"elasticsearch", "registry"}))
    add("elasticsearch", probes.indexed, indexed, bounded=False)
    add("s3", written[Layer.S3], on_s3 | {"lake-writer-s3"}, bounded=False)
    add("hdfs-namenode", written[Layer.HDFS], on_hdfs | {"lake-writer-hdfs"}, whole=servers.hdfs_whole, bounded=False)
    for name in sorted(_HDFS - {"hdfs-namenode"}):
        # The other one has every block too, but until the NameNode gives a DataNode up, writers are sent to it.
        add(name, written[Layer.HDFS], on_hdfs | {"lake-writer-hdfs"}, replicated=True, whole=servers.hdfs_whole, bounded=False)
    add("connect", probes.lined, lined, whole=servers.connector_runs, bound_seconds=CONNECT_BOUND_SECONDS)
    # Events go on without it: its absence is no outage.
    add("registry", found, door | {"important-filter"}, replicated=True, whole=servers.registry_answers)
    if len(servers.brokers) > 1:
        # Any of them may be the active controller when its turn comes.
        kept_by_others = {"replicated": True, "whole": servers.in_sync, "election_seconds": CONTROLLER_ELECTION_SECONDS}
        for name in servers.brokers:
            add(name, probes.indexed, indexed, **kept_by_others)
        add("controller", probes.indexed, indexed, servers.controller, **kept_by_others)
    running = {name.removeprefix("ingestion-") for name in processes.names()} | {"controller"}
    breakables = {name: breakable for name, breakable in breakables.items() if name in running}
    groups = {name: "kafka" if name in kafka else "hdfs" if name in _HDFS else name for name in breakables}
    return [Target(name, _kinds(name, breakable), groups[name]) for name, breakable in breakables.items()], breakables


def _kinds(name: str, breakable: Breakable) -> tuple[Kind, ...]:
    """Of what others stand in for, a restart is a kill that is announced."""
    return tuple(kind for kind in KINDS if kind is not Kind.RESTART or not breakable.replicated)
