"""What an API and the bare application that it is held against are started with: each on a core of its own, on a free port."""

from __future__ import annotations

from collections.abc import Callable

from loadtests.bench.http import server_and_generator
from loadtests.bench.process import Command
from loadtests.bench.world import World, free_port

BARE, FRAMEWORK, BARE_PUBLISH = "bare", "bare, in the framework", "bare, acknowledged by Kafka"

Start = Callable[[], tuple[Command, int]]
"""The command, and the port that it will listen on."""


def bare(world: World, name: str, status: int, answer: str, topic: str = "") -> Start:
    """`name` is one of those above; the last needs a topic, of whose records nobody wants anything."""
    kind = {BARE: "answer", FRAMEWORK: "framework", BARE_PUBLISH: "publish"}[name]

    def command() -> tuple[Command, int]:
        port, (core, _) = free_port(), server_and_generator()
        arguments = (kind, str(status), answer, *((topic,) if topic else ()))
        return world.python("loadtests.bench.bare", *arguments, core=core, SERVICE_PORT=str(port)), port

    return command


def service(world: World, module: str) -> Start:
    def command() -> tuple[Command, int]:
        port, (core, _) = free_port(), server_and_generator()
        return world.service(module, port, core=core), port

    return command
