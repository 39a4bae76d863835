"""What the conductor does with processes that a test controls: what it measures from when, and what it lets happen at once."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.chaos import conductor as module
from tests.chaos.breakable import Breakable, Outcome
from tests.chaos.conductor import Conductor
from tests.chaos.schedule import Fault, Kind


class FakeProcesses:
    """Remembers what was done; `broken` is what does not work now."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.broken: set[str] = set()
        self.most_broken = 0
        self.broke_at = self.mended_at = 0.0

    def _break(self, what: str, name: str) -> None:
        self.done.append(f"{what} {name}")
        self.broken.add(name)
        self.broke_at = time.monotonic()
        self.most_broken = max(self.most_broken, len(self.broken))

    def _mend(self, name: str) -> None:
        self.mended_at = time.monotonic()
        self.broken.discard(name)

    def kill(self, name: str) -> None:
        self._break("kill", name)
        threading.Timer(0.1, self._mend, [name]).start()

    def terminate(self, name: str) -> Callable[[], bool]:
        """It works on for a moment, then it is gone, then back."""
        gone = threading.Event()
        threading.Timer(0.2, lambda: (gone.set(), self.kill(name))).start()
        return gone.is_set

    def pause(self, name: str) -> None:
        self._break("pause", name)

    def restart(self, name: str) -> None:
        """Stopped and started: it comes back by itself."""
        self.kill(name)
        time.sleep(0.05)

    take_away = pause
    resume = bring_back = _mend


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> FakeProcesses:
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.3)
    monkeypatch.setattr(module, "WHOLE_FOR_SECONDS", 0.2)
    return FakeProcesses()


class Looks:
    """When a part was asked whether it handles, and when it did: so long it was waited for, at the least and at the most, however slow the
    machine is."""

    def __init__(self, processes: FakeProcesses, name: str) -> None:
        self._processes = processes
        self._name = name
        self.asked: list[float] = []
        self.handled: list[float] = []

    def probe(self) -> Callable[[], bool]:
        self.asked.append(time.monotonic())

        def handles() -> bool:
            if self._name in self._processes.broken:
                return False
            self.handled.append(time.monotonic())
            return True

        return handles

    @property
    def at_least(self) -> float:
        return max(handled - asked for asked, handled in zip(self.asked, self.handled, strict=True))

    def at_most(self, since: float) -> float:
        """Of those asked since then: from what was handled before each to what was asked behind it."""
        before, behind = [since, *self.handled], [*self.asked[1:], time.monotonic()]
        asked = zip(self.asked, before, behind, strict=False)
        return max(end - max(start, since) for moment, start, end in asked if moment >= since)


def breakable(processes: FakeProcesses, name: str, **options: Any) -> Breakable:
    return Breakable(lambda: name, lambda: lambda: name not in processes.broken, **options)


def run(processes: Any, faults: list[Fault], groups: dict[str, str] | None = None, **breakables: Breakable) -> list[Outcome]:
    conductor = Conductor(processes, breakables, groups or {name: name for name in breakables}, lambda _: None)
    return conductor.run(faults, lambda: None)


def test_a_kill_is_timed_until_its_target_handles_again(processes: FakeProcesses) -> None:
    looks = Looks(processes, "api")
    (outcome,) = run(processes, [Fault("api", Kind.KILL)], api=Breakable(lambda: "api", looks.probe))
    assert outcome.recovered_after is not None
    assert 0 < looks.at_least <= outcome.recovered_after <= looks.at_most(since=processes.broke_at)
    assert outcome.bound == 11.0


def test_a_restart_is_timed_with_its_stop(processes: FakeProcesses) -> None:
    before = time.monotonic()
    (outcome,) = run(processes, [Fault("api", Kind.RESTART)], api=breakable(processes, "api"))
    assert outcome.recovered_after is not None
    assert processes.mended_at - processes.broke_at <= outcome.recovered_after <= time.monotonic() - before
    assert outcome.bound == 11.0


@pytest.mark.parametrize(("kind", "bound"), [(Kind.KILL, 14.0), (Kind.PAUSE, 14.0), (Kind.TERM, 5.0)])
def test_whose_successor_is_elected_first_has_that_time_too_unless_it_leaves_in_order(kind: Kind, bound: float) -> None:
    assert Breakable(lambda: "kafka-1", lambda: lambda: True, election_seconds=3.0).bound(kind) == bound


def test_what_is_restarted_by_its_own_interface_keeps_its_process_and_may_have_a_bound_of_its_own(processes: FakeProcesses) -> None:
    asked: list[str] = []
    (outcome,) = run(processes, [Fault("api", Kind.RESTART)], api=breakable(processes, "api", restart=asked.append, bound_seconds=40.0))
    assert asked == ["api"] and processes.done == []
    assert outcome.kept and outcome.bound == 40.0


