"""One run on a stack: how much of everything there is in it, and what the run of every case does and notes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from shared.testing import eventually
from tests.chaos.breakable import Breakable, Outcome, Probe
from tests.chaos.conductor import Conductor
from tests.chaos.flow import Flow
from tests.chaos.ledger import Finding, Ledger
from tests.chaos.processes import Processes
from tests.chaos.report import Result
from tests.chaos.schedule import Fault, Target

FIRST_PROBE_WITHIN_SECONDS = 90.0

Say = Callable[[str], None]
Choose = Callable[[Sequence[Target], int], list[Fault]]
"""The faults, of what can break and the seed."""


def any_seed() -> int:
    return random.SystemRandom().randrange(1_000_000)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much of everything."""

    seed: int = field(default_factory=any_seed)
    rate: float
    """Events a second while things break."""
    away_seconds: float
    """How long a store that was killed stays away."""
    variant: str
    choose: Choose

    @property
    def run(self) -> str:
        """In the ids of what is sent: two runs on one stack share none."""
        return f"{self.seed}"


@dataclass(frozen=True, kw_only=True)
class FlowPlan(Plan):
    """Of events that end."""

    events: int


class Run:
    """What every case's run does and notes; its time begins here."""

    def __init__(self, case: str, plan: Plan, processes: Processes, say: Say) -> None:
        self._started = time.monotonic()
        self._case = case
        self._plan = plan
        self._processes = processes
        self._say = say
        self._conductor: Conductor | None = None

    @property
    def outcomes(self) -> list[Outcome]:
        return self._conductor.outcomes if self._conductor else []

    def warm_up(self, probes: Iterable[Probe]) -> None:
        """Whatever is connected, compiled or made at the first use is not a matter of recovery."""
        for probe in probes:
            eventually(probe(), within=FIRST_PROBE_WITHIN_SECONDS)

    def break_parts(self, targets: Sequence[Target], breakables: dict[str, Breakable], go_on: Callable[[], object]) -> None:
        """Returns when each fault of the plan has happened and been recovered from; `go_on` as the conductor's."""
        faults = self._plan.choose(targets, self._plan.seed)
        self._say(f"{len(faults)} faults, seed {self._plan.seed}: {', '.join(map(str, faults))}")
        self._conductor = Conductor(self._processes, breakables, {target.name: target.group for target in targets}, self._say)
        self._conductor.run(faults, go_on)

    def faults_after(self, moment: float) -> int:
        """How many began later than this, in monotonic seconds."""
        return sum(self._conductor.started + outcome.at > moment for outcome in self.outcomes) if self._conductor else 0

    def result_of_flow(
        self, ledger: Ledger, flow: Flow, twice_in_log: int, findings: list[Finding], figures: Mapping[str, float] | None = None
    ) -> Result:
        return self.result(
            findings,
            figures,
            acknowledged=len(ledger),
            repeats=ledger.repeats,
            calls_repeated=flow.calls_repeated,
            longest_wait=flow.longest_wait,
            twice_in_log=twice_in_log,
            faults_without_flow=self.faults_after(flow.ended_at),
        )

    def result(
        self,
        findings: list[Finding],
        figures: Mapping[str, float] | None,
        *,
        acknowledged: int,
        calls_repeated: int,
        longest_wait: float,
        twice_in_log: int,
        repeats: int = 0,
        faults_without_flow: int = 0,
    ) -> Result:
        return Result(
            case=self._case,
            seed=self._plan.seed,
            variant=self._plan.variant,
            acknowledged=acknowledged,
            repeats=repeats,
            calls_repeated=calls_repeated,
            longest_wait=longest_wait,
            twice_in_log=twice_in_log,
            faults_without_flow=faults_without_flow,
            seconds=time.monotonic() - self._started,
            outcomes=self.outcomes,
            findings=findings,
            figures=figures or {},
        )
