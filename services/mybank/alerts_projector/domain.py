"""Alerts as they are served."""

from __future__ import annotations

import msgspec

from services.mybank.contracts.events import AlertRaised
from shared.clock import to_rfc3339

_encode = msgspec.json.Encoder().encode


def body(event: AlertRaised) -> bytes:
    """JSON, without the acknowledgement, which may come before or after."""
    return _encode(
        {
            "alert_id": event.event_id,
            "transaction_id": event.transaction_id,
            "threshold_id": event.threshold_id,
            "threshold_version": event.threshold_version,
            "direction": event.direction,
            "amount": event.amount,
            "currency": event.currency,
            "total": event.total,
            "window_hours": event.window_hours,
            "booked_at": to_rfc3339(event.booked_at),
            "committed_at": to_rfc3339(event.committed_at),
            "raised_at": to_rfc3339(event.occurred_at),
        }
    )
