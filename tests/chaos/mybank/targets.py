"""What of MyBank can break, and how each part shows that it handles again: by a row that is booked, or by its own answer."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable
from functools import partial

import httpx
import psycopg

from infra.connect.rest import Connect
from infra.local.stack_file import INSTANCE_STRIDE
from infra.postgres.server import connection
from infra.postgres.slots import read_slots
from infra.registry.schemas import registry_client
from shared.settings import ServiceSettings, service_url
from shared.testing.eventually import NOT_YET, eventually
from tests.chaos.breakable import Breakable, Handles, Probe
from tests.chaos.kafka import CONTROLLER_ELECTION_SECONDS, Cluster
from tests.chaos.mybank.load import INSERT
from tests.chaos.mybank.receiver import STEADY, Receiver
from tests.chaos.mybank.settings_desk import SettingsDesk
from tests.chaos.mybank.world import Wallet, World
from tests.chaos.processes import Processes
from tests.chaos.schedule import Kind, Target

CONNECTOR = "mybank-bank-transactions"
CONNECT_BOUND_SECONDS = 45.0
"""A JVM starts and reads its plugins (some 10 s on two busy cores), joins its group, which its predecessor leaves by the session timeout
(6 s), and starts a connector that reads the table's schema and finds its place in the log; twice that, for a machine that is slow today."""
CONNECTOR_BOUND_SECONDS = 20.0
"""The task ends and another begins, in a JVM that is warm."""
POSTGRES_BOUND_SECONDS = 30.0
"""PostgreSQL replays its log; Debezium, which looks each second, connects again and finds its place; the slot may be taken for as long as
the server has not noticed that its last reader is gone (wal_sender_timeout, 10 s)."""
RESTART_SEEN_WITHIN_SECONDS = 5.0
SETTINGS_OF_A_SETTER = 100
PROBER_THRESHOLD = "0.01"
_CLUSTER = frozenset({"broker", "controller"})
_PROCESSOR = "alert-processor"
_PAIR_AWAY_SECONDS = 15.0
"""Long enough that the other processor must take over."""


