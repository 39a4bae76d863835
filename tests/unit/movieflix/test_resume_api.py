"""resume-api in-process, on a view in memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from schemathesis.python import asgi
from starlette.testclient import TestClient

from services.movieflix.resume_api.app import resume_api
from shared.health import Health
from tests.fakes.resume import InMemoryResume
from tests.suites.bad_input import HOSTILE_PATH_IDS, assert_problem
from tests.suites.openapi_fuzz import fuzz
from tests.suites.resume_suite import apply, reported


@pytest.fixture
def view() -> InMemoryResume:
    return InMemoryResume()


@pytest.fixture
def client(view: InMemoryResume) -> Iterator[TestClient]:
    with TestClient(resume_api(view, Health()), raise_server_exceptions=False) as client:
        yield client


def test_a_position_and_what_to_continue_are_answered(client: TestClient, view: InMemoryResume) -> None:
    apply(view, "ada", [reported(1, position=10.0), reported(2, position=99.0, show="faust")])
    answer = client.get("/v1/users/ada/positions/metropolis")
    assert (answer.status_code, answer.json()["position_seconds"]) == (200, 10.0)
    answer = client.get("/v1/users/ada/continue-watching")
    assert [item["show_id"] for item in answer.json()["items"]] == ["metropolis"]


def test_a_user_without_positions_has_nothing_to_continue_and_no_position(client: TestClient) -> None:
    assert client.get("/v1/users/nobody/continue-watching").json() == {"items": []}
    answer = client.get("/v1/users/nobody/positions/metropolis")
    assert_problem(answer.status_code, answer.headers, answer.content, (404,))


def test_continue_watching_has_at_most_as_many_as_asked_for_and_20_otherwise(client: TestClient, view: InMemoryResume) -> None:
    apply(view, "ada", [reported(at, show=f"show-{at}") for at in range(30)])
    assert len(client.get("/v1/users/ada/continue-watching").json()["items"]) == 20
    assert len(client.get("/v1/users/ada/continue-watching?limit=3").json()["items"]) == 3


@pytest.mark.parametrize("hostile", HOSTILE_PATH_IDS)
@pytest.mark.parametrize("path", ["/v1/users/{}/continue-watching", "/v1/users/{}/positions/a", "/v1/users/a/positions/{}"])
def test_a_hostile_id_gets_a_problem_document(client: TestClient, path: str, hostile: str) -> None:
    answer = client.get(path.format(hostile))
    assert_problem(answer.status_code, answer.headers, answer.content, (404, 422))


def test_without_its_store_the_answer_is_503_with_retry_after(client: TestClient, view: InMemoryResume) -> None:
    view.away = True
    for path in ("/v1/users/ada/continue-watching", "/v1/users/ada/positions/metropolis"):
        answer = client.get(path)
        assert_problem(answer.status_code, answer.headers, answer.content, (503,))
        assert answer.headers["retry-after"]


def test_no_request_that_the_openapi_describes_or_denies_makes_a_5xx(view: InMemoryResume) -> None:
    app = resume_api(view, Health())
    with asgi.get_client(app) as session:
        tested = fuzz(schemathesis.openapi.from_asgi("/openapi.json", app), lambda request: request.call(session=session), examples=20)
    assert len(tested) == 2
