"""The metrics that every service of a kind has; names in snake_case with their unit, `_total` for counters."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

HANDLED = Counter("consumer_handled_total", "Records read and handled", ["topic"])
DEAD_LETTERS = Counter("consumer_dead_letters_total", "Records that went to the dead letters", ["topic"])
RETRIES = Counter("consumer_retries_total", "Batches tried again because a store or the cluster was away")
LAG = Gauge("consumer_lag_records", "Records between the position and the end of the partition", ["topic", "partition"])
HANDLE_SECONDS = Histogram(
    "consumer_handle_seconds",
    "Time to handle one batch",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
ACKNOWLEDGED = Counter("producer_acknowledged_total", "Records that the cluster acknowledged", ["topic"])
FAILED = Counter("producer_failed_total", "Records whose delivery failed or is unknown", ["topic"])
REQUEST_SECONDS = Histogram(
    "http_request_seconds",
    "Time to answer a request, by route",
    ["method", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
