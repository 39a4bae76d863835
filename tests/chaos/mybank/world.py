"""The names of one run: its users are known by them in every topic, table and view."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from services.mybank.contracts.access import AccessSettings, access_tokens
from services.mybank.contracts.topics import BANK_TRANSACTIONS, CASE_DIR
from shared.contracts import load_contracts
from shared.testing.partitioner import partition_of

PARTITIONS = load_contracts(CASE_DIR).topic(BANK_TRANSACTIONS.name).partitions
SECRET = "whsec_Y2hhb3M="
_TOKEN_SECONDS = 6 * 3600


@dataclass(frozen=True)
class World:
    seed: int
    run: str

    @property
    def prefix(self) -> str:
        return f"chaos-{self.run}-"

    def customer(self, branch: int, number: int) -> str:
        return f"{self.prefix}{branch}-{number}"

    def setter(self, number: int) -> str:
        """Whose settings a probe changes; a user may change them some hundred times."""
        return f"{self.prefix}setter-{number}"

    def probers(self) -> list[str]:
        """For whom probes book: one in each partition, so that every processor's share is asked."""
        names: Iterator[str] = (f"{self.prefix}prober-{number}" for number in itertools.count())
        found: dict[int, str] = {}
        while len(found) < PARTITIONS:
            name = next(names)
            found.setdefault(partition_of(name.encode(), PARTITIONS), name)
        return list(found.values())


class Wallet:
    """Everybody's token, each made once."""

    def __init__(self) -> None:
        self._tokens = access_tokens(AccessSettings())
        self._headers: dict[str, dict[str, str]] = {}

    def headers(self, user_id: str) -> dict[str, str]:
        if user_id not in self._headers:
            self._headers[user_id] = {"authorization": f"Bearer {self._tokens.issue(user_id, _TOKEN_SECONDS)}"}
        return self._headers[user_id]
