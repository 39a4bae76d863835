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
    """Edits within a minute that no other test has, so that a time range holds these alone."""

    word: str = field(default_factory=lambda: f"w{uuid4().hex[:12]}")
    minute: datetime = field(default_factory=lambda: datetime(1990, 1, 1, tzinfo=UTC) + timedelta(minutes=random.randrange(10_000_000)))

    def line(self, second: int = 0, **more: Any) -> str:
        time = f"{self.minute + timedelta(seconds=second):%Y-%m-%dT%H:%M:%S}.000Z"
        edit = {
            "time": time,
            "channel": f"#{self.word}",
            "page": f"Page {second} {self.word}",
            "user": "Ada",
            "comment": "planted",
            "delta": 1,
        }
        return json.dumps(edit | more)
