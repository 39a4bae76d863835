"""ingest-api in-process, on a broker in memory: what comes in, what is told of the rest, and that nobody keeps others from coming in."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest
import schemathesis
from schemathesis.python import asgi

from services.ingestion.ingest_api.app import REJECTIONS_TOLD, TOGETHER
from services.ingestion.ingest_api.domain import BODY_LIMIT
from tests.suites.bad_input import HOSTILE_PATH_IDS, assert_problem
from tests.suites.openapi_fuzz import fuzz
from tests.unit.ingestion.ingest_case import JSON, NDJSON, Case, line


@pytest.fixture
def case() -> Case:
    return Case()


@pytest.mark.parametrize(
    ("headers", "frame", "pack"),
    [
        (NDJSON, b"\n%s\n\n%s\r\n", bytes),
        (NDJSON, b"%s\n%s", bytes),
        (JSON, b" [%s,\n%s] ", bytes),
        (NDJSON, b"%s\n%s\n", gzip.compress),
        (JSON, b"[%s, %s]", gzip.compress),
    ],
)
def test_what_is_accepted_is_in_the_log_as_it_was_sent(
    case: Case, headers: dict[str, str], frame: bytes, pack: Callable[[bytes], bytes]
) -> None:
    packing = {"content-encoding": "gzip"} if pack is gzip.compress else {}
    answer = case.post(pack(frame % (line(film="Faust"), line(film="Nosferatu"))), headers | packing)
    assert (answer.status_code, answer.json()) == (202, {"accepted": 2, "rejected": [], "rejected_more": 0})
    assert case.films() == {"Faust", "Nosferatu"}


@pytest.mark.parametrize(("headers", "content"), [(NDJSON, b""), (NDJSON, b"\n \n"), (JSON, b"[]")])
def test_nothing_is_accepted_of_nothing(case: Case, headers: dict[str, str], content: bytes) -> None:
    answer = case.post(content, headers)
    assert (answer.status_code, answer.json()) == (202, {"accepted": 0, "rejected": [], "rejected_more": 0})


def test_each_line_that_is_refused_is_told_by_its_number_and_the_others_come_in(case: Case) -> None:
    answer = case.post(b"\n".join([line(), b"", b"{", line(seat="front"), line(film="Faust"), b'{"film": 1}', b"[]"]))
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 2
    details = {item["line"]: item["detail"] for item in answer.json()["rejected"]}
    assert list(details) == [3, 4, 6, 7]
    assert "no JSON" in details[3]
    assert "seat is 'front'" in details[4]
    assert case.films() == {"Metropolis", "Faust"}


def test_items_of_an_array_are_numbered_from_one(case: Case) -> None:
    answer = case.post(b"[%s, 1, null, %s]" % (line(), line(seat=True)), JSON)
    assert [item["line"] for item in answer.json()["rejected"]] == [2, 3, 4]


def test_so_many_rejections_are_told_and_the_rest_is_counted(case: Case) -> None:
    for content, headers in ((b"{}\n" * (REJECTIONS_TOLD + 5), NDJSON), (b"[" + b",".join([b"{}"] * (REJECTIONS_TOLD + 5)) + b"]", JSON)):
        answer = case.post(line() + b"\n" + content if headers is NDJSON else content, headers).json()
        assert (len(answer["rejected"]), answer["rejected_more"]) == (REJECTIONS_TOLD, 5)
        assert answer["rejected"][-1]["line"] == REJECTIONS_TOLD + (headers is NDJSON)


def test_many_events_are_published_together_and_never_more_than_the_bound(case: Case) -> None:
    count = 2 * TOGETHER + 7
    for content, headers in (
        (b"\n".join(line(seat=seat) for seat in range(count)), NDJSON),
        (b"[" + b",".join(line(seat=seat) for seat in range(count)) + b"]", JSON),
    ):
        assert case.post(content, headers).json()["accepted"] == count
    assert case.publisher is not None
    assert case.publisher.calls == [TOGETHER, TOGETHER, 7] * 2
    assert len({event.event_id for event in case.published()}) == count


@pytest.mark.parametrize("name", ["films", "Tickets", "tickets%0A"])
def test_a_source_that_is_not_declared_is_told_with_those_that_are(case: Case, name: str) -> None:
    answer = case.post(line(), path=f"/v1/sources/{name}/events")
    assert_problem(answer.status_code, answer.headers, answer.content, (404, 422))
    assert case.published() == []


@pytest.mark.parametrize("name", HOSTILE_PATH_IDS)
def test_a_hostile_name_of_a_source_gets_a_problem_document(case: Case, name: str) -> None:
    answer = case.post(line(), path=f"/v1/sources/{name}/events")
    assert_problem(answer.status_code, answer.headers, answer.content)


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"content-type": "text/plain"}, line(), 415),
        ({}, line(), 415),
        (NDJSON | {"content-encoding": "br"}, line(), 415),
        (NDJSON | {"content-encoding": "gzip"}, line(), 400),
        (JSON, line(), 400),
        (JSON, b"[", 400),
        (NDJSON, b"x" * (BODY_LIMIT + 1), 413),
        (JSON, b"x" * (BODY_LIMIT + 1), 413),
        (NDJSON | {"content-encoding": "gzip"}, gzip.compress(b"\n" * (BODY_LIMIT + 1)), 413),
    ],
)
def test_a_body_that_cannot_be_used_gets_a_problem_document_and_leaves_nothing(
    case: Case, headers: dict[str, str], content: bytes, status: int
) -> None:
    answer = case.post(content, headers)
    assert_problem(answer.status_code, answer.headers, answer.content, (status,))
    assert answer.json()["accepted"] == 0
    assert case.published() == []


def test_a_body_that_breaks_in_its_middle_tells_how_much_came_in(case: Case) -> None:
    lines = b"\n".join(line(seat=seat) for seat in range(TOGETHER)) + b"\n"
    answer = case.post(gzip.compress(lines)[:-4], NDJSON | {"content-encoding": "gzip"})
    assert_problem(answer.status_code, answer.headers, answer.content, (400,))
    assert answer.json()["accepted"] == len(case.published()) == TOGETHER


def test_while_the_log_is_away_the_answer_is_503_with_what_came_in_and_when_to_come_again(case: Case) -> None:
    case._open().away_after = 1
    lines = b"\n".join(line(seat=seat) for seat in range(TOGETHER + 1))
    answer = case.post(lines)
    assert_problem(answer.status_code, answer.headers, answer.content, (503,))
    assert answer.headers["retry-after"]
    assert answer.json()["accepted"] == len(case.published()) == TOGETHER
    case._open().away_after = None
    assert case.post(lines).json()["accepted"] == TOGETHER + 1
    assert len({event.event_id for event in case.published()}) == TOGETHER + 1


def test_no_request_that_the_openapi_describes_or_denies_makes_a_5xx(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.suites.openapi_fuzz.ENDLESS", ())
    with asgi.get_client(case.app) as session:
        schema = schemathesis.openapi.from_asgi("/openapi.json", case.app)
        tested = fuzz(schema, lambda request: request.call(session=session), examples=20)
    assert tested == ["POST /v1/sources/{source}/events"]
