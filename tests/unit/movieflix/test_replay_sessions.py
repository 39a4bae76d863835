"""The viewing session invented before a rating: always the same, possible, and over before the rating."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from services.movieflix.contracts.rules import is_finished
from services.movieflix.playback_api.domain import RateShow, ReportShowPosition, rate_show, report_position
from services.movieflix.replay.sessions import LIKED_HALVES, MOST_POSITIONS, Session, session
from shared.clock import now

ratings = st.tuples(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 10), st.integers(789_652_009, 1_700_000_000))


@given(ratings)
def test_the_same_rating_has_the_same_session(rating: tuple[int, int, int, int]) -> None:
    assert session(*rating) == session(*rating)


@given(ratings)
def test_every_command_is_one_that_playback_api_takes(rating: tuple[int, int, int, int]) -> None:
    made = session(*rating)
    for position in made.positions:
        report_position(msgspec.json.decode(msgspec.json.encode(position), type=ReportShowPosition), now())
    rate_show(msgspec.json.decode(msgspec.json.encode(made.rating), type=RateShow), now())


@given(ratings)
def test_positions_rise_in_time_and_lie_before_the_rating(rating: tuple[int, int, int, int]) -> None:
    made = session(*rating)
    times = made.position_seconds_since_epoch
    assert 1 <= len(times) == len(made.positions) <= MOST_POSITIONS
    assert times == sorted(set(times))
    assert times[-1] < rating[3]
    assert [p.position_seconds for p in made.positions] == sorted({p.position_seconds for p in made.positions})


@given(ratings)
def test_a_show_is_finished_exactly_where_it_was_liked(rating: tuple[int, int, int, int]) -> None:
    last = session(*rating).positions[-1]
    assert is_finished(last.position_seconds, last.duration_seconds) == (rating[2] >= LIKED_HALVES)


def test_no_two_events_share_an_id() -> None:
    made = [session(user, movie, 7, 10**9 + second) for user in range(1, 9) for movie in range(1, 9) for second in (0, 1)]
    assert len(ids(made)) == sum(len(one.positions) + 1 for one in made)


def ids(sessions: list[Session]) -> set[str]:
    return {event.event_id for one in sessions for event in (*one.positions, one.rating)}