class Probes:
    """Questions whether a part handles, asked of users of their own: one in each partition, alerted to each of their transactions."""

    def __init__(self, world: World, wallet: Wallet, url: str, receiver: Receiver, stopping: threading.Event) -> None:
        self._world = world
        self._wallet = wallet
        self._url = url
        self._receiver = receiver
        self._numbers = itertools.count()
        self._setting, self._booking = threading.Lock(), threading.Lock()
        self._users = world.probers()
        self._http = httpx.Client(timeout=2, trust_env=False)
        self._alerts = service_url("mybank", "alerts-api")
        self.desk = SettingsDesk(wallet, stopping)

    def open(self) -> None:
        """Returns once probes can be sent."""
        for user_id in self._users:
            self.desk.webhook(user_id, self._receiver.url(STEADY))
            self.desk.set(user_id, "every", PROBER_THRESHOLD, "any", None)

    def alerted(self) -> Handles:
        """Until alerts-api lists alerts to what was booked now, in every partition."""
        waiting = self._book()

        def handled() -> bool:
            for user_id in list(waiting):
                answer = self._get(f"{self._alerts}/v1/users/{user_id}/alerts?limit=50", user_id)
                if waiting[user_id] not in {alert["transaction_id"] for alert in answer.json()["items"]}:
                    return False
                del waiting[user_id]
            return True

        return handled

    def delivered(self) -> Handles:
        """Until the receiver has letters on what was booked now, in every partition."""
        start = len(self._receiver.letters)
        wanted = set(self._book().values())
        return lambda: wanted <= {letter.data["transaction_id"] for letter in self._receiver.letters[start:]}

    def set(self) -> Handles:
        """Of settings-api: a change is answered."""
        with self._setting:
            number = next(self._numbers)
            self.desk.set(self._world.setter(number // SETTINGS_OF_A_SETTER), "large", f"{number + 1}.00", "any", None)
        return lambda: True

    def listed(self) -> Handles:
        """Of alerts-api: a list is answered."""
        user_id = self._users[0]
        return lambda: bool(self._get(f"{self._alerts}/v1/users/{user_id}/alerts?limit=1", user_id).is_success)

    def close(self) -> None:
        self._http.close()
        self.desk.close()

    def _book(self) -> dict[str, int]:
        try:
            # One at a time: the audit knows the order of commits on one connection.
            with self._booking, connection(self._url) as made, made.transaction():
                rows = [
                    (user_id, made.execute(INSERT, (user_id, user_id, "debit", "1.00", "EUR", 0)).fetchone()) for user_id in self._users
                ]
        except psycopg.OperationalError as error:
            raise ConnectionError(str(error)) from error
        return {user_id: row[0] for user_id, row in rows if row}

    def _get(self, url: str, user_id: str) -> httpx.Response:
        try:
            answer = self._http.get(url, headers=self._wallet.headers(user_id))
        except httpx.TransportError as error:
            raise ConnectionError(str(error)) from error
        if not answer.is_success:
            raise LookupError(answer.text[:200])
        return answer


class Servers(Cluster):
    """What the probes cannot ask: whether a server is whole."""

    def __init__(self, settings: ServiceSettings, env: dict[str, str], seed: int) -> None:
        super().__init__(settings.kafka, seed)
        self._env = env

    def connector_runs(self) -> bool:
        with contextlib.suppress(httpx.HTTPError), Connect(self._env["CONNECT_URL"]) as connect:
            status = connect.status(CONNECTOR)
            return status is not None and status.running
        return False

    def restart_connector(self, _: str) -> None:
        """Returns when Connect has begun to: what is delivered before that proves nothing."""
        url = f"{self._env['CONNECT_URL']}/connectors/{CONNECTOR}/restart?includeTasks=true"
        # Refused while workers share their work out, or a broker is away.
        post = partial(httpx.post, url, timeout=30, trust_env=False)
        eventually(lambda: post().raise_for_status(), within=60, not_yet=(*NOT_YET, httpx.HTTPError))
        deadline = time.monotonic() + RESTART_SEEN_WITHIN_SECONDS
        while self.connector_runs() and time.monotonic() < deadline:
            time.sleep(0.02)

    def slot_is_read(self) -> bool:
        with contextlib.suppress(psycopg.Error):
            slots = read_slots(self._env["MYBANK_DATABASE_URL"])
            return bool(slots) and all(slot.active for slot in slots)
        return False

    def registry_answers(self) -> bool:
        with registry_client(self._env) as client:
            return client.unready() is None

    def ready(self, urls: list[str]) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return all(httpx.get(url, timeout=2, trust_env=False).is_success for url in urls)
        return False


def targets(probes: Probes, processes: Processes, servers: Servers, store_away_seconds: float) -> tuple[list[Target], dict[str, Breakable]]:
    """Every part on the way from a row to its alert, each with the faults that it must bear. Two are left out, since nothing passes them:
    the page, and connect-watch while the connector runs."""
    running = set(processes.names())
    processors = sorted(name.removeprefix("mybank-") for name in running if name.startswith(f"mybank-{_PROCESSOR}"))
    path = frozenset(
        {"postgres", "connect", "connector", "settings-api", "alerts-projector", "alerts-api", "valkey", "registry", *processors, *_CLUSTER}
    )
    known: dict[str, tuple[Probe, frozenset[str]]] = {
        "settings-api": (probes.set, frozenset({"settings-api", "registry", *_CLUSTER})),
        "alerts-api": (probes.listed, frozenset({"alerts-api", "valkey", "registry"})),
        "alerts-projector": (probes.alerted, path),
        "notifier": (probes.delivered, path | {"notifier"}),
        **dict.fromkeys(processors, (probes.alerted, path)),
    }
    usual = (Kind.KILL, Kind.TERM, Kind.PAUSE)
    breakables = {name: Breakable(_named(f"mybank-{name}"), probe, needs=needs) for name, (probe, needs) in known.items()}
    kinds: dict[str, tuple[Kind, ...]] = dict.fromkeys(breakables, usual)
    if len(processors) > 1:
        first = int(service_url("mybank", _PROCESSOR).rpartition(":")[2])
        urls = [f"http://127.0.0.1:{first + INSTANCE_STRIDE * number}/health/ready" for number in range(len(processors))]
        for name in processors:
            whole = partial(servers.ready, urls)
            breakables[name] = Breakable(
                _named(f"mybank-{name}"), probes.alerted, replicated=True, whole=whole, away_seconds=_PAIR_AWAY_SECONDS, needs=path
            )
            kinds[name] = (*usual, Kind.AWAY)
    alerted = partial(Breakable, probe=probes.alerted, needs=path)
    breakables |= {
        "connect": alerted(_named("connect"), whole=servers.connector_runs, bound_seconds=CONNECT_BOUND_SECONDS),
        "connector": alerted(
            _named("connect"), whole=servers.connector_runs, bound_seconds=CONNECTOR_BOUND_SECONDS, restart=servers.restart_connector
        ),
        "postgres": alerted(_named("postgres"), whole=servers.slot_is_read, bound_seconds=POSTGRES_BOUND_SECONDS),
        "valkey": alerted(_named("valkey"), away_seconds=store_away_seconds, bounded=False),
        # Alerts go on without it: its absence is no outage.
        "registry": alerted(_named("registry"), away_seconds=store_away_seconds, replicated=True, whole=servers.registry_answers),
    }
    kinds |= {"connect": usual, "connector": (Kind.RESTART,), "postgres": (Kind.KILL, Kind.RESTART, Kind.PAUSE)}
    kinds |= {"valkey": (Kind.AWAY,), "registry": (Kind.AWAY,)}
    if len(servers.brokers) > 1:
        kept_by_others = partial(alerted, replicated=True, whole=servers.in_sync)
        breakables["broker"] = kept_by_others(servers.another_broker)
        breakables["controller"] = kept_by_others(servers.controller, election_seconds=CONTROLLER_ELECTION_SECONDS)
        kinds |= dict.fromkeys(_CLUSTER, usual)
    groups = {name: "kafka" if name in _CLUSTER else _PROCESSOR if name in processors else name for name in breakables}
    groups["connector"] = "connect"
    return [Target(name, kinds[name], groups[name]) for name in breakables], breakables


def _named(name: str) -> Callable[[], str]:
    return lambda: name
