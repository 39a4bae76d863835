"""The measurement of MyBank: what is booked, what counts as found, and that each bound can be missed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest

from loadtests.cpu import Cores
from loadtests.mybank import report
from loadtests.mybank.backlog import Settled
from loadtests.mybank.bookings import ALERT_EVERY, THRESHOLD, Booking, Committed, Tellers, bookings
from loadtests.mybank.report import Bound, Found, Part, print_part, write
from services.mybank.contracts.money import to_cents


def test_one_booking_in_twelve_reaches_the_threshold_and_is_of_who_watches() -> None:
    made = list(islice(bookings(["w1", "w2"], ["o1"], Random(1)), 10 * ALERT_EVERY))
    large = [one for one in made if one.large]
    assert [one.user_id for one in large] == ["w1", "w2"] * 5
    assert all((to_cents(one.amount) >= to_cents(THRESHOLD)) == one.large for one in made)
    assert {one.user_id for one in made} == {"w1", "w2", "o1"}


class Connection:
    """Answers with rising ids."""

    ids: Iterator[int] = iter(range(1, 1000))

    def execute(self, query: str, row: tuple[str, ...], prepare: bool) -> Connection:
        return self

    def fetchone(self) -> tuple[int]:
        return (next(Connection.ids),)

    def close(self) -> None: ...


def test_tellers_book_each_once_and_none_before_it_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadtests.mybank.bookings.psycopg.connect", lambda *_, **__: Connection())
    committed = Tellers("", 3).book([0.0, 0.01, 0.02, 0.03], bookings(["w"], [], Random(1)))
    assert len({one.transaction_id for one in committed}) == 4
    assert all(one.due <= one.sent <= one.at for one in committed)
    due = sorted(one.due for one in committed)
    assert due[-1] - due[0] == pytest.approx(0.03)


def test_an_alert_must_be_on_the_stream_and_in_the_list_once_each() -> None:
    assert Found.of({1, 2}, {1: 1, 2: 1}, {1: 1, 2: 1}) == Found(2, 0, 0, 0)
    assert Found.of({1, 2}, {1: 1}, {1: 1, 2: 1}).missing == 1
    assert Found.of({1, 2}, {1: 1, 2: 1}, {1: 1}).missing == 1
    assert Found.of({1}, {1: 2}, {1: 1}).twice == 1
    assert Found.of({1}, {1: 1}, {1: 2}).twice == 1
    assert Found.of({1}, {1: 1, 7: 1}, {1: 1}).unexpected == 1


def test_bounds_are_missed_where_they_are() -> None:
    assert Bound("p99", 500.0, 500.0).kept and not Bound("p99", 500.1, 500.0).kept
    assert Bound("rate", 99.0, 99.0, at_least=True).kept and not Bound("rate", 98.9, 99.0, at_least=True).kept
    assert not Bound("p99", float("nan"), 1.0).kept and not Bound("settled", None, 1.0).kept
    assert all(bound.kept for bound in Found(1, 0, 0, 0).bounds)
    for found in (Found(0, 0, 0, 0), Found(1, 1, 0, 0), Found(1, 0, 1, 0), Found(1, 0, 0, 1)):
        assert sum(not bound.kept for bound in found.bounds) == 1


def part(arrived: dict[int, list[float]]) -> Part:
    """Two large bookings and a small one, due at 10, 10.5 and 11; committed 0.1 later; what they wanted is 3 in a second."""
    committed = [
        Committed(Booking("u", "1.00", large), number, due, due + 0.01, due + 0.1)
        for number, due, large in ((1, 10.0, True), (2, 10.5, False), (3, 11.0, True))
    ]
    found = Found.of({1, 3}, {number: len(times) for number, times in arrived.items()}, {1: 1, 3: 1})
    cores = Cores({"postgres": 0.5}, {}, 0.5, 2)
    raised = {number: min(times) - 0.05 for number, times in arrived.items()}
    return Part("delay", 3.0, 1.1, committed, arrived, raised, found, Settled(0.5, 1.0, 2048, {"mybank-alert-processor": 3}), cores)


def test_a_delay_is_that_of_the_first_arrival_and_endless_where_there_is_none() -> None:
    one = part({1: [10.3, 10.2], 3: [11.5]})
    assert one.from_commit[50] == pytest.approx(100) and one.from_commit[99] == pytest.approx(400)
    assert one.from_due[99] == pytest.approx(500)
    assert part({1: [10.2]}).from_commit[99] == float("inf")
    assert one.delays["commit -> judged"][99] == pytest.approx(350) and one.delays["judged -> stream"][50] == pytest.approx(50)
    assert one.committed_rate == pytest.approx(3 / 1.1)


def test_a_backlog_that_grows_is_seen_in_the_medians_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "SLICE_SECONDS", 0.6)
    assert part({1: [10.2], 3: [13.1]}).by_time == pytest.approx([100, 2000])


def test_the_report_tells_what_was_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")
    one = part({1: [10.2]})
    bounds = [Bound("commit -> stream, p99 ms", one.from_commit[99], 500.0), *one.found.bounds]
    print_part(one, bounds)
    write([(one, bounds)], {}, tmp_path / "results" / "measure.json")
    told = capsys.readouterr().out
    assert "MISSED commit -> stream, p99 ms" in told and "MISSED alerts missing" in told and "kept   alerts twice" in told
    document: dict[str, Any] = json.loads((tmp_path / "results" / "measure.json").read_text(), parse_constant=pytest.fail)
    written = document["parts"]["delay"]
    assert written["delays"]["commit -> stream"]["p99_ms"] is None
    assert [bound["kept"] for bound in written["bounds"]] == [False, True, False, True, True]
