"""ingest-api in-process, on a broker in memory: what comes in, what is told of the rest, and that nobody keeps others from coming in."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import schemathesis
from fastapi import FastAPI
from schemathesis.python import asgi

from services.ingestion.contracts.events import EventCollected, EventCollectedCodec
from services.ingestion.contracts.topics import EVENTS
from services.ingestion.ingest_api import app as module
from services.ingestion.ingest_api.app import AT_ONCE, REJECTIONS_TOLD, TOGETHER, WAITING, ingest_api
from services.ingestion.ingest_api.domain import BODY_LIMIT
from shared.producer import BrokerUnavailableError
from shared.serialization import Encoder
from shared.testing import InMemoryBroker, InMemoryPublisher, eventually_async
from tests.suites.bad_input import HOSTILE_PATH_IDS, assert_problem
from tests.suites.openapi_fuzz import fuzz
from tests.unit.ingestion.tickets import TICKET, TICKETS, clock

PATH = "/v1/sources/tickets/events"
NDJSON = {"content-type": "application/x-ndjson"}
JSON = {"content-type": "application/json"}


def line(**change: Any) -> bytes:
    return json.dumps(TICKET | change).encode()


class Publisher(InMemoryPublisher):
    """Keeps what each call published; can go away, or wait at a gate."""

    def __init__(self, broker: InMemoryBroker) -> None:
        super().__init__(broker, "ingest-api")
        self.calls: list[int] = []
        self.away_after: int | None = None
        self.entered = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def publish(self, topic: Any, codec: Encoder, events: Any) -> None:
        self.entered.set()
        await self.gate.wait()
        if self.away_after is not None and len(self.calls) >= self.away_after:
            raise BrokerUnavailableError("no broker can be reached")
        batch = list(events)
        self.calls.append(len(batch))
        await super().publish(topic, codec, batch)


class Case:
    def __init__(self) -> None:
        self.broker = InMemoryBroker()
        self.broker.create_topic(EVENTS.name, 6)
        self.publisher: Publisher | None = None
        self.app: FastAPI = ingest_api(self._open, {"tickets": TICKETS}, clock)

    def _open(self) -> Publisher:
        self.publisher = self.publisher or Publisher(self.broker)
        return self.publisher

    def published(self) -> list[EventCollected]:
        return [EventCollectedCodec().decode(message.value()) for message in self.broker.records(EVENTS.name)]

    def films(self) -> set[Any]:
        return {json.loads(bytes(event.data))["film"] for event in self.published()}

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with self.app.router.lifespan_context(self.app), httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client

    def post(self, content: bytes, headers: dict[str, str] = NDJSON, path: str = PATH) -> httpx.Response:
        async def post() -> httpx.Response:
            async with self.client() as client:
                return await client.post(path, content=content, headers=headers)

        return asyncio.run(post())


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


def test_no_request_that_the_openapi_describes_or_denies_makes_a_5xx(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.suites.openapi_fuzz.ENDLESS", ())
    with asgi.get_client(case.app) as session:
        schema = schemathesis.openapi.from_asgi("/openapi.json", case.app)
        tested = fuzz(schema, lambda request: request.call(session=session), examples=20)
    assert tested == ["POST /v1/sources/{source}/events"]
