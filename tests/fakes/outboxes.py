"""The notifier's outboxes in memory."""

from __future__ import annotations

from collections.abc import Sequence

from services.mybank.notifier.domain import Letter
from services.mybank.notifier.handler import Posted
from services.mybank.notifier.store import Waiting


class InMemoryOutbox:
    def __init__(self) -> None:
        self.letters: dict[str, list[Waiting]] = {}
        self.due: dict[str, int] = {}
        self._failures: dict[str, int] = {}
        self._ends: dict[int, int] = {}

    def put(self, user_id: str, *letters: Letter) -> None:
        """For tests of what empties it."""
        self.post([Posted(user_id, len(self._ends), place, each) for place, each in enumerate(letters)])

    def post(self, posted: Sequence[Posted]) -> None:
        for each in posted:
            if each.offset <= self._ends.get(each.partition, -1):
                continue
            self._ends[each.partition] = each.offset
            if each.letter is not None:
                self.letters.setdefault(each.user_id, []).append(Waiting(each.offset, each.letter))
                self.due.setdefault(each.user_id, 0)

    def claim(self, now: int, until: int, limit: int) -> list[str]:
        users = [user for user, due in self.due.items() if due <= now][:limit]
        self.due |= dict.fromkeys(users, until)
        return users

    def first(self, user_id: str) -> Waiting | None:
        return next(iter(self.letters.get(user_id, [])), None)

    def done(self, user_id: str, place: int) -> None:
        self._leave(user_id, [waiting for waiting in self.letters.get(user_id, []) if waiting.place != place])

    def drop(self, user_id: str) -> None:
        self._leave(user_id, [])

    def failed(self, user_id: str) -> int:
        self._failures[user_id] = self._failures.get(user_id, 0) + 1
        return self._failures[user_id]

    def postpone(self, user_id: str, until: int) -> None:
        if user_id in self.due:
            self.due[user_id] = until

    def _leave(self, user_id: str, letters: list[Waiting]) -> None:
        self._failures.pop(user_id, None)
        if letters:
            self.letters[user_id], self.due[user_id] = letters, 0
        else:
            self.letters.pop(user_id, None)
            self.due.pop(user_id, None)
