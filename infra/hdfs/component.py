"""HDFS: a NameNode, which knows the files, and two DataNodes, which keep their blocks."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from infra.hdfs.namenode import NameNode
from infra.local.component import Artifact, Component, Context, Environment, Port, Program
from infra.local.errors import StackError
from infra.local.ports import PortSpec
from infra.local.settings import Settings

if TYPE_CHECKING:
    from shared.contracts import Contracts

_FOLDER = Path(__file__).parent
_JVM = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError", "-Djava.net.preferIPv4Stack=true")
_NAMENODE = ("-Xms32m", "-Xmx192m", "org.apache.hadoop.hdfs.server.namenode.NameNode")
_DATANODE = ("-Xms32m", "-Xmx128m", "org.apache.hadoop.hdfs.server.datanode.DataNode")
_DATANODES = 2
"""hdfs-site.xml says why one is not enough."""
_OFFSETS = tuple(10 * k for k in range(_DATANODES))
_DATANODE_PORTS = {
    "dfs.datanode.address": PortSpec("HDFS_DATANODE_PORT", 9866, _OFFSETS),
    "dfs.datanode.http.address": PortSpec("HDFS_DATANODE_HTTP_PORT", 9864, _OFFSETS),
    "dfs.datanode.ipc.address": PortSpec("HDFS_DATANODE_IPC_PORT", 9867, _OFFSETS),
}
_TEXTS = ("core-site.xml", "hdfs-site.xml", "log4j.properties")


class Hdfs(Component):
    name = "hdfs"
    address = "HDFS_URL"
    artifact = Artifact(_FOLDER, "3.5.0")
    needs_java = True

    def external(self, settings: Settings) -> bool:
        """Where the user has set its address, and then that of its HTTP interface too."""
        if settings.get(self.address) and not settings.get("HDFS_HTTP_URL"):
            raise StackError(f"{self.address} is set and HDFS_HTTP_URL is not: set the NameNode's HTTP address in .env too.")
        return bool(settings.get(self.address))

    def ports(self, settings: Settings) -> tuple[PortSpec, ...]:
        return (PortSpec("HDFS_PORT", 8020), PortSpec("HDFS_HTTP_PORT", 9870), *_DATANODE_PORTS.values())

    def client_variables(self) -> tuple[str, ...]:
        return (self.address, "HDFS_HTTP_URL", "HADOOP_USER_NAME")

    def environment(self, context: Context) -> dict[str, str]:
        return {
            self.address: f"hdfs://127.0.0.1:{context.ports['HDFS_PORT']}",
            "HDFS_HTTP_URL": f"http://127.0.0.1:{context.ports['HDFS_HTTP_PORT']}",
        }

    def configure(self, context: Context) -> None:
        config, data = context.config_dir(self.name), context.data_dir(self.name)
        (data / "tmp").mkdir(parents=True, exist_ok=True)
        for name in ("hdfs", "datanode", "static"):
            # Its pages are in no jar, and without their folders it does not start.
            (config / "webapps" / name).mkdir(parents=True, exist_ok=True)
        for name in _TEXTS:
            (config / name).write_text(render(context, name))
        self._format(context)

    def _format(self, context: Context) -> None:
        data = context.data_dir(self.name)
        if (data / "name").exists():
            return
        # Made beside, then renamed: a start that was cut off leaves nothing that looks complete.
        new = data / "name.new"
        shutil.rmtree(new, ignore_errors=True)
        command = (*self._java(context), *_NAMENODE, f"-Ddfs.namenode.name.dir={new.as_uri()}", "-format", "-nonInteractive")
        done = subprocess.run(command, cwd=data, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise StackError(f"HDFS's data folder could not be prepared: {(done.stdout + done.stderr).strip()[-400:]}")
        new.rename(data / "name")

    def _java(self, context: Context) -> tuple[str, ...]:
        assert self.artifact is not None
        classpath = f"{context.config_dir(self.name)}:{context.fetched(self.artifact) / '*'}"
        # Its web server leaves folders there when it is killed.
        return (context.java, *_JVM, f"-Djava.io.tmpdir={context.data_dir(self.name) / 'tmp'}", "-cp", classpath)

    def programs(self, context: Context) -> list[Program]:
        texts = "".join(render(context, name) for name in _TEXTS)
        namenode = Program(
            name="hdfs-namenode",
            command=(*self._java(context), *_NAMENODE),
            directory=context.data_dir(self.name),
            ports=tuple(Port(context.ports[variable], variable) for variable in ("HDFS_PORT", "HDFS_HTTP_PORT")),
            fingerprint=texts,
        )
        return [namenode, *(self._datanode(context, number, texts) for number in range(1, _DATANODES + 1))]

    def _datanode(self, context: Context, number: int, texts: str) -> Program:
        data = context.data_dir(self.name)
        ports = {name: Port(context.ports[s.variable] + s.offsets[number - 1], s.variable) for name, s in _DATANODE_PORTS.items()}
        own = {name: f"127.0.0.1:{port.number}" for name, port in ports.items()} | {
            "dfs.datanode.data.dir": (data / f"blocks-{number}").as_uri()
        }
        return Program(
            name=f"hdfs-datanode-{number}",
            command=(*self._java(context), *_DATANODE, *(f"-D{name}={value}" for name, value in own.items())),
            directory=data,
            ports=tuple(ports.values()),
            tier=10,
            fingerprint=texts,
        )

    def probe(self, env: Environment) -> str | None:
        with NameNode(env) as namenode:
            # Only those that the launcher runs have a port here.
            return namenode.unready(_DATANODES if env.get("HDFS_DATANODE_PORT") else 1)

    def declare(self, env: Environment, contracts: Contracts, say: Callable[[str], None]) -> None:
        with NameNode(env) as namenode:
            if namenode.make_folder(f"/{contracts.case}"):
                say(f"hdfs: created the folder /{contracts.case}")


def render(context: Context, name: str) -> str:
    """One of its configuration files."""
    return Template((_FOLDER / name).read_text()).substitute(
        port=context.ports["HDFS_PORT"], http_port=context.ports["HDFS_HTTP_PORT"], name_dir=(context.data_dir("hdfs") / "name").as_uri()
    )


COMPONENT = Hdfs()
