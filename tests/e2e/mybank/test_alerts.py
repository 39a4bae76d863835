"""From a row in the bank's table to the alert: in the list, on the stream, at the webhook; for nobody but its user."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import statistics
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random

import httpx
import pytest

from shared.clock import from_rfc3339
from shared.testing import eventually
from tests.conftest import Stack
from tests.e2e.mybank.bank import Bank, Customer, Ledger

MakeCustomer = Callable[[], Customer]

WITHIN = 60.0
"""Seconds until an alert is shown, on a machine that has much else to do."""
BOOKERS, CHANGERS, CHANGES_BY_EACH, BOOKED_A_CHANGE = 4, 2, 60, 8


def test_a_transaction_that_is_committed_after_a_threshold_was_answered_is_judged_by_it(
    bank: Bank, customer: MakeCustomer, ledger: Ledger
) -> None:
    ada = customer()
    for round_ in range(20):
        ada.set("large", f"{100 + round_}.00")
        bank.book(ada.user_id, f"{100 + round_}.00")
        bank.book(ada.user_id, f"{99 + round_}.99")
    eventually(lambda: len(ada.alerts()) >= 20, within=WITHIN)
    assert set(ada.raised()) == ledger.alerts(ada.user_id)
    assert [alert["threshold_version"] for alert in ada.alerts()] == list(range(20, 0, -1))


def test_windows_corrections_and_reversals_end_to_end(bank: Bank, customer: MakeCustomer, ledger: Ledger) -> None:
    ada = customer()
    ada.set("week", "100.00", "any", 168)
    first = bank.book(ada.user_id, "60.00")
    bank.book(ada.user_id, "50.00", "credit")
    bank.book(ada.user_id, "10.00")
    bank.reverse(ada.user_id, first)
    bank.correct(ada.user_id, bank.book(ada.user_id, "5.00"), "95.00")
    expected = ledger.alerts(ada.user_id)
    assert len(expected) >= 2
    eventually(lambda: set(ada.raised()) == expected, within=WITHIN)


def test_the_stream_brings_each_alert_once_and_resumes_with_nothing_missed(bank: Bank, customer: MakeCustomer) -> None:
    ada = customer()
    ada.set("large", "10.00")
    stream = ada.stream()
    one = bank.book(ada.user_id, "10.00")
    eventually(lambda: [alert["transaction_id"] for _, alert, _ in stream.events] == [one], within=WITHIN)
    stream.close()
    missed = [bank.book(ada.user_id, "11.00") for _ in range(5)]
    eventually(lambda: len(ada.alerts()) == 6, within=WITHIN)
    resumed = ada.stream(stream.events[-1][0])
    later = bank.book(ada.user_id, "12.00")
    eventually(lambda: [alert["transaction_id"] for _, alert, _ in resumed.events] == [*missed, later], within=WITHIN)
    resumed.close()


def test_an_acknowledgement_is_seen_at_once_and_stays(bank: Bank, customer: MakeCustomer) -> None:
    ada = customer()
    ada.set("large", "10.00")
    bank.book(ada.user_id, "10.00")
    eventually(lambda: len(ada.alerts()) == 1, within=WITHIN)
    answer = ada.acknowledge(ada.alerts()[0]["alert_id"])
    assert answer.status_code == 200
    assert ada.alerts() == [answer.json()]
    assert ada.acknowledge(answer.json()["alert_id"]).json() == answer.json()
    assert ada.acknowledge("no-such-alert").status_code == 404


def test_nobody_else_sees_or_changes_anything(stack: Stack, bank: Bank, customer: MakeCustomer) -> None:
    ada, ben = customer(), customer()
    ada.set("large", "10.00")
    bank.book(ada.user_id, "10.00")
    eventually(lambda: len(ada.alerts()) == 1, within=WITHIN)
    settings, alerts = (stack.url("mybank", name) + f"/v1/users/{ada.user_id}" for name in ("settings-api", "alerts-api"))
    calls = [
        ("GET", f"{settings}/thresholds"),
        ("PUT", f"{settings}/thresholds/large"),
        ("DELETE", f"{settings}/thresholds/large"),
        ("PUT", f"{settings}/webhook"),
        ("DELETE", f"{settings}/webhook"),
        ("GET", f"{alerts}/alerts"),
        ("GET", f"{alerts}/alerts/stream"),
        ("POST", f"{alerts}/alerts/{ada.alerts()[0]['alert_id']}/acknowledge"),
    ]
    with httpx.Client(timeout=30, trust_env=False) as nobody:
        for method, url in calls:
            for http, status in ((ben.http, 403), (nobody, 401)):
                answer = http.request(method, url, json={"direction": "debit", "amount": "1.00", "currency": "EUR"})
                assert answer.status_code == status, (method, url, answer.text)
                assert "large" not in answer.text


URLS = ["http://example.com", "https://localhost/x", "https://127.0.0.2/x", "https://[::ffff:10.0.0.1]/x", "https://169.254.169.254/latest"]


@pytest.mark.parametrize("url", URLS)
def test_a_webhook_into_our_network_is_refused(customer: MakeCustomer, url: str) -> None:
    assert customer().webhook(url).status_code == 422


class Receiver:
    """On this machine; `down` makes it answer 503."""

    def __init__(self) -> None:
        self.letters: list[tuple[dict[str, str], bytes]] = []
        self.refused = 0
        self.down = False
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                # Looked at once: what is counted is what is answered, though it goes down or comes back in between.
                down = receiver.down
                if down:
                    receiver.refused += 1
                else:
                    receiver.letters.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(503 if down else 204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/alerts"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


def test_a_receiver_gets_signed_letters_in_order_and_what_it_missed_while_it_was_down(
    stack: Stack, bank: Bank, customer: MakeCustomer, receiver: Receiver
) -> None:
    if "127.0.0.1" not in stack.env.get("MYBANK_WEBHOOK_HOSTS", ""):
        pytest.skip("this stack allows no receiver on this machine: set MYBANK_WEBHOOK_HOSTS=127.0.0.1")
    ada = customer()
    ada.set("large", "10.00")
    assert ada.webhook(receiver.url).status_code == 200
    rows = [bank.book(ada.user_id, "10.00")]
    eventually(lambda: len(receiver.letters) == 1, within=WITHIN)
    receiver.down = True
    rows += [bank.book(ada.user_id, "11.00") for _ in range(3)]
    eventually(lambda: receiver.refused >= 2, within=WITHIN)
    receiver.down = False
    eventually(lambda: len(receiver.letters) == 4, within=WITHIN)
    assert [json.loads(body)["data"]["transaction_id"] for _, body in receiver.letters] == rows
    for headers, body in receiver.letters:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.digest(b"hush", signed, hashlib.sha256)).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"
        assert headers["webhook-id"] == json.loads(body)["data"]["alert_id"]


def test_under_load_and_with_thresholds_changed_all_the_while_the_alerts_are_those_of_the_model(
    stack: Stack, customer: MakeCustomer, ledger: Ledger
) -> None:
    people = [customer() for _ in range(12)]
    for person in people:
        person.set("large", "100.00", "any")  # however late the first change comes, there is something to tell
    streams = [person.stream() for person in people]
    due = threading.Semaphore(0)  # so many bookings for each change, however fast either is

    def book(mine: list[Customer], seed: int) -> None:
        rng, bank = Random(seed), Bank(stack, ledger)
        rows: dict[str, list[int]] = {}
        for _ in range(CHANGERS * CHANGES_BY_EACH * BOOKED_A_CHANGE // BOOKERS):
            assert due.acquire(timeout=WITHIN)
            user = rng.choice(mine).user_id
            kind = rng.random()
            if kind < 0.05 and rows.get(user):
                bank.correct(user, rng.choice(rows[user]), f"{rng.randint(1, 200)}.50")
            elif kind < 0.1 and rows.get(user):
                bank.reverse(user, rows[user].pop(rng.randrange(len(rows[user]))))
            else:
                number = bank.book(user, f"{rng.randint(1, 200)}.25", rng.choice(["debit", "credit"]), rng.choice(["EUR", "EUR", "USD"]))
                rows.setdefault(user, []).append(number)
        bank.close()

    def change(mine: list[Customer], seed: int) -> None:
        rng = Random(seed)
        for _ in range(CHANGES_BY_EACH):
            due.release(BOOKED_A_CHANGE)
            person, name = rng.choice(mine), rng.choice(["large", "day"])
            versions = [version for version in ledger.versions[person.user_id] if version.threshold == name]
            if versions and not versions[-1].ended and rng.random() < 0.2:
                person.end(name)
            else:
                amount = f"{rng.randint(100, 200)}.00" if name == "large" else f"{rng.randint(500, 20_000)}.00"
                person.set(name, amount, rng.choice(["debit", "credit", "any"]), None if name == "large" else 24)

    workers = [threading.Thread(target=book, args=(people[part::BOOKERS], part)) for part in range(BOOKERS)]
    workers += [threading.Thread(target=change, args=(people[part::CHANGERS], part)) for part in range(CHANGERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    expected = {person.user_id: ledger.alerts(person.user_id) for person in people}
    assert sum(map(len, expected.values())) > 50
    for person, stream in zip(people, streams, strict=True):
        eventually(lambda person=person: set(person.raised()) == expected[person.user_id], within=WITHIN)
        assert len(person.raised()) == len(expected[person.user_id])
        eventually(lambda person=person, stream=stream: len(stream.events) >= len(expected[person.user_id]), within=WITHIN)
        seen = [alert["alert_id"] for _, alert, _ in stream.events]
        assert sorted(seen) == sorted({alert["alert_id"] for alert in person.alerts()})
    delays = sorted(at - from_rfc3339(alert["committed_at"]) for stream in streams for _, alert, at in stream.events)
    changes, versions = (sum(len(found) for found in each.values()) for each in (ledger.changes, ledger.versions))
    print(f"\n{changes} changes, {versions} versions, {len(delays)} alerts; from commit to stream, in ms:")
    print(f"p50 {statistics.median(delays) / 1000:.0f}, p99 {delays[int(len(delays) * 0.99)] / 1000:.0f}, most {delays[-1] / 1000:.0f}")
    for stream in streams:
        stream.close()
