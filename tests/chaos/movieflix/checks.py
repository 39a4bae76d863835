"""Every view of MovieFlix against the recomputation from the ledger, asked through the APIs; the log and the raw documents too."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from elasticsearch import Elasticsearch, helpers

from services.movieflix.contracts.item_model import ItemModel
from services.movieflix.contracts.model_files import ValkeyModelFiles
from services.movieflix.contracts.stores import POSITIONS_INDEX, RATINGS_INDEX
from services.movieflix.contracts.topics import SHOW_POSITION, SHOW_RATING
from shared.clock import to_rfc3339
from shared.http.client import ApiClient
from shared.settings import ServiceSettings, service_url
from shared.stores import search, valkey
from tests.chaos.ledger import Finding, Flaw, Ledger, Record, compare, compare_log
from tests.chaos.movieflix.load import World
from tests.chaos.movieflix.recommended import flaw
from tests.chaos.movieflix.truth import Truth, document
from tests.integration.real_cluster import RealCluster

SETTLED_WITHIN_SECONDS = 60.0
AT_ONCE = 16
LIMIT = 100
BUCKETS = 20
SOUND = "sound"


def log_findings(ledger: Ledger, cluster: RealCluster) -> tuple[list[Finding], int]:
    """Of both topics and their dead letters; and how many records stand in them twice, which is no fault."""
    findings: list[Finding] = []
    twice = 0
    for topic in (SHOW_POSITION, SHOW_RATING):
        entries = ledger.entries(topic.name)
        known = {entry.event.event_id for entry in entries}
        records = [
            Record((m.key() or b"").decode(), dict(m.headers() or ()).get("ce_id", b"").decode()) for m in cluster.records(topic.name)
        ]
        ours = [record for record in records if record.event_id in known]
        twice += len(ours) - len({record.event_id for record in ours})
        findings += compare_log(f"topic {topic.name}", entries, ours)
        keys = {entry.event.key for entry in entries}
        buried = [m for m in cluster.records(topic.dead_letters) if (m.key() or b"").decode() in keys]
        if buried:
            findings.append(Finding(f"topic {topic.dead_letters}", Flaw.UNEXPECTED, len(buried), str(buried[0].headers())))
    return findings, twice


class Views:
    """Reads through the APIs; `findings` waits until nothing is wrong, or SETTLED_WITHIN_SECONDS."""

    def __init__(self, world: World, truth: Truth, settings: ServiceSettings) -> None:
        self._world = world
        self._truth = truth
        self._window = {"from": to_rfc3339(world.start), "to": to_rfc3339(world.end)}
        self._elastic = search.connect(settings.elasticsearch)
        self._models = ValkeyModelFiles(valkey.connect(settings.valkey))
        self._loaded: dict[int, ItemModel | None] = {}

    async def findings(self) -> list[Finding]:
        found: list[Finding] = []
        for check in (self.positions, self.continue_watching, self.analytics, self.documents, self.profiles, self.recommendations):
            found += await _settled(check)
        return found

    async def positions(self) -> list[Finding]:
        expected = self._truth.resume()
        async with _api("resume-api") as api:
            found = await _each(expected, lambda pair: api.get(f"/v1/users/{pair[0]}/positions/{pair[1]}"))
        return compare("resume positions", expected, found)

    async def continue_watching(self) -> list[Finding]:
        expected = self._truth.continue_watching(LIMIT)
        async with _api("resume-api") as api:
            found = await _each(expected, lambda user: api.get(f"/v1/users/{user}/continue-watching", limit=LIMIT))
        return compare("continue-watching", expected, [(user, answer["items"]) for user, answer in found])

    async def analytics(self) -> list[Finding]:
        truth, base = self._truth, "/v1/analytics"
        drop_off = truth.drop_off(BUCKETS)
        async with _api("analytics-api") as api:
            summary = await api.get(f"{base}/summary", **self._window)
            findings = compare("analytics summary", truth.summary(), summary.items())
            for by in ("ratings", "mean_rating", "viewers"):
                answer = await api.get(f"{base}/top-shows", by=by, limit=LIMIT, **self._window)
                findings += compare(f"top shows by {by}", dict(enumerate(truth.top_shows(by, LIMIT))), enumerate(answer["items"]))
            for interval in ("hour", "day", "month"):
                answer = await api.get(f"{base}/activity", interval=interval, **self._window)
                expected = {item["start"]: item for item in truth.activity(interval)}
                findings += compare(f"activity by {interval}", expected, [(item["start"], item) for item in answer["items"]])
            found = await _each(drop_off, lambda show: api.get(f"{base}/shows/{show}/drop-off", buckets=BUCKETS))
        return findings + compare("drop-off", drop_off, found)

    async def documents(self) -> list[Finding]:
        return await asyncio.to_thread(self._documents)

    async def profiles(self) -> list[Finding]:
        expected = self._truth.profiles()
        async with _api("recommendations-api") as api:
            answers = await _each(expected, lambda user: api.get(f"/v1/users/{user}/profile"))
        found = [(user, {"seen": a["seen"], "genres": {g["genre"]: g["share"] for g in a["genres"]}}) for user, a in answers]
        return compare("profiles", expected, found, _same_profile)

    async def recommendations(self) -> list[Finding]:
        begun, liked = self._truth.shows_of(), self._truth.liked_by()
        async with _api("recommendations-api") as api:
            answers = await _each(begun, lambda user: api.get(f"/v1/users/{user}/recommendations", limit=LIMIT))
        found = [(user, self._judged(answer, begun[user], liked[user])) for user, answer in answers]
        return compare("recommendations", dict.fromkeys(begun, SOUND), found)

    def _judged(self, answer: dict[str, Any], begun: set[str], liked: set[str]) -> str:
        found = flaw(answer, begun, liked, self._model(answer))
        return f"of {answer['model']}: {found}" if found else SOUND

    def _documents(self) -> list[Finding]:
        findings: list[Finding] = []
        for index, events in ((POSITIONS_INDEX, self._truth.positions), (RATINGS_INDEX, self._truth.ratings)):
            expected = {event.event_id: document(event) for event in events}
            findings += compare(f"documents of {index}", expected, _stored(self._elastic, index, f"viewer-{self._world.run}-"))
        return findings

    def _model(self, answer: dict[str, Any]) -> ItemModel | None:
        version = (answer["model"] or {}).get("version", 0)
        if self._loaded.get(version) is None:
            self._loaded[version] = self._models.load(version)
        return self._loaded[version]


def _api(service: str) -> ApiClient:
    return ApiClient(service_url("movieflix", service), patience_seconds=SETTLED_WITHIN_SECONDS)


async def _settled(check: Callable[[], Awaitable[list[Finding]]]) -> list[Finding]:
    """What is still wrong at the end of SETTLED_WITHIN_SECONDS: an index shows what it has at its next refresh."""
    deadline = time.monotonic() + SETTLED_WITHIN_SECONDS
    found = await check()
    while found and time.monotonic() < deadline:
        found = await check()
    return found


async def _each(keys: Iterable[Any], ask: Callable[[Any], Awaitable[Any]]) -> list[tuple[Any, Any]]:
    """The answers of all keys, but for those that are answered with 404."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(key: Any) -> tuple[Any, Any]:
        async with gate:
            return key, await ask(key)

    answers = await asyncio.gather(*(one(key) for key in keys))
    return [(key, answer) for key, answer in answers if answer is not None]


def _stored(client: Elasticsearch, index: str, users: str) -> list[tuple[str, dict[str, Any]]]:
    client.indices.refresh(index=index)
    query = {"query": {"prefix": {"user_id": users}}}
    return [(hit["_source"]["event_id"], hit["_source"]) for hit in helpers.scan(client, query=query, index=index, size=5000)]


def _same_profile(one: dict[str, Any], other: dict[str, Any]) -> bool:
    genres = one["genres"].keys() | other["genres"].keys()
    # Sums of floats in another order.
    return one["seen"] == other["seen"] and all(abs(one["genres"].get(g, 0.0) - other["genres"].get(g, 0.0)) < 1e-6 for g in genres)
