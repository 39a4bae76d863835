"""What a part of infra is to the launcher. To add one, add a folder infra/<name>/ whose component.py has a `COMPONENT`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from infra.local.ports import PortSpec
from infra.local.settings import Settings

if TYPE_CHECKING:
    from shared.contracts import Contracts

Environment = Mapping[str, str]


@dataclass(frozen=True)
class Port:
    """A port that a program listens on, and the variable that moves it."""

    number: int
    variable: str


@dataclass(frozen=True)
class Program:
    """One supervised process. It must stay in the foreground and stop on SIGTERM."""

    name: str
    command: tuple[str, ...]
    directory: Path
    environment: Environment = field(default_factory=dict)
    ports: tuple[Port, ...] = ()
    tier: int = 0
    """Programs start tier by tier, upwards, and stop downwards; services come after every component."""
    stop_signal: str = "TERM"
    """What ends it in order, for those servers to whom SIGTERM means something else."""
    nice: int = 0
    """What may wait for the others has more: where the processor is short, those that people wait for go first (nice(2))."""
    fingerprint: str = ""
    """Anything else that must restart the program when it changes, such as the text of its configuration file."""


@dataclass(frozen=True)
class Artifact:
    """What is fetched with Maven: the pom in the component's folder says what, the checksum file what every file must be."""

    folder: Path
    version: str
    unpack: bool = False
    """Whether the pom gives one archive that is to be unpacked, with the archives that it holds, rather than jars."""

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def pom(self) -> Path:
        return self.folder / "pom.xml"

    @property
    def checksums(self) -> Path:
        """sha256 and path of every file, as `sha256sum` writes them."""
        return self.folder / "files.sha256"


@dataclass(frozen=True)
class Context:
    """What a component may use: the user's settings, the ports that were chosen, folders, and the Java that was found."""

    settings: Settings
    ports: Mapping[str, int]
    java_home: Path | None

    def fetched(self, artifact: Artifact) -> Path:
        return self.settings.paths.cache / artifact.name / artifact.version

    def config_dir(self, component: str) -> Path:
        return self.settings.paths.config / component

    def data_dir(self, component: str) -> Path:
        return self.settings.paths.data / component

    @property
    def java(self) -> str:
        if self.java_home is None:
            raise RuntimeError("a component that does not say needs_java uses Java")
        return str(self.java_home / "bin" / "java")


class Component:
    """Base of every component. A subclass sets the attributes and overrides what it needs; all methods may block.

    Call order in `up`: `external`, `preflight`, (fetch), `configure`, `programs`, `probe` until it is None, `declare`.
    """

    name: str
    address: str
    """The variable that holds the component's address; the user sets it where the component runs elsewhere."""
    requires: tuple[str, ...] = ()
    artifact: Artifact | None = None
    also_fetched: tuple[Artifact, ...] = ()
    """What it runs that is fetched for another component too: once, but also where that one runs elsewhere."""
    needs_java: bool = False
    start_deadline: float = 180.0
    """Seconds from the start of its programs until `probe` must have been None: many, for a machine with much else to do;
    a program that ends again and again is given up long before."""

    @property
    def artifacts(self) -> tuple[Artifact, ...]:
        """Everything that is to be fetched before it can be configured."""
        return (*((self.artifact,) if self.artifact else ()), *self.also_fetched)

    def external(self, settings: Settings) -> bool:
        """Whether the user runs it elsewhere: then nothing is fetched or started, only `probe` and `declare` are called."""
        return bool(settings.get(self.address))

    def ports(self, settings: Settings) -> tuple[PortSpec, ...]:
        """The ports it listens on where the launcher runs it."""
        return ()

    def environment(self, context: Context) -> dict[str, str]:
        """The variables that tell services how to reach the component that the launcher runs."""
        return {}

    def client_variables(self) -> tuple[str, ...]:
        """The variables, address first, that the user may set for a component that runs elsewhere."""
        return (self.address,)

    def configure(self, context: Context) -> None:
        """Write configuration and make the data folders. Idempotent; raises StackError where kept data does not fit."""

    def programs(self, context: Context) -> list[Program]:
        """The processes to supervise. Pure: `status` and `down` call it too."""
        return []

    def probe(self, env: Environment) -> str | None:
        """Whether it serves clients, asked as a client with the credentials in `env`: None, or the reason why not.

        Answers within 5 seconds and raises nothing.
        """
        raise NotImplementedError

    def declare(self, env: Environment, contracts: Contracts, say: Callable[[str], None]) -> None:
        """Create what the case's contracts need from it (topics, schemas, indices). Idempotent; never deletes.

        StackError where what exists contradicts the contracts.
        """

    def where(self, env: Environment) -> str:
        """Its address as a person is told of it: without secrets."""
        return env[self.address]

    def troubles(self, env: Environment) -> list[str]:
        """What is wrong with it although it serves clients: `status` shows these lines, and finds the stack not healthy. Raises nothing."""
        return []

    def report(self, env: Environment) -> list[str]:
        """Further lines for `status`, asked for where the component is healthy; cheap, and raises nothing."""
        return []
