"""Bad input of every kind to every API of the case, over real HTTP: a problem document with 4xx, never a 5xx, nothing in a topic."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from services.ingestion.contracts.topics import CASE_DIR, EVENTS, FILE_LINES
from services.ingestion.line_intake.__main__ import GROUP as LINES_READER
from shared.contracts import load_contracts
from shared.testing import eventually
from tests.conftest import Stack
from tests.integration.real_cluster import RealCluster
from tests.suites.bad_input import HOSTILE_PARAMETERS, HOSTILE_PATH_IDS, assert_problem
from tests.suites.openapi_fuzz import ENDLESS, OPERATION, fuzz, openapi

NDJSON = "application/x-ndjson"
PATH = "/v1/sources/wikipedia-edits/events"
GOOD = b'{"time": "2024-05-01T12:00:00Z", "page": "Never in"}'
BODIES: dict[str, tuple[bytes, dict[str, str], tuple[int, ...]]] = {
    "no type": (GOOD, {}, (415,)),
    "another type": (GOOD, {"content-type": "text/plain"}, (415,)),
    "another encoding": (GOOD, {"content-type": NDJSON, "content-encoding": "br"}, (415,)),
    "no gzip": (GOOD, {"content-type": NDJSON, "content-encoding": "gzip"}, (400,)),
    "a gzip that is cut off": (gzip.compress(b" " * 100_000)[:-20], {"content-type": NDJSON, "content-encoding": "gzip"}, (400,)),
    "a bomb": (gzip.compress(b"\n" * 200_000_000, 9), {"content-type": NDJSON, "content-encoding": "gzip"}, (413,)),
    "too much": (b" " * (11 * 1024 * 1024), {"content-type": NDJSON}, (413,)),
    "an object for an array": (GOOD, {"content-type": "application/json"}, (400,)),
    "half an array": (b"[{}, {}", {"content-type": "application/json"}, (400,)),
    "a deep array": (b"[" * 200_000, {"content-type": "application/json"}, (400,)),
}


@pytest.fixture(autouse=True)
def nothing_is_left_in_a_topic(query: httpx.Client, cluster: RealCluster) -> Iterator[None]:
    topics = [EVENTS.name, *(topic.name for topic in load_contracts(CASE_DIR).topics if topic.kind == "dead-letters")]
    eventually(lambda: lines_are_read(cluster), within=60)
    before = cluster.end_offsets(topics)
    yield
    assert cluster.end_offsets(topics) == before


def lines_are_read(cluster: RealCluster) -> bool:
    """What an earlier test has put into the connector's file comes into the topics by itself, until it is read."""
    read = cluster.committed(LINES_READER, FILE_LINES.name)
    return all(read.get(partition, 0) >= end for (_, partition), end in cluster.end_offsets([FILE_LINES.name]).items())


def questions(api: httpx.Client) -> dict[str, Any]:
    document: dict[str, Any] = api.get("/openapi.json").json()
    paths = {path: {"get": methods["get"]} for path, methods in document["paths"].items() if "get" in methods}
    return document | {"paths": paths}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_cannot_be_read_gets_a_problem_document(ingest: httpx.Client, name: str) -> None:
    content, headers, statuses = BODIES[name]
    answer = ingest.post(PATH, content=content, headers=headers)
    assert_problem(answer.status_code, answer.headers, answer.content, statuses)


def test_lines_that_are_no_events_are_rejected_one_by_one(ingest: httpx.Client) -> None:
    lines = [
        b"1",
        b"null",
        b"[]",
        b'"x"',
        b"{",
        b"{}",
        b"\xff\xfe",
        b'{"time": 1}',
        b'{"time": "yesterday"}',
        b'{"time": "2999-01-01T00:00:00Z"}',
    ]
    lines += [
        GOOD[:-1] + more + b"}" for more in (b', "added": "1"', b', "isRobot": 1', b', "x": "\\u0000"', b', "x": ' + b"[" * 20 + b"]" * 20)
    ]
    answer = ingest.post(PATH, content=b"\n".join(lines), headers={"content-type": NDJSON})
    assert answer.status_code == 202, answer.text
    assert answer.json()["accepted"] == 0
    assert [item["line"] for item in answer.json()["rejected"]] == list(range(1, len(lines) + 1))


def test_a_hostile_source_gets_a_problem_document(ingest: httpx.Client, query: httpx.Client) -> None:
    for hostile in [*HOSTILE_PATH_IDS, "nobody"]:
        answers = [ingest.post(f"/v1/sources/{hostile}/events", content=GOOD, headers={"content-type": NDJSON})]
        answers += [query.get(f"/v1/sources/{hostile}/{what}?by=page") for what in ("events", "counts", "reconciliation", "important")]
        for answer in answers:
            assert_problem(answer.status_code, answer.headers, answer.content, (404, 422))


def test_a_hostile_parameter_makes_no_5xx(query: httpx.Client) -> None:
    for path, methods in questions(query)["paths"].items():
        for parameter in methods["get"].get("parameters", ()):
            for hostile in HOSTILE_PARAMETERS if parameter["in"] == "query" else ():
                others = "" if parameter["name"] == "by" else "&by=page"
                answer = query.get(f"{path.format(source='wikipedia-edits')}?{parameter['name']}={hostile}{others}")
                assert answer.status_code < 500, f"{path} {parameter['name']}={hostile[:40]}: {answer.status_code} {answer.text[:200]}"
                if answer.status_code >= 400:
                    assert_problem(answer.status_code, answer.headers, answer.content)


def test_no_question_that_the_openapi_describes_or_denies_makes_a_5xx(query: httpx.Client) -> None:
    document = questions(query)
    tested = fuzz(openapi(document), lambda case: case.call(base_url=str(query.base_url).rstrip("/")), examples=10)
    assert len(tested) == sum(not path.startswith(OPERATION) and not path.endswith(ENDLESS) for path in document["paths"])


def test_the_page_passes_refusals_on(stack: Stack) -> None:
    with httpx.Client(base_url=f"{stack.url('ingestion', 'web-page')}/api", timeout=60, trust_env=False) as page:
        answer = page.post(f"/ingest{PATH}", content=GOOD, headers={"content-type": "text/plain"})
        assert_problem(answer.status_code, answer.headers, answer.content, (415,))
        answer = page.get("/query/v1/sources/nobody/events")
        assert_problem(answer.status_code, answer.headers, answer.content, (404,))
