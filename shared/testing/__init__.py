"""What tests use instead of servers, and how they wait. Every stand-in passes the suite of the real thing (tests/suites)."""

from __future__ import annotations

from shared.testing.broker import InMemoryBroker
from shared.testing.consumer import InMemoryConsumer
from shared.testing.eventually import eventually, eventually_async
from shared.testing.producers import InMemoryDeadLetters, InMemoryPublisher
from shared.testing.transactions import InMemoryStateLog, InMemoryTransactions

__all__ = [
    "InMemoryBroker",
    "InMemoryConsumer",
    "InMemoryDeadLetters",
    "InMemoryPublisher",
    "InMemoryStateLog",
    "InMemoryTransactions",
    "eventually",
    "eventually_async",
]
