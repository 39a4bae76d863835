"""The headers of a record: CloudEvents 1.0 in the binary mode of its Kafka binding, and the W3C trace context.

They are for whoever routes, traces or logs a record without reading its value. Rules of a case read the value only.
"""

from __future__ import annotations

import random
from contextvars import ContextVar

from shared.clock import Micros, to_rfc3339

Headers = list[tuple[str, bytes]]

trace_parent: ContextVar[str] = ContextVar("trace_parent", default="")
"""The `traceparent` of the request or record at hand: what is published while it is set carries it on."""


def cloud_event(source: str, event_type: str, event_id: str, occurred_at: Micros, content_type: str = "application/avro") -> Headers:
    """Headers of one event; `source` is the service that publishes it."""
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_source", source.encode()),
        ("ce_type", event_type.encode()),
        ("ce_time", to_rfc3339(occurred_at).encode()),
        ("content-type", content_type.encode()),
        ("traceparent", (trace_parent.get() or new_trace_parent()).encode()),
    ]


def new_trace_parent() -> str:
    """A new trace, sampled (W3C Trace Context, version 00)."""
    return f"00-{random.getrandbits(128):032x}-{random.getrandbits(64):016x}-01"
