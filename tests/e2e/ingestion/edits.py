"""Edits that a test plants among those of everybody else."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4


@dataclass(frozen=True)
class Edits:
    """Edits within a second that no other test has, so that a range of time holds these alone.

    All are of the same few days, since a table has a part for each day; and these are behind those of a run of faults (until 2013).
    """

    word: str = field(default_factory=lambda: f"w{uuid4().hex[:12]}")
    second: datetime = field(default_factory=lambda: datetime(2014, 1, 1, tzinfo=UTC) + timedelta(seconds=random.randrange(10 * 86_400)))

    def line(self, place: int = 0, **more: Any) -> str:
        """One of up to 1,000; the one of the next place is a millisecond later."""
        edit = {
            "time": f"{self.second:%Y-%m-%dT%H:%M:%S}.{place:03}Z",
            "channel": f"#{self.word}",
            "page": f"Page {place} {self.word}",
            "user": "Ada",
            "comment": "planted",
            "delta": 1,
        }
        return json.dumps(edit | more)
