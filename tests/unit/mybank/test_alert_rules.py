"""The rules of alerts against a model that was written apart, and one by one."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from services.mybank.alert_processor.domain import HOUR, KEPT, UserState, alert_id, recompute, transition
from services.mybank.contracts.events import BankTransactionChanged, ThresholdVersion
from services.mybank.contracts.thresholds import histories
from tests.unit.mybank.alert_model import Alert, Change, Row, Version, alerts

NOON = 1_793_000_000_000_000
TWO_PLACES = Decimal("0.01")


def changed(change: Change, position: int, before: dict[int, Row]) -> BankTransactionChanged:
    row = change.row or before[change.id]
    return BankTransactionChanged(
        event_id=f"{row.id}:{position}",
        user_id="ada",
        transaction_id=row.id,
        deleted=change.row is None,
        direction=row.direction,
        cents=int(row.amount * 100),
        currency=row.currency,
        booked_at=row.booked_at,
        position=position,
        occurred_at=row.committed_at,
    )


def as_changes(changes: list[Change]) -> list[BankTransactionChanged]:
    before: dict[int, Row] = {}
    events = []
    for position, change in enumerate(changes, 1):
        events.append(changed(change, position, before))
        if change.row is not None:
            before[change.id] = change.row
    return events


def as_version(version: Version) -> ThresholdVersion:
    return ThresholdVersion(
        version.threshold,
        version.number,
        version.direction,
        str(version.amount.quantize(TWO_PLACES)),
        version.currency,
        version.hours,
        version.since,
        version.ended,
    )


def raised(events: list[BankTransactionChanged], versions: list[Version]) -> list[Alert]:
    found = recompute(events, histories(as_version(version) for version in versions))
    return [(a.transaction_id, a.threshold_id, a.threshold_version, Decimal(a.total)) for a in found]


amounts = st.integers(1, 40).map(lambda tens: Decimal(tens) * 10 + Decimal("0.25"))
moments = st.integers(0, 60).map(lambda n: NOON + n * HOUR // 2)
directions = st.sampled_from(["debit", "credit"])
currencies = st.sampled_from(["EUR", "EUR", "USD"])


@st.composite
def version_lists(draw: st.DrawFn) -> list[Version]:
    versions = []
    since = draw(st.lists(st.integers(-4, 120), unique=True, min_size=1, max_size=8))
    numbers: dict[str, int] = {}
    for quarter in sorted(since):
        threshold = draw(st.sampled_from(["large", "week"]))
        numbers[threshold] = numbers.get(threshold, 0) + 1
        versions.append(
            Version(
                threshold,
                numbers[threshold],
                draw(st.sampled_from(["debit", "credit", "any"])),
                draw(st.integers(1, 90)) * Decimal(10),
                draw(currencies),
                draw(st.sampled_from([None, 1, 3, 12])),
                NOON + quarter * HOUR // 4,
                draw(st.sampled_from([False, False, False, True])),
            )
        )
    return versions


@st.composite
def change_lists(draw: st.DrawFn) -> list[Change]:
    """Bookings in any order, some ahead of their commit; corrections and deletions in between."""
    changes: list[Change] = []
    alive: dict[int, Row] = {}
    committed = NOON
    for number in range(1, draw(st.integers(1, 14))):
        committed += draw(st.integers(1, 4)) * HOUR // 2
        kind = draw(st.sampled_from(["insert", "insert", "insert", "update", "delete"])) if alive else "insert"
        if kind == "delete":
            changes.append(Change(draw(st.sampled_from(sorted(alive))), None))
            del alive[changes[-1].id]
            continue
        row = Row(number, draw(directions), draw(amounts), draw(currencies), draw(st.one_of(st.just(committed), moments)), committed)
        if kind == "update":
            old = alive[draw(st.sampled_from(sorted(alive)))]
            row = replace(row, id=old.id, booked_at=draw(st.sampled_from([old.booked_at, row.booked_at])))
        alive[row.id] = row
        changes.append(Change(row.id, row))
    return changes


@given(change_lists(), version_lists())
def test_the_alerts_are_those_of_the_model(changes: list[Change], versions: list[Version]) -> None:
    assert sorted(raised(as_changes(changes), versions)) == sorted(alerts(changes, versions))


@given(change_lists(), version_lists(), st.integers(0, 2**32))
def test_changes_that_the_connector_repeats_change_nothing(changes: list[Change], versions: list[Version], seed: int) -> None:
    events = as_changes(changes)
    rng = Random(seed)
    repeated = []
    for end, event in enumerate(events, 1):
        repeated.append(event)
        if rng.random() < 0.3:
            repeated += events[rng.randrange(end) : end]
    assert raised(repeated, versions) == raised(events, versions)


@given(change_lists(), version_lists(), st.integers(0, 14))
def test_a_change_of_settings_never_reaches_back(changes: list[Change], versions: list[Version], cut: int) -> None:
    events = as_changes(changes)
    moment = max((event.occurred_at for event in events[:cut]), default=NOON)
    known = [version for version in versions if version.since <= moment]
    early = raised(events[:cut], known)
    assert raised(events, versions)[: len(early)] == early


@given(change_lists(), version_lists())
def test_no_alert_is_raised_twice(changes: list[Change], versions: list[Version]) -> None:
    found = [alert[:2] for alert in raised(as_changes(changes), versions)]
    assert len(found) == len(set(found))


def booked(number: int, amount: str, hours: float, **other: object) -> Change:
    moment = NOON + int(hours * HOUR)
    return Change(number, replace(Row(number, "debit", Decimal(amount), "EUR", moment, moment), **other))  # type: ignore[arg-type]


def threshold(amount: str, hours: int | None = None, since: float = -1, number: int = 1, **other: object) -> Version:
    version = Version("large", number, "debit", Decimal(amount), "EUR", hours, NOON + int(since * HOUR), False)
    return replace(version, **other)  # type: ignore[arg-type]


def ids(changes: list[Change], *versions: Version) -> list[int]:
    return [alert[0] for alert in raised(as_changes(changes), list(versions))]


def test_the_amount_itself_is_enough_and_a_cent_less_is_not() -> None:
    assert ids([booked(1, "999.99", 0), booked(2, "1000.00", 1)], threshold("1000.00")) == [2]


def test_another_currency_and_the_other_direction_do_not_count() -> None:
    changes = [booked(1, "1000", 0, currency="USD"), booked(2, "1000", 1, direction="credit"), booked(3, "1000", 2)]
    assert ids(changes, threshold("1000")) == [3]
    assert ids(changes, threshold("1000", direction="any")) == [2, 3]


def test_a_window_raises_when_its_sum_is_reached_and_again_only_after_it_fell_below() -> None:
    changes = [booked(1, "60", 0), booked(2, "50", 1), booked(3, "50", 2), booked(4, "30", 25.5), booked(5, "80", 26)]
    assert ids(changes, threshold("100", 24)) == [2, 5]


def test_what_is_exactly_a_window_old_no_longer_counts() -> None:
    assert ids([booked(1, "60", 0), booked(2, "50", 24)], threshold("100", 24)) == []
    assert ids([booked(1, "60", 0), booked(2, "50", 23.999)], threshold("100", 24)) == [2]


def test_the_version_in_force_when_it_was_booked_decides() -> None:
    versions = [threshold("1000"), threshold("100", since=10, number=2), threshold("100", since=20, number=3, ended=True)]
    changes = [booked(1, "500", 9.99), booked(2, "500", 10), booked(3, "500", 20), booked(4, "5000", 9, committed_at=NOON + 30 * HOUR)]
    assert ids(changes, *versions) == [2, 4]


def test_a_reversal_takes_back_no_alert_and_its_amount_counts_no_more() -> None:
    changes = [booked(1, "90", 0), booked(2, "20", 1), Change(1, None), booked(3, "70", 2), booked(4, "20", 3)]
    assert ids(changes, threshold("100", 24)) == [2, 4]


def test_what_a_row_was_before_its_correction_does_not_come_back_when_the_connector_repeats_it() -> None:
    events = as_changes([booked(1, "60", 0), booked(1, "10", 0), booked(2, "50", 1)])
    versions = histories([as_version(threshold("100", 24))])
    assert recompute([*events, *events], versions) == []


def test_a_correction_that_reaches_the_amount_raises() -> None:
    assert ids([booked(1, "10", 0), booked(1, "1000", 0)], threshold("1000")) == [1]


def test_a_transaction_that_is_older_than_all_that_is_kept_is_judged_by_itself_and_not_in_windows() -> None:
    old = -KEPT // HOUR
    versions = [threshold("1000", since=2 * old), threshold("100", 24, since=2 * old, threshold="week")]
    late = booked(2, "1500", old - 1, committed_at=NOON + HOUR)
    assert [alert[:2] for alert in raised(as_changes([booked(1, "10", 0), late]), versions)] == [(2, "large")]


def test_what_no_window_can_reach_is_forgotten() -> None:
    state: UserState | None = None
    for number in range(1, 100):
        state, _ = transition(state, as_changes([booked(number, "1", number * 24)])[0], {}, lambda: 0)
    assert state is not None
    assert len(state.entries) == KEPT // (24 * HOUR) + 1


def test_an_alert_id_is_made_of_user_transaction_and_threshold() -> None:
    assert alert_id("ada", 1, "large") == alert_id("ada", 1, "large")
    assert len({alert_id("ada", 1, "large"), alert_id("ben", 1, "large"), alert_id("ada", 2, "large"), alert_id("ada", 1, "week")}) == 4
