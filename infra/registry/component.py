"""Apicurio as schema registry, spoken to through its Confluent-compatible interface."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from infra.local.component import Artifact, Component, Context, Environment, Port, Program
from infra.local.ports import PortSpec
from infra.local.settings import Settings
from infra.registry.schemas import register_schemas, registry_client

if TYPE_CHECKING:
    from shared.contracts import Contracts

_JVM = ("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError")


class Registry(Component):
    name = "registry"
    address = "SCHEMA_REGISTRY_URL"
    artifact = Artifact(Path(__file__).parent, "3.3.3", unpack=True)
    needs_java = True

    def ports(self, settings: Settings) -> tuple[PortSpec, ...]:
        return (PortSpec("SCHEMA_REGISTRY_PORT", 8081),)

    def client_variables(self) -> tuple[str, ...]:
        return ("SCHEMA_REGISTRY_URL", "SCHEMA_REGISTRY_USERNAME", "SCHEMA_REGISTRY_PASSWORD")

    def environment(self, context: Context) -> dict[str, str]:
        return {"SCHEMA_REGISTRY_URL": f"http://127.0.0.1:{context.ports['SCHEMA_REGISTRY_PORT']}/apis/ccompat/v7"}

    def configure(self, context: Context) -> None:
        context.data_dir(self.name).mkdir(parents=True, exist_ok=True)

    def programs(self, context: Context) -> list[Program]:
        assert self.artifact is not None
        port = context.ports["SCHEMA_REGISTRY_PORT"]
        options = {
            "quarkus.http.host": "127.0.0.1",
            "quarkus.http.port": port,
            # Only its own health pages: any free port, and not 9000 on every address.
            "quarkus.management.host": "127.0.0.1",
            "quarkus.management.port": 0,
            "apicurio.storage.kind": "sql",
            "apicurio.storage.sql.kind": "h2",
            "apicurio.datasource.url": f"jdbc:h2:file:{context.data_dir(self.name) / 'registry'}",
            "quarkus.log.console.format": "%d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %c{1}: %s%e%n",
        }
        return [
            Program(
                name="registry",
                command=(
                    context.java,
                    *_JVM,
                    *(f"-D{name}={value}" for name, value in options.items()),
                    "-jar",
                    str(context.fetched(self.artifact) / "quarkus-run.jar"),
                ),
                directory=context.data_dir(self.name),
                ports=(Port(port, "SCHEMA_REGISTRY_PORT"),),
            )
        ]

    def probe(self, env: Environment) -> str | None:
        with registry_client(env) as client:
            return client.unready()

    def declare(self, env: Environment, contracts: Contracts, say: Callable[[str], None]) -> None:
        register_schemas(env, contracts.schemas, say)


COMPONENT = Registry()
