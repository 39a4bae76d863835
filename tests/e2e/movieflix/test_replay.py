"""A MovieLens folder is replayed into the running case: all of it arrives, the answers equal the files, and once more changes nothing."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Stack
from tests.stack import ROOT

DAY = 86_400


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Small, and in a window of its own before 1975, when the events of `tests/chaos` begin: what other tests send does not count."""
    chance = random.SystemRandom()
    movies = [chance.randrange(10**8, 10**9) for _ in range(12)]
    users = [chance.randrange(10**8, 10**9) for _ in range(40)]
    start = chance.randrange(700) * 5 * DAY // 2 + 5 * DAY
    (tmp_path / "movies.csv").write_text(
        "movieId,title,genres\n" + "".join(f'{movie},"Film, The {movie} (1984)",Drama\n' for movie in movies)
    )
    rows = [
        f"{user},{movie},{chance.randint(1, 10) / 2},{start + chance.randrange(DAY)}\n"
        for user in users
        for movie in chance.sample(movies, 6)
    ]
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + "".join(rows))
    return tmp_path


def replay(*options: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "services.movieflix.replay", *options], cwd=ROOT, capture_output=True, text=True, timeout=200
    )
    return done.returncode, done.stdout + done.stderr


def everything(stack: Stack, folder: Path) -> dict[str, Any]:
    """The numbers of this folder's users and films, wherever they are shown."""
    rows = [line.split(",") for line in (folder / "ratings.csv").read_text().splitlines()[1:]]
    resume, analytics = stack.url("movieflix", "resume-api"), stack.url("movieflix", "analytics-api")
    paths = [f"{resume}/v1/users/{user}/positions/{movie}" for user, movie, *_ in rows]
    paths += [f"{resume}/v1/users/{user}/continue-watching" for user in {row[0] for row in rows}]
    paths += [f"{analytics}/v1/analytics/shows/{movie}/drop-off" for movie in {row[1] for row in rows}]
    with httpx.Client(trust_env=False, timeout=30) as client:
        return {path: client.get(path).raise_for_status().json() for path in paths}


@pytest.mark.timeout(480)
def test_a_second_replay_changes_no_number(stack: Stack, folder: Path) -> None:
    code, out = replay("--data-dir", str(folder))
    assert code == 0, out
    assert "240 ratings" in out
    assert "0 rejected" in out
    assert "equal to the recomputation from the files: summary" in out
    first = everything(stack, folder)
    code, out = replay("--data-dir", str(folder), "--rate", "2000")
    assert code == 0, out
    assert everything(stack, folder) == first


def test_a_folder_that_is_none_of_movielens_ends_with_a_sentence(stack: Stack, tmp_path: Path) -> None:
    code, out = replay("--data-dir", str(tmp_path))
    assert code == 1
    assert out.startswith("There is no movies.csv or movies.csv.gz in ")
    assert "Traceback" not in out


def test_a_replay_of_nothing_says_how_to_name_the_data(stack: Stack) -> None:
    code, out = replay()
    assert code == 1
    assert "make replay-movieflix DATA_DIR=" in out


def test_a_rate_that_is_none_is_refused(stack: Stack, tmp_path: Path) -> None:
    code, out = replay("--data-dir", str(tmp_path), "--rate", "fast")
    assert code == 2
    assert "'fast' is no rate: give events a second" in out
