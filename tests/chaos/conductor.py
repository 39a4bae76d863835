"""Lets a schedule happen while events flow, and takes the time until each target handles again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from tests.chaos.breakable import SESSION_SECONDS, Breakable, Handles, Outcome, Probe
from tests.chaos.processes import Processes
from tests.chaos.schedule import Fault, Kind

PAUSE_SECONDS = SESSION_SECONDS + 2
TERM_DEADLINE_SECONDS = 30.0
"""What supervisor waits before it kills. A process that is still there has not heard, and never will."""
RECOVERY_DEADLINE_SECONDS = 120.0
WHOLE_FOR_SECONDS = 3.0
"""A process that comes back looks whole in the moment before it notices how long it was gone."""
AT_ONCE = (Kind.KILL, Kind.TERM, Kind.RESTART)
"""What lasts no longer than its target takes to come back."""
LANES = 2
"""A frozen or absent target does not stop the schedule: one more fault happens meanwhile."""

NOT_YET = (ConnectionError, LookupError, AssertionError)


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
        outcome = Outcome(fault, process, time.monotonic() - self.started, bound=breakable.bound(fault.kind))
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
                    self._terminate(outcome, breakable)
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

    def _terminate(self, outcome: Outcome, breakable: Breakable) -> None:
        gone = self._processes.terminate(outcome.process)
        deadline = time.monotonic() + TERM_DEADLINE_SECONDS
        waited = _longest_wait(breakable.probe, lambda: gone() or time.monotonic() > deadline)
        if gone():
            outcome.recovered_after = waited
            return
        outcome.deaf = True
        self._processes.kill(outcome.process)
        _longest_wait(breakable.probe, lambda: True)

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
        took = "ignored SIGTERM" if outcome.deaf else took
        beside = f", beside {', '.join(outcome.beside)}" if outcome.beside else ""
        self._say(f"{outcome.at:6.0f} s  {outcome.fault!s:<38} {outcome.process:<36} {took}{beside}")


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
