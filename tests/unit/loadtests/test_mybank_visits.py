"""What a customer asks follows from what the answers showed; the shares are those that are promised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from random import Random

from loadtests.calls import Call
from loadtests.mybank import visits
from loadtests.mybank.visits import ACKNOWLEDGE, ALERTS, CALLS, SET, Customer
from loadtests.thresholds import read_thresholds

HEADERS = {"authorization": "Bearer t"}


def played(customer: Customer, alerts: Iterator[int]) -> Iterator[Call]:
    """The customer's calls, with a new alert in each list."""
    shown: list[dict[str, str | None]] = []
    for call in customer.visits():
        if call.name == ALERTS:
            shown.insert(0, {"alert_id": f"a{next(alerts)}", "acknowledged_at": None})
            del shown[20:]
            assert call.trouble is not None and call.trouble({"items": shown}) is None
        if call.name == ACKNOWLEDGE:
            (alert,) = (alert for alert in shown if alert["alert_id"] == call.path.split("/")[-2])
            assert alert["acknowledged_at"] is None
            alert["acknowledged_at"] = "2026-01-01T00:00:00Z"
        yield call


def test_the_first_call_sets_the_threshold_and_each_bears_the_token_of_its_user() -> None:
    calls = list(islice(played(Customer("u1", HEADERS, Random(1)), count()), 50))
    assert calls[0].name == SET and calls[0].path == "/v1/users/u1/thresholds/large"
    assert all(call.headers == HEADERS and "u1" in call.path for call in calls)


def test_nothing_is_acknowledged_that_was_not_shown() -> None:
    calls = list(islice(Customer("u1", HEADERS, Random(1)).visits(), 100))
    assert ACKNOWLEDGE not in {call.name for call in calls}


def test_the_shares_are_those_of_the_table() -> None:
    counts = Counter(call.name for call in islice(played(Customer("u1", HEADERS, Random(2)), count()), 5_000))
    assert set(counts) == set(CALLS)
    opening = sum(counts[name] for name in (visits.THRESHOLDS, ALERTS, visits.ACCOUNT)) / 5_000
    changing = (counts[SET] + counts[visits.END]) / 5_000
    assert abs(opening - 0.6) < 0.03 and abs(changing - 0.15) < 0.03, (opening, changing)


def test_every_call_has_its_thresholds() -> None:
    read_thresholds(Path(visits.__file__).with_name("thresholds.yaml"), CALLS)
