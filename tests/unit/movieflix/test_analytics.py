from __future__ import annotations

import asyncio
import math
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.movieflix.analytics_api.app import analytics_api
from services.movieflix.analytics_api.domain import Rated, fractions, top_shows
from services.movieflix.analytics_sink.domain import fraction_version
from shared.health import Health
from tests.fakes.analytics import InMemoryAnalytics
from tests.suites.analytics_suite import NOON, handle, rated, viewed

FRACTIONS = st.floats(min_value=0, max_value=1)


@given(FRACTIONS, FRACTIONS)
def test_versions_order_exactly_as_fractions_do(one: float, other: float) -> None:
    assert (fraction_version(one) > fraction_version(other)) == (one > other)
    assert 0 <= fraction_version(one) < 2**63


def test_the_next_double_is_another_version() -> None:
    assert fraction_version(math.nextafter(0.5, 1)) == fraction_version(0.5) + 1


RATED = {"a": Rated(2, 4.0), "b": Rated(2, 4.5), "c": Rated(1, 5.0), "d": Rated(3, 4.0)}
VIEWERS = {"a": 9, "b": 9, "c": 9, "e": 9, "f": 1}


@pytest.mark.parametrize(
    ("by", "min_ratings", "expected"),
    [
        ("ratings", 0, "dabcef"),
        ("ratings", 2, "dab"),
        ("mean_rating", 0, "cbda"),
        ("mean_rating", 2, "bda"),
        ("viewers", 0, "abcefd"),
        ("viewers", 1, "abcd"),
    ],
)
def test_shows_rank_by_the_figure_then_by_ratings_then_by_id(by: Any, min_ratings: int, expected: str) -> None:
    assert top_shows(RATED, VIEWERS, by, min_ratings, 10) == list(expected)
    assert top_shows(RATED, VIEWERS, by, min_ratings, 2) == list(expected[:2])


def test_the_last_fraction_is_the_end() -> None:
    assert fractions(4) == [0.25, 0.5, 0.75, 1.0]
    assert all(fractions(n)[-1] == 1.0 for n in range(1, 101))


def get(store: InMemoryAnalytics, path: str, **query: Any) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(analytics_api(store, Health()), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(f"/v1/analytics{path}", params=query)

    return asyncio.run(ask())


@pytest.fixture
def store() -> InMemoryAnalytics:
    store = InMemoryAnalytics()
    store.catalogue = {"metropolis": "Metropolis", "nosferatu": "Nosferatu"}
    handle(store, rated(4.0), rated(4.5, user="ben"), viewed(60.0), viewed(user="ben", show="faust", at=NOON + 3_600_000_000))
    return store


def test_the_summary_counts_events_users_and_shows(store: InMemoryAnalytics) -> None:
    assert get(store, "/summary").json() == {"positions": 2, "ratings": 2, "users": 2, "shows": 2}
    assert get(store, "/summary", to="2017-01-01T12:00:00Z").json() == {"positions": 0, "ratings": 0, "users": 0, "shows": 0}


METROPOLIS = {"show_id": "metropolis", "title": "Metropolis", "ratings": 2, "mean_rating": 4.25, "viewers": 1}
FAUST = {"show_id": "faust", "title": "faust", "ratings": 0, "mean_rating": None, "viewers": 1}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [METROPOLIS, FAUST]),
        ({"limit": 1}, [METROPOLIS]),
        ({"by": "viewers"}, [METROPOLIS, FAUST]),
        ({"by": "mean_rating"}, [METROPOLIS]),
        ({"by": "mean_rating", "min_ratings": 3}, []),
        ({"min_ratings": 1}, [METROPOLIS]),
        ({"from": "2017-01-01T12:30:00Z"}, [FAUST]),
        ({"from": "2017-01-01T12:30:00Z", "by": "mean_rating"}, []),
    ],
)
def test_top_shows_have_their_titles_and_all_figures(store: InMemoryAnalytics, query: dict[str, Any], expected: list[Any]) -> None:
    assert get(store, "/top-shows", **query).json() == {"items": expected}


def test_activity_leaves_out_hours_without_events(store: InMemoryAnalytics) -> None:
    handle(store, rated(show="faust", at=NOON + 5 * 3_600_000_000))
    assert get(store, "/activity", interval="hour").json()["items"] == [
        {"start": "2017-01-01T12:00:00Z", "positions": 1, "ratings": 2},
        {"start": "2017-01-01T13:00:00Z", "positions": 1, "ratings": 0},
        {"start": "2017-01-01T17:00:00Z", "positions": 0, "ratings": 1},
    ]
    assert get(store, "/activity", interval="month").json()["items"] == [{"start": "2017-01-01T00:00:00Z", "positions": 2, "ratings": 3}]


def test_drop_off_counts_viewers_by_their_furthest_position(store: InMemoryAnalytics) -> None:
    assert get(store, "/shows/metropolis/drop-off", buckets=2).json() == {
        "viewers": 1,
        "items": [{"fraction": 0.5, "viewers": 1}, {"fraction": 1.0, "viewers": 0}],
    }
    assert len(get(store, "/shows/metropolis/drop-off").json()["items"]) == 20
    assert get(store, "/shows/nosferatu/drop-off").json()["viewers"] == 0
    assert get(store, "/shows/caligari/drop-off").status_code == 404


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/summary", {"from": "yesterday"}),
        ("/summary", {"from": "2018-01-01T00:00:00Z", "to": "2017-01-01T00:00:00Z"}),
        ("/top-shows", {"by": "age"}),
        ("/top-shows", {"limit": 0}),
        ("/top-shows", {"limit": 101}),
        ("/top-shows", {"limit": "nan"}),
        ("/top-shows", {"min_ratings": -1}),
        ("/top-shows", {"to": "2017"}),
        ("/activity", {"interval": "year"}),
        ("/shows/metropolis/drop-off", {"buckets": 0}),
        ("/shows/metropolis/drop-off", {"buckets": 101}),
        ("/shows/a%20b/drop-off", {}),
    ],
)
def test_a_bad_question_gets_a_problem_document(store: InMemoryAnalytics, path: str, query: dict[str, Any]) -> None:
    response = get(store, path, **query)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"]


@pytest.mark.parametrize("path", ["/summary", "/top-shows", "/activity", "/shows/metropolis/drop-off"])
def test_a_store_that_is_away_is_503_with_retry_after(store: InMemoryAnalytics, path: str) -> None:
    store.away = True
    response = get(store, path)
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
