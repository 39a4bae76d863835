"""Tokens: whoever has none, or none that is good, learns nothing; whoever has one sees their own."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from fastapi import Depends, FastAPI, Request, Response
from starlette.testclient import TestClient

from shared.health import Health
from shared.http.access import ALGORITHM, LEEWAY_SECONDS, AccessTokens, Caller, Keys, configured_keys, new_key, own_only
from shared.http.app import create_app, json_response
from shared.http.bodies import PathId
from shared.http.events import event_stream, sent_event
from shared.http.problems import ProblemError
from tests.suites.bad_input import assert_problem

AUDIENCE = "box-office"
NOW = 1_793_000_000
OLD, NEW, STRANGE = b"o" * 32, b"n" * 32, b"s" * 32


def key_text(key_id: str, key: bytes) -> str:
    return f"{key_id}:{base64.urlsafe_b64encode(key).decode()}"


KEYS = Keys.parse(f"{key_text('new', NEW)},{key_text('old', OLD)}")
CLAIMS: dict[str, Any] = {"sub": "ada", "aud": AUDIENCE, "iat": NOW, "exp": NOW + 60}


def token(key: bytes = NEW, key_id: str | None = "new", algorithm: str = ALGORITHM, **claims: Any) -> str:
    chosen = {name: value for name, value in (CLAIMS | claims).items() if value is not None}
    return jwt.encode(chosen, key, algorithm, headers={"kid": key_id} if key_id is not None else None)


def unsigned(**header: Any) -> str:
    parts = [json.dumps(part).encode() for part in ({"typ": "JWT", "kid": "new"} | header, CLAIMS)]
    return ".".join([base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]) + "."


def with_other_claims() -> str:
    head, _, signature = token().split(".")
    body = base64.urlsafe_b64encode(json.dumps(CLAIMS | {"sub": "ben"}).encode()).rstrip(b"=").decode()
    return f"{head}.{body}.{signature}"


BAD = {
    "expired": token(exp=NOW - LEEWAY_SECONDS),
    "not yet": token(nbf=NOW + LEEWAY_SECONDS + 1),
    "issued in the future": token(iat=NOW + 60, nbf=None),
    "without an end": token(exp=None),
    "without a subject": token(sub=None),
    "subject of another type": jwt.encode(CLAIMS | {"sub": ""}, NEW, ALGORITHM, headers={"kid": "new"}),
    "subject that is no id": token(sub="ada/../ben"),
    "without an audience": token(aud=None),
    "for another audience": token(aud="bakery"),
    "end that is no time": token(exp=1e300),
    "with another key": token(STRANGE),
    "with the old key under the new id": token(OLD, "new"),
    "under an unknown id": token(STRANGE, "strange"),
    "without a key id": token(key_id=None),
    "changed after it was signed": with_other_claims(),
    "alg none": unsigned(alg="none"),
    "alg None": unsigned(alg="None"),
    "alg empty": unsigned(alg=""),
    "without alg": unsigned(),
    "key id of another type": unsigned(alg="HS256", kid=["new"]),
    "signature cut off": token().rsplit(".", 1)[0] + ".",
    "another algorithm of the same family": token(NEW * 2, algorithm="HS512"),
    "no token": "abc",
    "two dots": "..",
    "no text": "\u00e9.\u00e9.\u00e9",
    "far too long": token(note="x" * 5000),
}


def tokens() -> AccessTokens:
    return AccessTokens(KEYS, AUDIENCE, lambda: NOW * 1_000_000)


@pytest.fixture
def client() -> Iterator[TestClient]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield

    app = create_app("box-office", "Seats.", Health(), lifespan)
    owner = Depends(own_only(tokens()))

    @app.get("/v1/users/{user_id}/seats")
    async def seats(user_id: PathId, caller: Caller = owner) -> Response:
        return json_response({"user_id": user_id, "secret": "row 4"})

    @app.put("/v1/users/{user_id}/seats")
    async def take(user_id: PathId, request: Request, caller: Caller = owner) -> Response:
        raise ProblemError(422, f"the body was read: {await request.body()!r}")

    @app.get("/v1/users/{user_id}/seats/stream")
    async def stream(user_id: PathId, caller: Caller = owner) -> Response:
        async def messages() -> AsyncGenerator[bytes, None]:
            yield sent_event(b'"row 4"')

        return event_stream(messages())

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def assert_refused(answer: httpx.Response, status: int) -> None:
    assert_problem(answer.status_code, answer.headers, answer.content, (status,))


def bearer(text: str) -> dict[str, bytes]:
    return {"authorization": b"Bearer " + text.encode()}


CALLS = [("GET", "/v1/users/ada/seats"), ("PUT", "/v1/users/ada/seats"), ("GET", "/v1/users/ada/seats/stream")]


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("bad", BAD.values(), ids=list(BAD))
def test_a_bad_token_is_refused_and_nothing_leaks(client: TestClient, method: str, path: str, bad: str) -> None:
    answer = client.request(method, path, headers=bearer(bad))
    assert_refused(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "row 4" not in answer.text


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YWRhOmFkYQ==", "ada", f"Token {token()}"])
def test_no_token_is_refused(client: TestClient, method: str, path: str, header: str) -> None:
    assert_refused(client.request(method, path, headers={"authorization": header} if header else {}), 401)


def test_a_token_in_the_query_is_none(client: TestClient) -> None:
    assert client.get(f"/v1/users/ada/seats?access_token={token()}").status_code == 401


def test_two_tokens_are_none(client: TestClient) -> None:
    headers = [("authorization", f"Bearer {token()}"), ("authorization", f"Bearer {token(sub='ben')}")]
    assert client.get("/v1/users/ada/seats", headers=headers).status_code == 401


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_another_users_token_is_refused(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path, headers=bearer(token(sub="ben")))
    assert_refused(answer, 403)
    assert "row 4" not in answer.text


@pytest.mark.parametrize("good", [token(), token(OLD, "old"), token(exp=NOW - LEEWAY_SECONDS + 1), token(nbf=NOW)])
def test_a_good_token_opens_what_is_its_users_own(client: TestClient, good: str) -> None:
    assert client.get("/v1/users/ada/seats", headers=bearer(good)).json()["secret"] == "row 4"
    assert "row 4" in client.get("/v1/users/ada/seats/stream", headers=bearer(good)).text


def test_what_is_issued_is_signed_with_the_first_key_and_verified() -> None:
    issued = tokens().issue("ada", 60)
    assert jwt.get_unverified_header(issued)["kid"] == "new"
    assert tokens().verify(issued) == Caller("ada", (NOW + 60 + LEEWAY_SECONDS) * 1_000_000)


def test_after_a_key_was_taken_out_its_tokens_are_none() -> None:
    with pytest.raises(ProblemError):
        AccessTokens(Keys({"new": NEW}), AUDIENCE, lambda: NOW * 1_000_000).verify(token(OLD, "old"))


@pytest.mark.parametrize("user_id", ["", "a b", "a" * 65, "a/b", "ada\n"])
def test_no_token_is_issued_for_what_is_no_id(user_id: str) -> None:
    with pytest.raises(ValueError, match="no user id"):
        tokens().issue(user_id, 60)


@pytest.mark.parametrize("text", ["", "new", "new:", "new:c2hvcnQ", f"{new_key()},{key_text('x', b'y' * 31)}", ":" + "a" * 43])
def test_keys_that_cannot_be_used_are_named_and_not_shown(text: str) -> None:
    with pytest.raises(ValueError, match="token key") as refusal:
        Keys.parse(text)
    assert "c2hvcnQ" not in str(refusal.value)


def test_a_local_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    place = tmp_path / "run" / "keys"
    assert configured_keys("", place) == configured_keys("", place)
    assert place.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in place.parent.iterdir()] == ["keys"]


def test_configured_keys_come_before_local_ones(tmp_path: Path) -> None:
    assert configured_keys(key_text("new", NEW), tmp_path / "keys") == Keys({"new": NEW})
    assert list(tmp_path.iterdir()) == []
