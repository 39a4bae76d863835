"""Competitors that work off one topic: a stage alone, reading alone, and the real service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

from loadtests.bench.comparison import Competitor, Sample
from loadtests.bench.process import handled, measure
from loadtests.bench.world import World, free_port


@dataclass(frozen=True)
class Readers:
    """What is written for them is written before they start."""

    world: World
    stages: str
    """The case's module of stages alone."""
    topic: str
    fresh: Callable[[int], Sequence[tuple[bytes, bytes]]]
    """So many records, keys and values, that no service has seen."""

    def alone(self, stage: str, number: int, *arguments: str) -> Competitor:
        """On work of its own: it reads nothing."""

        def run(_round: int) -> Sample:
            return self._stage(stage, number, *arguments)

        return run

    def reading(self, number: int, stage: str = "consume", *arguments: str) -> Competitor:
        """Reads the same records as often as it takes: what was written for the round before is there already.

        The stage is told a group of its own after `arguments`.
        """

        def run(_round: int) -> Sample:
            self._fill(max(0, number - sum(self.world.ends(self.topic).values())))
            return self._stage(stage, number, *arguments, f"bench-{stage}-{uuid4().hex[:8]}")

        return run

    def service(self, module: str, group: str, number: int, **environment: str) -> Competitor:
        """The real service, on fresh records: its group begins where they begin."""

        def run(_round: int) -> Sample:
            begin = self.world.ends(self.topic)
            self._fill(number)
            self.world.begin_at(group, {self.topic: begin})
            port = free_port()
            command = self.world.service(module, port, **environment)
            return measure([command], handled(port), number, self.world.folder, servers=self.world.servers())

        return run

    def _stage(self, stage: str, number: int, *arguments: str) -> Sample:
        port = free_port()
        command = self.world.python(self.stages, stage, str(number), *arguments, SERVICE_PORT=str(port))
        return measure([command], handled(port), number, self.world.folder, servers=self.world.servers())

    def _fill(self, number: int) -> None:
        if number:
            self.world.fill(self.topic, self.fresh(number))
