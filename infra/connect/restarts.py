"""When a failed connector is started again: rules only, no clock and no client of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from infra.connect.rest import ConnectorStatus


@dataclass(frozen=True)
class Policy:
    """`limit` restarts in a row, each after a pause (seconds) that doubles up to `longest_pause`; a row ends when it ran `steady` s."""

    limit: int = 12
    first_pause: float = 1.0
    longest_pause: float = 60.0
    steady: float = 60.0

    def pause(self, restarts_in_a_row: int) -> float:
        return float(min(self.first_pause * 2**restarts_in_a_row, self.longest_pause))


@dataclass
class Record:
    """What became of one connector so far; times in seconds since the epoch."""

    restarts: int = 0
    in_a_row: int = 0
    failed_since: float | None = None
    running_since: float | None = None
    given_up: bool = False
    reason: str = ""


@dataclass(frozen=True)
class Action:
    """What is to be done, or only told: `restart` where the connector is to be started again."""

    connector: str
    text: str
    restart: bool = False


@dataclass
class Restarts:
    """The watcher's memory. Not thread-safe."""

    policy: Policy
    records: dict[str, Record] = field(default_factory=dict)

    def look(self, statuses: Sequence[ConnectorStatus], now: float) -> list[Action]:
        """What follows from what Connect says now. A restart that is returned counts as done."""
        return [action for status in statuses if (action := self._look(status, now))]

    def _look(self, status: ConnectorStatus, now: float) -> Action | None:
        record = self.records.setdefault(status.name, Record())
        if status.running:
            return self._runs(status.name, record, now)
        record.running_since = None
        if not status.failed:
            return None
        if record.failed_since is None:
            record.failed_since = now
            record.reason = status.reason
            if not record.given_up:
                return Action(status.name, f"failed: {status.reason}")
        record.reason = status.reason
        if record.given_up or now - record.failed_since < self.policy.pause(record.in_a_row):
            return None
        if record.in_a_row >= self.policy.limit:
            record.given_up = True
            return Action(status.name, f"stays FAILED after {record.in_a_row} restarts in a row: {status.reason}")
        record.in_a_row += 1
        record.restarts += 1
        record.failed_since = None
        return Action(status.name, f"restart {record.in_a_row} of at most {self.policy.limit} in a row", restart=True)

    def _runs(self, name: str, record: Record, now: float) -> Action | None:
        record.failed_since = None
        if record.running_since is None:
            record.running_since = now
        if record.given_up:
            record.in_a_row, record.given_up, record.reason = 0, False, ""
            return Action(name, "somebody has started it again: it is watched as before")
        if not record.in_a_row or now - record.running_since < self.policy.steady:
            return None
        restarts, record.in_a_row, record.reason = record.in_a_row, 0, ""
        return Action(name, f"runs again for {self.policy.steady:.0f} s, after {restarts} restart(s)")

    def document(self) -> dict[str, Any]:
        """For the file that `status` reads."""
        return {name: asdict(record) for name, record in sorted(self.records.items())}

    @classmethod
    def restored(cls, policy: Policy, document: dict[str, Any]) -> Restarts:
        """From `document`; those that were given up get their restarts anew: who started the watcher again wants that."""
        records = {name: Record(restarts=int(entry.get("restarts", 0))) for name, entry in document.items()}
        return cls(policy, records)
