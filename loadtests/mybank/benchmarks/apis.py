"""settings-api and alerts-api, each against a bare application that gives the same answers."""

from __future__ import annotations

from uuid import uuid4

import msgspec

from loadtests.bench.apis import BARE, BARE_PUBLISH, FRAMEWORK, Start, bare, service
from loadtests.bench.comparison import Comparison, Competitor
from loadtests.bench.http import http, request
from loadtests.bench.world import World
from loadtests.mybank.bookings import user_ids
from loadtests.mybank.tokens import bearer
from services.mybank.alerts_api.domain import Stored
from services.mybank.alerts_api.domain import answer as served
from services.mybank.alerts_projector.domain import body
from services.mybank.alerts_projector.handler import NewAlert
from services.mybank.alerts_projector.store import Alerts
from services.mybank.contracts.events import AlertRaised
from services.mybank.contracts.topics import USER_SETTINGS
from shared import clock
from shared.stores import valkey

SETTINGS, ALERTS = "settings-api", "alerts-api"
USERS, ALERTS_EACH = 500, 20
AMOUNTS = ("100.00", "200.00")
"""In turn, so that each request is a change."""
CONNECTIONS = 64


def settings(world: World, _scale: float) -> Comparison:
    """Each request changes one threshold; 200 says that it is committed."""
    users = user_ids(f"bench-{uuid4().hex[:8]}", USERS)
    headers = {user_id: bearer(user_id) for user_id in users}
    requests = [
        request("PUT", f"/v1/users/{user_id}/thresholds/large", _threshold(amount), headers[user_id])
        for amount in AMOUNTS
        for user_id in users
    ]
    answer = msgspec.json.encode(
        {"threshold_id": "large", "version": 1, "direction": "debit", "amount": "100.00", "currency": "EUR", "window_hours": None}
        | {"effective_from": clock.to_rfc3339(clock.now()), "ended": False}
    ).decode()

    def competitor(start: Start) -> Competitor:
        return http(start, requests, world.folder, status=200, connections=CONNECTIONS, servers=world.servers())

    bares = {name: competitor(bare(world, name, 200, answer)) for name in (BARE, FRAMEWORK)}
    published = competitor(bare(world, BARE_PUBLISH, 200, answer, USER_SETTINGS.name + ".dlq"))
    services = {SETTINGS: competitor(service(world, "services.mybank.settings_api"))}
    return Comparison("settings", "Thresholds set over HTTP", {**bares, BARE_PUBLISH: published, **services})


def alerts_list(world: World, _scale: float) -> Comparison:
    """Every answer is in Valkey; the bare application holds one in memory."""
    users = user_ids(f"bench-{uuid4().hex[:8]}", USERS)
    alerts = [_alert(user_id, number) for user_id in users for number in range(ALERTS_EACH)]
    Alerts(valkey.connect(world.settings.valkey)).add(alerts)
    requests = [request("GET", f"/v1/users/{user_id}/alerts?limit={ALERTS_EACH}", headers=bearer(user_id)) for user_id in users]
    items = (served(Stored(alert.alert_id, alert.offset, alert.body, None)).decode() for alert in alerts[:ALERTS_EACH])
    answer = f'{{"items":[{",".join(items)}]}}'
    bares = {
        name: http(bare(world, name, 200, answer), requests, world.folder, status=200, connections=CONNECTIONS)
        for name in (BARE, FRAMEWORK)
    }
    start = service(world, "services.mybank.alerts_api")
    alerts_api = http(start, requests, world.folder, status=200, connections=CONNECTIONS, servers=world.servers())
    return Comparison("alerts-list", f"Lists of {ALERTS_EACH} alerts served over HTTP", {**bares, ALERTS: alerts_api})


def _threshold(amount: str) -> bytes:
    return msgspec.json.encode({"direction": "debit", "amount": amount, "currency": "EUR"})


def _alert(user_id: str, number: int) -> NewAlert:
    now = clock.now()
    event = AlertRaised(str(uuid4()), user_id, number, "large", 1, "debit", "1250.00", "EUR", "1250.00", None, now, now, now)
    return NewAlert(user_id, event.event_id, number, body(event))
