"""Lets a schedule happen while events flow, and takes the time until each target handles again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from shared.consumer import SESSION_TIMEOUT_MS
from tests.chaos.processes import Processes
from tests.chaos.schedule import Fault, Kind

SESSION_SECONDS = SESSION_TIMEOUT_MS / 1000
PAUSE_SECONDS = SESSION_SECONDS + 2
TERM_BOUND_SECONDS = 5.0
KILL_BOUND_SECONDS = SESSION_SECONDS + 5
RECOVERY_DEADLINE_SECONDS = 120.0
WHOLE_FOR_SECONDS = 3.0
"""A process that comes back looks whole in the moment before it notices how long it was gone."""
AT_ONCE = (Kind.KILL, Kind.TERM, Kind.RESTART)
"""What lasts no longer than its target takes to come back."""
LANES = 2
"""A frozen or absent target does not stop the schedule: one more fault happens meanwhile."""

Handles = Callable[[], bool]
Probe = Callable[[], Handles]
"""Called once a fault has happened; what it returns tells whether the target has handled what was asked of it since. Both may raise
ConnectionError, LookupError or AssertionError: not yet."""
NOT_YET = (ConnectionError, LookupError, AssertionError)


@dataclass(frozen=True)
class Breakable:
    """How a target is broken and looked at."""

    process: Callable[[], str]
    """Its process at the time of the fault."""
    probe: Probe
    replicated: bool = False
    """Others take over what it did: then recovery counts from the fault, also where it is frozen or away."""
    away_seconds: float = 60.0
    whole: Callable[[], bool] = lambda: True
    """Whether the next fault of its group may come."""
    needs: frozenset[str] = frozenset()
    """The targets that its probe passes, itself included: while one of them is broken too, its time says nothing of its own."""
    bounded: bool = True
    """Whether the bounds hold for it: a store that comes back starts as fast as it starts."""
    bound_seconds: float | None = None
    """In place of the usual bound."""
    restart: Callable[[str], None] | None = None
    """How it is restarted, where that is not done to its process."""


@dataclass
class Outcome:
    """What one fault did."""

    fault: Fault
    process: str
    at: float
    """Seconds from the start of the run."""
    recovered_after: float | None = None
    """The longest that a probe had to wait, in seconds, from the fault on; of a single that was frozen or away: from its return on."""
    return_pause: float | None = None
    """The same after the return of something replicated, whose share it takes back."""
    whole_after: float | None = None
    """Seconds from the fault until nothing of it was left: replicas in sync."""
    bound: float | None = None
    ended: float = 0.0
    beside: list[str] = field(default_factory=list)
    """Other faults, before it was recovered from, of what its probe passes."""
    return_beside: list[str] = field(default_factory=list)
    """The same after that."""

    @property
    def kept(self) -> bool:
        """Recovered, and within its bound where no other fault was in the way."""
        if self.recovered_after is None:
            return False
        return self.bound is None or bool(self.beside) or self.recovered_after <= self.bound


class Conductor:
    """`run` blocks until every fault has happened and been recovered from."""

    def __init__(
        self, processes: Processes, breakables: dict[str, Breakable], groups: dict[str, str], say: Callable[[str], None] = print
    ) -> None:
        self._processes = processes
        self._breakables = breakables
        self._groups = groups
        self._say = say
        self.started = time.monotonic()
        self._active: dict[str, Outcome] = {}
        self.outcomes: list[Outcome] = []

    def run(self, faults: Sequence[Fault], go_on: Callable[[], object]) -> list[Outcome]:
        """`go_on` is called between faults and raises where there is nothing to go on with."""
        waiting = list(faults)
        with ThreadPoolExecutor(LANES) as lanes:
            running: list[Future[None]] = []
            while waiting or running:
                go_on()
                for done in [lane for lane in running if lane.done()]:
                    running.remove(done)
                    done.result()
                fault = self._next(waiting, len(running))
                process = self._process(fault)
                if fault is not None and process is not None:
                    waiting.remove(fault)
                    running.append(lanes.submit(self._happen, self._begin(fault, process)))
                else:
                    time.sleep(0.05)
        return self.outcomes

    def _next(self, waiting: Sequence[Fault], running: int) -> Fault | None:
        """The first whose group is whole. Beside a fault that lasts, one more; what needs an absent target waits for it."""
        active = list(self._active.values())
        if running >= LANES or any(outcome.fault.kind in AT_ONCE for outcome in active):
            return None
        groups = {self._groups[outcome.fault.target] for outcome in active}
        away = {outcome.fault.target for outcome in active if outcome.fault.kind is Kind.AWAY}
        free = (f for f in waiting if self._groups[f.target] not in groups and not self._breakables[f.target].needs & away)
        return next(free, None)

    def _process(self, fault: Fault | None) -> str | None:
        """None while that cannot be told: a cluster that elects a controller has none."""
        try:
            return self._breakables[fault.target].process() if fault else None
        except ConnectionError:
            return None

    def _begin(self, fault: Fault, process: str) -> Outcome:
        breakable = self._breakables[fault.target]
        outcome = Outcome(fault, process, time.monotonic() - self.started, bound=_bound(fault, breakable))
        for other in self._active.values():
            if other.fault.target in breakable.needs:
                outcome.beside.append(str(other.fault))
            if fault.target in self._breakables[other.fault.target].needs:
                (other.beside if other.recovered_after is None else other.return_beside).append(str(fault))
        self._active[fault.target] = outcome
        return outcome

    def _happen(self, outcome: Outcome) -> None:
        breakable, kind, name = self._breakables[outcome.fault.target], outcome.fault.kind, outcome.process
        since = time.monotonic()
        try:
            match kind:
                case Kind.KILL:
                    self._processes.kill(name)
                    outcome.recovered_after = _longest_wait(breakable.probe, lambda: True)
                case Kind.TERM:
                    outcome.recovered_after = _longest_wait(breakable.probe, self._processes.terminate(name))
                case Kind.RESTART:
                    (breakable.restart or self._processes.restart)(name)
                    outcome.recovered_after = _since(since, _longest_wait(breakable.probe, lambda: True))
                case Kind.PAUSE:
                    self._absent(outcome, breakable, PAUSE_SECONDS, self._processes.pause, self._processes.resume)
                case Kind.AWAY:
                    self._absent(outcome, breakable, breakable.away_seconds, self._processes.take_away, self._processes.bring_back)
            _until(breakable.whole, RECOVERY_DEADLINE_SECONDS)
            outcome.whole_after = time.monotonic() - since
        finally:
            outcome.ended = time.monotonic() - self.started
            self.outcomes.append(outcome)
            del self._active[outcome.fault.target]
            self._tell(outcome)

    def _absent(
        self, outcome: Outcome, breakable: Breakable, seconds: float, leave: Callable[[str], None], come_back: Callable[[str], None]
    ) -> None:
        back = threading.Timer(seconds, come_back, [outcome.process])
        leave(outcome.process)
        back.start()
        try:
            if breakable.replicated:
                outcome.recovered_after = _longest_wait(breakable.probe, lambda: not back.is_alive())
        finally:
            back.join()
        if breakable.replicated:
            outcome.return_pause = _longest_wait(breakable.probe, _lasting(breakable.whole, WHOLE_FOR_SECONDS))
        else:
            outcome.recovered_after = _longest_wait(breakable.probe, lambda: True)

    def _tell(self, outcome: Outcome) -> None:
        took = "did not recover" if outcome.recovered_after is None else f"{outcome.recovered_after:.1f} s"
        beside = f", beside {', '.join(outcome.beside)}" if outcome.beside else ""
        self._say(f"{outcome.at:6.0f} s  {outcome.fault!s:<38} {outcome.process:<36} {took}{beside}")


def _bound(fault: Fault, breakable: Breakable) -> float | None:
    if not breakable.bounded:
        return None
    if breakable.bound_seconds is not None:
        return breakable.bound_seconds
    return TERM_BOUND_SECONDS if fault.kind is Kind.TERM else KILL_BOUND_SECONDS


def _since(began: float, recovered: float | None) -> float | None:
    """The restart itself is part of the outage."""
    return None if recovered is None else time.monotonic() - began


def _longest_wait(probe: Probe, enough: Callable[[], bool]) -> float | None:
    """One probe after the other, up to the first that was begun when it was `enough`: the longest that one of them had to wait, in seconds.

    What goes on being handled by others, or by a process that ends in order, is no outage.
    """
    longest = 0.0
    while True:
        last, began = enough(), time.monotonic()
        if not _until(_started(probe), RECOVERY_DEADLINE_SECONDS):
            return None
        longest = max(longest, time.monotonic() - began)
        if last:
            return longest
        time.sleep(0.05)


def _lasting(check: Callable[[], bool], seconds: float) -> Callable[[], bool]:
    """True once `check` has answered True for so long."""
    since: float | None = None

    def lasts() -> bool:
        nonlocal since
        if not check():
            since = None
            return False
        since = since or time.monotonic()
        return time.monotonic() - since >= seconds

    return lasts


def _started(probe: Probe) -> Handles:
    """The probe is sent as soon as that is possible, once."""
    handles: Handles | None = None

    def check() -> bool:
        nonlocal handles
        handles = handles or probe()
        return handles()

    return check


def _until(check: Handles, deadline_seconds: float) -> bool:
    deadline = time.monotonic() + deadline_seconds
    while time.monotonic() < deadline:
        try:
            if check():
                return True
        except NOT_YET:
            pass
        time.sleep(0.03)
    return False
