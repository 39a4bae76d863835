from __future__ import annotations

import asyncio
from io import StringIO

import pytest

from shared.http.client import RefusedError, SilentError
from shared.progress import Progress
from shared.replay import agrees, api, exit_code
from tests.fakes.skipping_loop import run_skipping


class DataError(ValueError):
    pass


@pytest.fixture
def out() -> StringIO:
    return StringIO()


def ended(out: StringIO, outcome: bool | BaseException) -> int:
    def work() -> bool:
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    return exit_code(work, Progress(out), DataError)


@pytest.mark.parametrize(("sound", "code"), [(True, 0), (False, 1)])
def test_a_replay_ends_with_0_only_where_all_was_sound(out: StringIO, sound: bool, code: int) -> None:
    assert (ended(out, sound), out.getvalue()) == (code, "")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (DataError("there is no ratings.csv"), "there is no ratings.csv"),
        (SilentError("no answer"), "no answer"),
        (RefusedError("POST", "/v1/events", 422, "no"), "POST /v1/events: 422 no"),
        (ExceptionGroup("tasks", [SilentError("no answer"), SilentError("nor here")]), "no answer"),
    ],
)
def test_what_is_expected_to_go_wrong_ends_it_with_a_sentence(out: StringIO, error: Exception, sentence: str) -> None:
    assert ended(out, error) == 1
    assert sentence in out.getvalue()


def test_outside_of_a_stack_it_says_what_to_do(out: StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CASE_QUERY_API_PORT", raising=False)
    assert exit_code(lambda: bool(api("case", "query-api", Progress(out))), Progress(out)) == 1
    assert out.getvalue().startswith("CASE_QUERY_API_PORT is not set: run inside a stack")


def test_whoever_interrupts_it_learns_that_it_can_be_run_again(out: StringIO) -> None:
    assert ended(out, KeyboardInterrupt()) == 130
    assert "Run it again" in out.getvalue()


def test_an_error_of_the_code_is_shown_as_it_is(out: StringIO) -> None:
    with pytest.raises(TypeError, match="defect"):
        ended(out, TypeError("defect"))


def test_views_that_become_equal_in_time_agree(out: StringIO) -> None:
    async def differences() -> list[str]:
        return answers.pop(0)

    answers: list[list[str]] = [["one rating less"], []]
    assert run_skipping(agrees(differences, Progress(out)))
    assert (answers, out.getvalue()) == ([], "")


def test_what_stays_different_is_told(out: StringIO) -> None:
    async def differences() -> list[str]:
        return ["one rating less"]

    assert not asyncio.run(agrees(differences, Progress(out), within=0))
    first, second = out.getvalue().splitlines()
    assert first == "DIFFERENT  one rating less"
    assert "make clean" in second
