"""Waits until parts are healthy, says what it waits for, and explains a part that never gets there."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from infra.local.console import say
from infra.local.errors import StackError
from infra.local.logs import tail
from infra.local.supervise import ProcessState

_SECONDS_BETWEEN_LINES = 5.0
_SECONDS_WITHOUT_REASONS = 20.0
"""That a server does not answer yet is no news while it starts."""
_LOG_LINES = 15
_BEHIND = re.compile(r"(\d+) records behind")
"""Of a worker that has a backlog to work off (shared/consumer/lag.py)."""
_MOST_STARTS = 3
"""A process that needs more is not going to come up; supervisor alone would try for ever one that lives a few seconds."""


@dataclass(frozen=True)
class Part:
    """Something to wait for: `probe` returns None when it is healthy, otherwise the reason; `programs` are its processes."""

    name: str
    probe: Callable[[], str | None]
    deadline: float
    """Seconds from now, or from when it was last seen to be less behind than ever."""
    programs: tuple[str, ...] = ()


class Supervision(Protocol):
    """What waiting needs of a Supervisor."""

    def states(self) -> Mapping[str, ProcessState]: ...

    def stop(self, names: Iterable[str]) -> object: ...

    def log(self, name: str) -> Path: ...


def wait_healthy(parts: Sequence[Part], supervisor: Supervision) -> None:
    """Return when every part is healthy, all probed at once.

    StackError with the part's name, its reason and the end of its log, as soon as one of its processes has given up or
    its deadline has passed; one that ends again and again is stopped.
    """
    began = time.monotonic()
    progress = {part.name: _Progress(began) for part in parts}
    waiting = list(parts)
    told = began
    starts: dict[str, set[int]] = {}
    with ThreadPoolExecutor(max(1, len(waiting))) as pool:
        while waiting:
            reasons = list(pool.map(lambda part: part.probe(), waiting))
            for part, reason in zip(waiting, reasons, strict=True):
                if reason is None:
                    say(f"{part.name} is ready")
            still = [(part, reason) for part, reason in zip(waiting, reasons, strict=True) if reason is not None]
            _count_starts(supervisor.states(), starts)
            for part, reason in still:
                _give_up(part, reason, progress[part.name].standing_still(reason), starts, supervisor)
            if still and time.monotonic() - told > _SECONDS_BETWEEN_LINES:
                told = time.monotonic()
                patient = told - began < _SECONDS_WITHOUT_REASONS
                say("waiting for " + ", ".join(part.name if patient else f"{part.name} ({_short(reason)})" for part, reason in still))
            waiting = [part for part, _ in still]
            if waiting:
                time.sleep(0.2)


class _Progress:
    """Of one part: a worker that works off what came while it was away is well, however long that takes."""

    def __init__(self, began: float) -> None:
        self._seen = began
        self._least: int | None = None

    def standing_still(self, reason: str) -> float:
        """Seconds since it got any further."""
        now = time.monotonic()
        if found := _BEHIND.search(reason):
            behind = int(found[1])
            if self._least is not None and behind < self._least:
                self._seen = now
            self._least = behind if self._least is None else min(behind, self._least)
        return now - self._seen


def _short(reason: str, limit: int = 100) -> str:
    line = reason.splitlines()[0] if reason else ""
    return line if len(line) <= limit else line[: limit - 3] + "..."


def _count_starts(states: Mapping[str, ProcessState], starts: dict[str, set[int]]) -> None:
    for name, state in states.items():
        seen = starts.setdefault(name, set())
        if state.pid:
            seen.add(state.pid)
        if state.state == "FATAL":
            seen.update(range(-_MOST_STARTS, 0))


def _give_up(part: Part, reason: str, standing_still: float, starts: Mapping[str, set[int]], supervisor: Supervision) -> None:
    dead = [name for name in part.programs if len(starts.get(name, ())) >= _MOST_STARTS]
    if dead:
        # A Java server that starts every two seconds for ever would take a core from whoever looks for the cause.
        supervisor.stop(dead)
        raise StackError(explain(part.name, f"its process ends again and again ({dead[0]})", supervisor.log(dead[0])))
    if standing_still > part.deadline:
        text = f"it is not healthy after {part.deadline:.0f} s: {reason}"
        raise StackError(explain(part.name, text, supervisor.log(part.programs[0]) if part.programs else None))


def explain(name: str, reason: str, log: Path | None) -> str:
    """Why a part did not start, the last lines of its log, and what to do."""
    if log is None:
        return f"{name} cannot be used: {reason}. It is not started here: check its address and credentials in .env."
    # A Java stack trace buries its causes.
    lines = [line for line in tail(log, 20 * _LOG_LINES) if not re.match(r"\s+(at |\.\.\. \d+ more)", line)][-_LOG_LINES:]
    shown = "\n".join(f"  | {_short(line, 300)}" for line in lines) or "  | (the log is empty)"
    return (
        f"{name} did not start: {reason}. The end of its log ({log}):\n{shown}\n"
        f"Mend what it says and run the same command again; 'make logs SERVICE={log.stem}' shows more, 'make down' stops the rest."
    )
