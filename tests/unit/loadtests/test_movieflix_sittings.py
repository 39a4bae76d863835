"""MovieFlix's viewers ask what its page and devices ask, in that order and in the shares that the docstring gives."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from pathlib import Path
from random import Random

import msgspec
import pytest

from loadtests.calls import Call
from loadtests.movieflix import sittings
from loadtests.movieflix.sittings import CALLS, POSITION, POSITIONS, RATING, Show, evenings, sitting
from loadtests.thresholds import read_thresholds
from services.movieflix.playback_api.domain import RateShow, ReportShowPosition, report_position
from shared.clock import now

SHOWS = [Show("nosferatu-1922", "Nosferatu: A Symphony", 5640.0), Show("ete-1922", "L'Été", 900.0)]


def calls(number: int = 20_000) -> list[Call]:
    return list(islice(evenings("load-0-0", SHOWS, Random(1)), number))


def test_every_call_is_made_and_has_its_threshold() -> None:
    assert {call.name for call in calls()} == set(CALLS)
    read_thresholds(Path(sittings.__file__).with_name("thresholds.yaml"), CALLS)


def test_paths_fit_the_names_that_results_go_by() -> None:
    for call in calls(2000):
        template = re.escape(call.name.partition(" ")[2]).replace(r"\{user_id\}", "load-0-0").replace(r"\{show_id\}", "[a-z0-9-]+")
        assert re.fullmatch(rf"{template}(\?[a-z0-9=&_]+)?", call.path), call


def test_bodies_are_what_playback_api_takes() -> None:
    for call in calls(5000):
        if call.name == RATING:
            msgspec.convert(call.body, RateShow)
        elif call.name in (POSITION, POSITIONS):
            for body in call.body if call.name == POSITIONS else [call.body]:
                report_position(msgspec.convert(body, ReportShowPosition), now())


def test_shares_are_those_of_the_docstring() -> None:
    made = Counter(call.name for call in calls(100_000))
    groups = {
        "positions, one by one": [POSITION],
        "batches": [POSITIONS],
        "ratings": [RATING],
        "resume": [sittings.RESUME, sittings.CONTINUE],
        "recommendations and profile": [sittings.RECOMMENDATIONS, sittings.PROFILE],
        "catalogue": [sittings.SEARCH, sittings.SHOW],
        "analytics": [sittings.SUMMARY, sittings.TOP_SHOWS, sittings.ACTIVITY, sittings.DROP_OFF],
    }
    said = re.findall(r"\| ([\d.]+) % \| ([^:|]+?)(?=:| \|)", sittings.__doc__ or "")
    told = {text: float(share) for share, text in said}
    assert told.keys() == groups.keys()
    for group, names in groups.items():
        share = sum(made[name] for name in names) / 1000
        assert share == pytest.approx(told[group], rel=0.15, abs=0.1), group


def test_positions_of_a_film_rise_to_where_the_viewer_stops() -> None:
    watched = [call.body["position_seconds"] for call in sitting("u", SHOWS, Random(3)) if call.name == POSITION]
    assert watched == sorted(watched)
    assert len(watched) >= 3


def test_a_batch_with_something_rejected_is_trouble() -> None:
    batch = next(call for call in calls() if call.name == POSITIONS)
    assert batch.trouble is not None
    assert batch.trouble({"accepted": 2, "rejected": []}) is None
    assert batch.trouble({"accepted": 1, "rejected": [{"index": 0, "detail": "beyond"}]}) == "1 of a batch rejected: beyond"


def test_the_same_seed_makes_the_same_viewer() -> None:
    def known(call: Call) -> tuple[str, str]:
        return call.name, call.path

    assert list(map(known, calls(500))) == list(map(known, calls(500)))
