"""What can break, and what a fault of it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from shared.consumer.client import SESSION_TIMEOUT_MS
from tests.chaos.schedule import Fault, Kind

SESSION_SECONDS = SESSION_TIMEOUT_MS / 1000
TERM_BOUND_SECONDS = 5.0
KILL_BOUND_SECONDS = SESSION_SECONDS + 5

Handles = Callable[[], bool]
Probe = Callable[[], Handles]
"""Called once a fault has happened; what it returns tells whether the target has handled what was asked of it since. Both may raise
ConnectionError, LookupError or AssertionError: not yet."""


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
    election_seconds: float = 0.0
    """What it takes until others decide in its place, on top of the usual bound; who leaves in order has handed over."""
    restart: Callable[[str], None] | None = None
    """How it is restarted, where that is not done to its process."""

    def bound(self, kind: Kind) -> float | None:
        """In seconds."""
        if not self.bounded:
            return None
        if self.bound_seconds is not None:
            return self.bound_seconds
        return TERM_BOUND_SECONDS if kind is Kind.TERM else KILL_BOUND_SECONDS + self.election_seconds


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
    deaf: bool = False
    """It ignored SIGTERM for TERM_DEADLINE_SECONDS, and was killed."""

    @property
    def kept(self) -> bool:
        """Recovered, and within its bound where no other fault was in the way."""
        if self.recovered_after is None:
            return False
        return self.bound is None or bool(self.beside) or self.recovered_after <= self.bound
