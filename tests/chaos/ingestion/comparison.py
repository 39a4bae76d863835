"""After a run: wait until the layers have read the whole log, then hold each against the ledger, and against what query-api says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import httpx

from services.ingestion.contracts.lake import Layer
from shared.clock import to_rfc3339
from shared.settings import service_url
from shared.testing import eventually
from tests.chaos.conductor import RECOVERY_DEADLINE_SECONDS
from tests.chaos.ingestion.layers import Layers
from tests.chaos.ingestion.line_file import LineFile
from tests.chaos.ingestion.load import KEYS, World
from tests.chaos.ingestion.probes import Probes
from tests.chaos.ingestion.targets import Servers
from tests.chaos.ingestion.truth import COUNTED_BY, Key, counts, documents, important, rows
from tests.chaos.ledger import Event, Finding, Flaw, Ledger, compare, compare_log, settled

LAYERS = ("speed", *Layer)
CAUGHT_UP_WITHIN_SECONDS = 180.0
MOST_VALUES = 100


def comparison(
    world: World, ledger: Ledger, layers: Layers, line_file: LineFile, probes: Probes, servers: Servers, say: Callable[[str], None]
) -> tuple[list[Finding], dict[str, float]]:
    """What is wrong, and what there was."""
    # Read before all replicas are in sync, a log shows losses that are none.
    eventually(servers.in_sync, within=RECOVERY_DEADLINE_SECONDS, every=0.1)
    findings = _caught_up(probes, servers)
    events = [event for source in KEYS for event in ledger.events(source)]
    wanted = important(events)
    say(f"{len(events):,} acknowledged events, {len(wanted):,} of them important, against the log and every layer")
    records = layers.log()
    findings += log_findings(ledger, records)
    findings += settled(lambda: compare("Elasticsearch", documents(events), layers.documents()))
    for layer in Layer:
        findings += settled(partial(_table, layer, events, layers))
    findings += settled(lambda: compare("important events", wanted, layers.important()))
    buried, pieces = layers.dead_letters(line_file.content())
    findings += buried
    findings += settled(lambda: answer_findings(world, events, ask))
    twice = len(records) - len({record.event_id for record in records})
    lines = {"lines of the file": line_file.written, "pieces of lines refused": pieces}
    return findings, {"twice": twice, "important events": len(wanted), **lines}


def log_findings(ledger: Ledger, records: Iterable[Any]) -> list[Finding]:
    entries = [entry for source in KEYS for entry in ledger.entries(source)]
    known = {entry.event.event_id for entry in entries}
    records = list(records)
    strange = sorted({record.event_id for record in records} - known)
    found = [Finding("log", Flaw.UNEXPECTED, len(strange), strange[0])] if strange else []
    return compare_log("log", entries, records) + found


def answer_findings(world: World, events: list[Event], asked: Callable[..., Any]) -> list[Finding]:
    """What query-api counts, and whether it says that all layers hold the same."""
    window = {"from": to_rfc3339(world.start), "to": to_rfc3339(world.end)}
    findings = []
    for source, field in COUNTED_BY.items():
        expected = counts(events, source)
        total = expected.total()
        path = f"/v1/sources/{source}"
        same: dict[str, Any] = {**dict.fromkeys(LAYERS, total), "missing": dict.fromkeys(LAYERS, 0), "settled": True}
        findings += compare(f"reconciliation of {source}", same, asked(f"{path}/reconciliation", **window).items())
        for layer in LAYERS:
            answer = asked(f"{path}/counts", by=field, layer=layer, limit=MOST_VALUES, **window)
            found = [(item["value"], item["count"]) for item in answer["items"]]
            findings += compare(f"counts of {source} in {layer}", {**expected, "total": total}, [*found, ("total", answer["total"])])
    return findings


def ask(path: str, **query: Any) -> Any:
    """Of query-api. Raises ConnectionError."""
    try:
        answer = httpx.get(f"{service_url('ingestion', 'query-api')}{path}", params=query, timeout=60, trust_env=False)
    except httpx.TransportError as error:
        raise ConnectionError(str(error)) from error
    if not answer.is_success:
        raise ConnectionError(answer.text[:300])
    return answer.json()


def _table(layer: Layer, events: list[Event], layers: Layers) -> list[Finding]:
    found: list[tuple[Key, Any]] = list(layers.rows(layer))
    return compare(f"table on {layer}", rows(events), found)


def _caught_up(probes: Probes, servers: Servers) -> list[Finding]:
    """A line that is written last has come through, and every group has read what the log holds."""
    try:
        eventually(servers.hdfs_whole, within=RECOVERY_DEADLINE_SECONDS, every=0.5)
        eventually(probes.lined(), within=CAUGHT_UP_WITHIN_SECONDS, every=0.2)
        eventually(probes.all_read, within=CAUGHT_UP_WITHIN_SECONDS, every=0.5)
    except AssertionError as error:
        return [Finding("catching up", Flaw.LOST, 1, str(error))]
    return []
