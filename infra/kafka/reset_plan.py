"""What a reset of offsets would do, in numbers: asks no cluster."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from infra.kafka.groups import RefusedError
from shared.clock import to_micros
from shared.consumer.group_offsets import Place, Places

FORMS = "earliest, latest, a time as 2026-11-23T14:00:00Z, or an offset"
_OFFSET = re.compile(r"[0-9]{1,19}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})")
"""RFC 3339: a time without its distance to UTC would mean another moment on each machine."""


@dataclass(frozen=True)
class Edge:
    """The beginning or the end of every partition."""

    earliest: bool


@dataclass(frozen=True)
class Moment:
    """The first records written at this time or later."""

    milliseconds: int


@dataclass(frozen=True)
class Offset:
    number: int


Target = Edge | Moment | Offset


@dataclass(frozen=True)
class Move:
    place: Place
    now: int | None
    """None where the group never committed."""
    then: int
    first: int
    """Of the log: offsets before it are gone."""

    @property
    def effect(self) -> str:
        """Offsets are counted: marks of transactions and what compaction removed are among them."""
        if self.now is None:
            return "never committed here: begins there"
        distance = self.then - max(self.now, self.first)
        if distance < 0:
            return f"{-distance} to be read again"
        if distance > 0:
            return f"{distance} skipped"
        return "stays" if self.now == self.then else f"{self.then - self.now} were gone already"


def parse_target(text: str, now: datetime) -> Target:
    """Raises RefusedError with the forms that there are."""
    if text in ("earliest", "latest"):
        return Edge(text == "earliest")
    if _OFFSET.fullmatch(text):
        return Offset(int(text))
    if not _TIME.fullmatch(text):
        raise RefusedError(f"TO={text[:50]} cannot be read: give {FORMS}.")
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise RefusedError(f"TO={text} is no time ({error}): give {FORMS}.") from error
    if moment > now:
        ahead = timedelta(seconds=round((moment - now).total_seconds()))
        raise RefusedError(f"TO={text} lies {ahead} in the future: no record was written then; for the end of the log say TO=latest.")
    milliseconds = to_micros(moment) // 1000
    # To the brokers -1 is no time but the end of the log, and what is below it other places, or an error.
    if milliseconds < 0:
        raise RefusedError(f"TO={text} lies before 1970: no record is as old; for the beginning of the log say TO=earliest.")
    return Moment(milliseconds)


def plan(target: Target, committed: Places, firsts: Places, ends: Places, at_time: Mapping[Place, int]) -> list[Move]:
    """One move a partition; `at_time` is needed for a Moment only: below zero where no record is as late.

    Raises RefusedError for an offset that is outside of a partition's log.
    """
    moves = []
    for place in sorted(ends):
        match target:
            case Edge(earliest):
                then = firsts[place] if earliest else ends[place]
            case Moment():
                then = at_time[place] if at_time[place] >= 0 else ends[place]
            case Offset(number):
                then = number
        moves.append(Move(place, committed.get(place), then, firsts[place]))
    outside = [move.place for move in moves if not firsts[move.place] <= move.then <= ends[move.place]]
    if outside:
        logs = "; ".join(f"partition {place[1]}: {firsts[place]} to {ends[place]}" for place in outside)
        raise RefusedError(
            f"The offset {moves[0].then} is outside of the log ({logs}): auto.offset.reset would decide there. "
            "One offset seldom suits several partitions: name one with PARTITION=..., or give a time."
        )
    return moves
