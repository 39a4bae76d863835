"""Elasticsearch: one node without security, bound to this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from infra.elasticsearch.indices import create_indices, elasticsearch_client
from infra.local.component import Artifact, Component, Context, Environment, Port, Program
from infra.local.errors import StackError
from infra.local.nobody import as_nobody, give_to_nobody
from infra.local.ports import PortSpec
from infra.local.settings import Settings

if TYPE_CHECKING:
    from shared.contracts import Contracts

_FOLDER = Path(__file__).parent


class Elasticsearch(Component):
    name = "elasticsearch"
    address = "ELASTICSEARCH_URL"
    artifact = Artifact(_FOLDER, "9.5.3", unpack=True)
    needs_java = True
    start_deadline = 240.0

    def ports(self, settings: Settings) -> tuple[PortSpec, ...]:
        return (PortSpec("ELASTICSEARCH_PORT", 9200),)

    def client_variables(self) -> tuple[str, ...]:
        return ("ELASTICSEARCH_URL", "ELASTICSEARCH_API_KEY", "ELASTICSEARCH_CA_CERTS")

    def environment(self, context: Context) -> dict[str, str]:
        return {"ELASTICSEARCH_URL": f"http://127.0.0.1:{context.ports['ELASTICSEARCH_PORT']}"}

    def configure(self, context: Context) -> None:
        config, data = context.config_dir(self.name), context.data_dir(self.name)
        for folder in (config, data / "data", data / "logs", data / "tmp"):
            folder.mkdir(parents=True, exist_ok=True)
        (config / "elasticsearch.yml").write_text(self._render(context))
        for name in ("jvm.options", "log4j2.properties"):
            (config / name).write_bytes((_FOLDER / name).read_bytes())
        assert self.artifact is not None and context.java_home is not None
        give_to_nobody("Elasticsearch", (config, data), (context.java_home, context.fetched(self.artifact)))

    def _render(self, context: Context) -> str:
        data = context.data_dir(self.name)
        return Template((_FOLDER / "elasticsearch.yml").read_text()).substitute(
            http_port=context.ports["ELASTICSEARCH_PORT"], data=data / "data", logs=data / "logs"
        )

    def programs(self, context: Context) -> list[Program]:
        assert self.artifact is not None
        home = context.fetched(self.artifact) / f"elasticsearch-{self.artifact.version}"
        data = context.data_dir(self.name)
        return [
            Program(
                name="elasticsearch",
                command=as_nobody(str(home / "bin" / "elasticsearch")),
                directory=data,
                environment={
                    "ES_JAVA_HOME": str(context.java_home),
                    "ES_PATH_CONF": str(context.config_dir(self.name)),
                    "ES_TMPDIR": str(data / "tmp"),
                    # Of the small Java that starts the server and waits for it.
                    "CLI_JAVA_OPTS": "-Xms8m -Xmx48m -XX:+UseSerialGC -XX:TieredStopAtLevel=1",
                },
                ports=(Port(context.ports["ELASTICSEARCH_PORT"], "ELASTICSEARCH_PORT"),),
                nice=10,
                fingerprint=self._render(context) + (_FOLDER / "jvm.options").read_text(),
            )
        ]

    def probe(self, env: Environment) -> str | None:
        try:
            with elasticsearch_client(env) as client:
                return client.unready()
        except StackError as error:
            return str(error)

    def declare(self, env: Environment, contracts: Contracts, say: Callable[[str], None]) -> None:
        create_indices(env, contracts, say)


COMPONENT = Elasticsearch()
