"""Nobody keeps others from coming in: who is silent, gone, too much or nonsense gives back the turn that he had."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fastapi import FastAPI

from services.ingestion.ingest_api import app as module
from services.ingestion.ingest_api.app import AT_ONCE, REJECTIONS_TOLD, TOGETHER, WAITING
from services.ingestion.ingest_api.domain import BODY_LIMIT
from shared.testing import eventually_async
from tests.suites.bad_input import assert_problem
from tests.unit.ingestion.ingest_case import JSON, NDJSON, PATH, Case, line


@pytest.fixture
def case() -> Case:
    return Case()


Message = dict[str, Any]


async def raw(app: FastAPI, receive: Callable[[], Awaitable[Message]], headers: dict[str, str] = NDJSON) -> list[Message]:
    """A request as a server hands it over; the answer's messages."""
    sent: list[Message] = []

    async def send(message: Any) -> None:
        sent.append(message)

    packed = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": PATH,
        "raw_path": PATH.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": packed,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    await app(scope, receive, send)  # type: ignore[arg-type]
    return sent


def body(*messages: Message) -> Callable[[], Awaitable[Message]]:
    """These, and then silence."""
    left = list(messages)

    async def receive() -> Message:
        if not left:
            await asyncio.Event().wait()
        return left.pop(0)

    return receive


def part(content: bytes, more: bool = True) -> Message:
    return {"type": "http.request", "body": content, "more_body": more}


GONE: Message = {"type": "http.disconnect"}


def status_of(sent: list[Message]) -> int:
    status: int = sent[0]["status"]
    return status


def test_a_silent_client_is_told_and_what_it_said_before_is_in_the_log(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SILENCE_SECONDS", 0.05)

    async def scenario() -> list[Message]:
        async with case.client():
            return await raw(case.app, body(part((line() + b"\n") * TOGETHER)))

    sent = asyncio.run(scenario())
    assert status_of(sent) == 408
    assert json.loads(sent[1]["body"])["accepted"] == len(case.published()) == TOGETHER


def test_a_client_that_drips_has_its_body_s_time_and_no_more(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BODY_SECONDS", 0.2)

    async def drip() -> Message:
        await asyncio.sleep(0.02)
        return part(b" ")

    async def scenario() -> list[Message]:
        async with case.client():
            return await raw(case.app, drip)

    assert status_of(asyncio.run(scenario())) == 408


def test_every_turn_is_given_back_however_it_ends(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SILENCE_SECONDS", 0.02)

    async def scenario() -> None:
        async with case.client() as client:
            assert case.publisher is not None
            for _ in range(AT_ONCE + 1):
                assert status_of(await raw(case.app, body(part(b"{"), GONE))) == 400
                assert status_of(await raw(case.app, body(part(b"{")))) == 408
                assert (await client.post(PATH, content=b"x" * (BODY_LIMIT + 1), headers=NDJSON)).status_code == 413
                assert (await client.post(PATH, content=b"{", headers=JSON)).status_code == 400
                assert (await client.post(PATH, content=b"{}", headers={"content-type": "a/b"})).status_code == 415
                case.publisher.away_after = 0
                assert (await client.post(PATH, content=line(), headers=NDJSON)).status_code == 503
                case.publisher.away_after = None
                case.publisher.gate.clear()
                case.publisher.entered.clear()
                request = asyncio.create_task(client.post(PATH, content=line(), headers=NDJSON))
                await case.publisher.entered.wait()
                request.cancel()
                case.publisher.gate.set()
            async with asyncio.timeout(5):
                assert (await client.post(PATH, content=line(), headers=NDJSON)).status_code == 202

    asyncio.run(scenario())


def test_what_is_refused_and_goes_on_coming_keeps_no_turn(case: Case) -> None:
    async def scenario() -> int:
        async with case.client() as client:
            refused = [asyncio.create_task(raw(case.app, body(part(b"x")), {"content-type": "text/plain"})) for _ in range(AT_ONCE)]
            await asyncio.sleep(0)
            async with asyncio.timeout(5):
                answer = await client.post(PATH, content=line(), headers=NDJSON)
            assert not any(task.done() for task in refused)
            for task in refused:
                task.cancel()
            return answer.status_code

    assert asyncio.run(scenario()) == 202


def test_who_comes_when_all_turns_are_taken_waits_unread_and_too_many_are_sent_away(case: Case) -> None:
    async def scenario() -> None:
        async with case.client() as client:
            assert case.publisher is not None
            case.publisher.gate.clear()
            requests = [
                asyncio.create_task(client.post(PATH, content=line(seat=seat), headers=NDJSON)) for seat in range(AT_ONCE + WAITING)
            ]

            async def sent_away() -> bool:
                answer = await asyncio.wait_for(client.post(PATH, content=line(), headers=NDJSON), 1)
                assert_problem(answer.status_code, answer.headers, answer.content, (429,))
                # Closed, a connection on which a body still comes is reset, often before its sender has read why.
                assert "connection" not in answer.headers
                return bool(answer.headers["retry-after"])

            await eventually_async(sent_away, not_yet=(AssertionError, TimeoutError))
            case.publisher.gate.set()
            answers = await asyncio.gather(*requests)
            # One that asked before all had come waits too.
            assert {answer.status_code for answer in answers} <= {202, 429}
            assert sum(answer.status_code == 202 for answer in answers) >= AT_ONCE + WAITING - 2

    asyncio.run(scenario())


def test_others_get_to_speak_while_a_body_of_nonsense_is_read(case: Case) -> None:
    async def scenario() -> tuple[int, int]:
        turns = 0
        async with case.client() as client:
            nonsense = asyncio.create_task(client.post(PATH, content=b"[" + b",".join([b"1"] * 50_000) + b"]", headers=JSON))
            while not nonsense.done():
                await asyncio.sleep(0)
                turns += 1
            return turns, (await nonsense).json()["rejected_more"]

    turns, more = asyncio.run(scenario())
    assert more == 50_000 - REJECTIONS_TOLD
    assert turns > 50_000 / TOGETHER