def test_what_never_handles_again_is_not_kept(processes: FakeProcesses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RECOVERY_DEADLINE_SECONDS", 0.5)
    (outcome,) = run(processes, [Fault("api", Kind.TERM)], api=Breakable(lambda: "api", lambda: lambda: False))
    assert outcome.recovered_after is None and not outcome.kept


def test_what_handles_again_too_late_is_not_kept() -> None:
    late = Outcome(Fault("api", Kind.TERM), "api", 0.0, recovered_after=5.1, bound=5.0)
    assert not late.kept
    late.beside.append("kill -9 broker")
    assert late.kept, "its time says nothing of its own"


def test_what_handles_on_until_it_ends_is_timed_by_what_waited_longest(processes: FakeProcesses) -> None:
    looks, before = Looks(processes, "api"), time.monotonic()
    (outcome,) = run(processes, [Fault("api", Kind.TERM)], api=Breakable(lambda: "api", looks.probe))
    assert outcome.recovered_after is not None
    assert looks.at_least <= outcome.recovered_after <= looks.at_most(since=before), "an orderly ending is no outage"


def test_what_ignores_its_sigterm_is_killed_at_last_and_not_kept(processes: FakeProcesses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TERM_DEADLINE_SECONDS", 0.4)
    monkeypatch.setattr(processes, "terminate", lambda name: lambda: False)
    (outcome,) = run(processes, [Fault("api", Kind.TERM)], api=breakable(processes, "api"))
    assert processes.done == ["kill api"], "the faults after it need a process that ends"
    assert outcome.deaf and not outcome.kept and outcome.recovered_after is None


def test_a_frozen_single_is_timed_from_its_return_and_a_replicated_one_from_the_fault(processes: FakeProcesses) -> None:
    looks = Looks(processes, "api")
    (single,) = run(processes, [Fault("api", Kind.PAUSE)], api=Breakable(lambda: "api", looks.probe))
    assert single.recovered_after is not None and single.return_pause is None
    assert single.recovered_after <= looks.at_most(since=processes.mended_at)
    looks = Looks(processes, "api")
    (pair,) = run(processes, [Fault("api", Kind.PAUSE)], api=Breakable(lambda: "api", looks.probe, replicated=True))
    assert pair.recovered_after is not None and pair.return_pause is not None
    assert processes.mended_at - looks.asked[0] <= looks.at_least <= pair.recovered_after
    assert pair.return_pause <= looks.at_most(since=processes.mended_at)


def test_what_others_take_over_at_once_was_no_outage(processes: FakeProcesses) -> None:
    looks, before = Looks(processes, "another"), time.monotonic()
    (outcome,) = run(processes, [Fault("api", Kind.AWAY)], api=Breakable(lambda: "api", looks.probe, True, away_seconds=0.3))
    assert outcome.recovered_after is not None and outcome.recovered_after <= looks.at_most(since=before)


def test_a_probe_that_cannot_be_sent_yet_is_sent_later_and_once(processes: FakeProcesses) -> None:
    tries = itertools.count()
    sent = []

    def probe() -> Any:
        if next(tries) < 3:
            raise ConnectionError
        sent.append(1)
        return lambda: len(processes.broken) == 0

    (outcome,) = run(processes, [Fault("api", Kind.KILL)], api=Breakable(lambda: "api", probe))
    assert outcome.recovered_after is not None and sent == [1]


def test_of_one_group_only_one_is_broken_at_a_time(processes: FakeProcesses) -> None:
    names = ("one", "two", "three")
    outcomes = run(
        processes,
        [Fault(name, Kind.PAUSE) for name in names],
        dict.fromkeys(names, "brokers"),
        **{name: breakable(processes, name) for name in names},
    )
    assert len(outcomes) == 3 and processes.most_broken == 1


def test_a_fault_of_the_same_group_waits_until_the_group_is_whole(processes: FakeProcesses) -> None:
    looks = itertools.count()
    whole = {"one": lambda: next(looks) > 5}
    faults = [Fault("one", Kind.KILL), Fault("two", Kind.KILL)]
    run(
        processes,
        faults,
        {"one": "brokers", "two": "brokers"},
        one=breakable(processes, "one", whole=whole["one"]),
        two=breakable(processes, "two"),
    )
    assert processes.done == ["kill one", "kill two"] and next(looks) > 6


def test_beside_a_frozen_one_another_breaks_and_both_say_so_where_they_depend(processes: FakeProcesses) -> None:
    outcomes = run(
        processes,
        [Fault("api", Kind.PAUSE), Fault("worker", Kind.KILL)],
        api=breakable(processes, "api"),
        worker=breakable(processes, "worker", needs=frozenset({"worker", "api"})),
    )
    by_name = {outcome.fault.target: outcome for outcome in outcomes}
    assert processes.most_broken == 2
    assert by_name["worker"].beside == ["SIGSTOP api"] and by_name["api"].beside == []


def test_what_needs_an_absent_target_breaks_only_after_its_return(processes: FakeProcesses) -> None:
    run(
        processes,
        [Fault("store", Kind.AWAY), Fault("sink", Kind.KILL), Fault("page", Kind.KILL)],
        store=breakable(processes, "store", away_seconds=0.5),
        sink=breakable(processes, "sink", needs=frozenset({"sink", "store"})),
        page=breakable(processes, "page"),
    )
    assert processes.done == ["pause store", "kill page", "kill sink"]


def test_what_stops_the_flow_stops_the_schedule(processes: FakeProcesses) -> None:
    def stopped() -> None:
        raise AssertionError("the API refuses")

    conductor = Conductor(processes, {"api": breakable(processes, "api")}, {"api": "api"}, lambda _: None)  # type: ignore[arg-type]
    with pytest.raises(AssertionError, match="the API refuses"):
        conductor.run([Fault("api", Kind.KILL)], stopped)
    assert processes.done == []
