"""The notifier's outboxes in Valkey: the suite of the in-memory ones."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
import redis

from services.mybank.notifier.store import ValkeyOutbox
from shared.stores import StoreUnavailableError, valkey
from tests.conftest import Stack
from tests.suites.outbox_suite import OutboxSuite


@pytest.fixture
def outbox(stack: Stack) -> Iterator[ValkeyOutbox]:
    client = valkey.connect(stack.settings.valkey)
    # A notifier that runs claims whoever is due in its own.
    yield ValkeyOutbox(client, f"test-{uuid4().hex[:8]}:")
    client.close()


class TestValkeyOutbox(OutboxSuite):
    """All of the suite."""


def test_a_server_that_is_away_is_a_store_that_is_unavailable() -> None:
    outbox = ValkeyOutbox(redis.Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=1))
    for call in (lambda: outbox.claim(0, 1, 1), lambda: outbox.first("ada"), lambda: outbox.failed("ada"), lambda: outbox.drop("ada")):
        with pytest.raises(StoreUnavailableError):
            call()
