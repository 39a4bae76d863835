"""S3: s3proxy, which keeps objects as files and speaks S3's protocol, with signatures and conditional writes."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import cache
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from infra.local.component import Artifact, Component, Context, Environment, Port, Program
from infra.local.errors import StackError
from infra.local.ports import PortSpec
from infra.local.settings import Settings
from infra.s3.buckets import REGION, create_bucket, unready

if TYPE_CHECKING:
    from shared.contracts import Contracts

_FOLDER = Path(__file__).parent
_JVM = ("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError")
_KEY_ID = "kafka-case-studies"
_KEYS = ("S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY")


class S3(Component):
    name = "s3"
    address = "S3_ENDPOINT_URL"
    artifact = Artifact(_FOLDER, "4.1.0")
    needs_java = True

    def external(self, settings: Settings) -> bool:
        """Where the user has set its address, and then the keys too."""
        missing = [name for name in _KEYS if not settings.get(name)]
        if settings.get(self.address) and missing:
            raise StackError(f"{self.address} is set and {missing[0]} is not: set {' and '.join(_KEYS)} in .env too.")
        return bool(settings.get(self.address))

    def ports(self, settings: Settings) -> tuple[PortSpec, ...]:
        return (PortSpec("S3_PORT", 9000),)

    def client_variables(self) -> tuple[str, ...]:
        return (self.address, *_KEYS, "S3_REGION")

    def environment(self, context: Context) -> dict[str, str]:
        return {
            self.address: f"http://127.0.0.1:{context.ports['S3_PORT']}",
            "S3_ACCESS_KEY_ID": _KEY_ID,
            "S3_SECRET_ACCESS_KEY": _secret(context),
            "S3_REGION": REGION,
        }

    def configure(self, context: Context) -> None:
        config, data = context.config_dir(self.name), context.data_dir(self.name)
        for folder in (config, data):
            folder.mkdir(parents=True, exist_ok=True)
        for path, text in ((_secret_file(context), _secret(context)), (config / "s3proxy.properties", render(context))):
            path.touch(mode=0o600)
            path.write_text(text)
        (config / "logback.xml").write_bytes((_FOLDER / "logback.xml").read_bytes())

    def programs(self, context: Context) -> list[Program]:
        assert self.artifact is not None
        config = context.config_dir(self.name)
        return [
            Program(
                name="s3",
                command=(
                    *(context.java, *_JVM, f"-Dlogback.configurationFile={config / 'logback.xml'}"),
                    *("-cp", str(context.fetched(self.artifact) / "*"), "org.gaul.s3proxy.Main"),
                    *("--properties", str(config / "s3proxy.properties")),
                ),
                directory=context.data_dir(self.name),
                ports=(Port(context.ports["S3_PORT"], "S3_PORT"),),
                fingerprint=render(context),
            )
        ]

    def probe(self, env: Environment) -> str | None:
        return unready(env)

    def declare(self, env: Environment, contracts: Contracts, say: Callable[[str], None]) -> None:
        if create_bucket(env, contracts.case):
            say(f"s3: created the bucket {contracts.case}")


def render(context: Context) -> str:
    """s3proxy's properties."""
    return Template((_FOLDER / "s3proxy.properties").read_text()).substitute(
        port=context.ports["S3_PORT"], key_id=_KEY_ID, secret=_secret(context), data=context.data_dir("s3")
    )


def _secret_file(context: Context) -> Path:
    return context.config_dir("s3") / "secret"


def _secret(context: Context) -> str:
    """Made at random, kept by `configure`; until then the same for as long as this process lives, since planning writes nothing."""
    try:
        return _secret_file(context).read_text()
    except FileNotFoundError:
        return _new_secret(context.settings.paths.stack)


@cache
def _new_secret(stack: Path) -> str:
    return secrets.token_urlsafe(30)


COMPONENT = S3()
