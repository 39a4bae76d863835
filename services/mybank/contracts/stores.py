"""Names that services of MyBank use in Valkey: the one writes, the other reads."""

from __future__ import annotations


def alerts_key(user_id: str) -> str:
    """Hash: alert id -> the alert as JSON, without its acknowledgement."""
    return f"mybank:alerts:{user_id}"


def alert_order_key(user_id: str) -> str:
    """Sorted set: alert ids by their offset in the topic, which orders the alerts of a user."""
    return f"mybank:alert-order:{user_id}"


def acknowledged_key(user_id: str) -> str:
    """Hash: alert id -> microseconds since the epoch."""
    return f"mybank:alerts-acknowledged:{user_id}"


def alerts_channel(user_id: str) -> str:
    """Pub/sub: a message at each new alert."""
    return f"mybank:alerts-changed:{user_id}"


def outbox_key(user_id: str) -> str:
    """Sorted set: alerts to send, as JSON, by their offset."""
    return f"mybank:webhook-outbox:{user_id}"


OUTBOX_ENDS_KEY = "mybank:webhook-outbox-ends"
"""Hash: partition -> the offset up to which alerts were put into the outboxes."""

OUTBOX_DUE_KEY = "mybank:webhook-due"
"""Sorted set: users with something to send, by when they are due in milliseconds."""

OUTBOX_FAILURES_KEY = "mybank:webhook-failures"
"""Hash: user -> attempts that failed in a row."""
