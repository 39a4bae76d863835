"""From the bank's table to the topic, and what each fault on the way does to it."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import httpx
import psutil
import psycopg
import pytest

from infra.registry.schemas import registry_client
from shared.clock import from_rfc3339
from shared.testing.eventually import NOT_YET, eventually
from shared.testing.partitioner import partition_of
from tests.e2e.infra.bank import CONNECTOR, TOPIC, Bank, Changes

pytestmark = pytest.mark.timeout(300)
_AWAY = (*NOT_YET, psycopg.OperationalError, httpx.HTTPError)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    folder: Path = tmp_path_factory.mktemp("bank")
    for path in (folder, *folder.parents[:2]):
        path.chmod(0o755)
    made = Bank(folder)
    try:
        made.up()
        yield made
    finally:
        made.checkout.run("down")
    assert not made.checkout.processes()


@pytest.fixture
def changes(bank: Bank) -> Iterator[Changes]:
    read = Changes(bank.checkout.env)
    yield read
    read.close()


@pytest.fixture
def user() -> str:
    return f"u-{uuid4().hex[:12]}"


def test_a_row_arrives_exact_under_its_users_key(bank: Bank, changes: Changes, user: str) -> None:
    (number,) = bank.book(user, "1234567890.01")
    (row,) = eventually(lambda: changes.of(number), within=60)
    assert row["key"] == user.encode()
    assert row["partition"] == partition_of(row["key"], changes.partitions)
    assert row["amount"] == Decimal("1234567890.01")
    ((booked_at,),) = bank.sql("SELECT (extract(epoch from booked_at) * 1000000)::bigint FROM bank_transactions WHERE id = %s", number)
    assert from_rfc3339(row["booked_at"]) == booked_at
    assert (row["__op"], row["__deleted"], row["direction"], row["currency"]) == ("c", "false", "debit", "EUR")
    assert abs(row["__source_ts_us"] / 1e6 - time.time()) < 60


def test_a_reversal_and_a_deletion_follow_in_the_order_of_their_commits(bank: Bank, changes: Changes, user: str) -> None:
    (number,) = bank.book(user, "100.00")
    bank.sql("UPDATE bank_transactions SET amount = 40 WHERE id = %s", number)
    bank.sql("DELETE FROM bank_transactions WHERE id = %s", number)
    rows = eventually(lambda: three(changes.of(number)), within=60)
    assert [(row["__op"], row["amount"], row["__deleted"]) for row in rows] == [
        ("c", Decimal("100.00"), "false"),
        ("u", Decimal("40.00"), "false"),
        ("d", Decimal("40.00"), "true"),
    ]
    positions = [row["__source_lsn"] for row in rows]
    assert positions == sorted(set(positions))
    assert {row["key"] for row in rows} == {user.encode()}


def three(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    assert len(rows) == 3
    return rows


def test_postgres_runs_as_nobody_where_root_started_it(bank: Bank) -> None:
    process = psutil.Process(bank.checkout.pids()["postgres"])
    own = psutil.Process().username()
    assert process.username() == ("nobody" if own == "root" else own)


def test_each_role_may_do_its_own_work_only(bank: Bank) -> None:
    for statement in ("CREATE ROLE x", "SELECT pg_create_logical_replication_slot('x', 'pgoutput')", "ALTER SYSTEM SET work_mem = 1"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            bank.sql(statement)
    for statement in ("DELETE FROM bank_transactions", "CREATE TABLE x ()", "CREATE ROLE x"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            bank.sql(statement, variable="MYBANK_REPLICATION_URL")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(bank.checkout.env["MYBANK_DATABASE_URL"].replace(":core_bank@", ":wrong@"))


def test_an_idle_table_does_not_hold_the_log(bank: Bank, changes: Changes, user: str) -> None:
    booked = bank.book(user)
    eventually(lambda: changes.of(*booked), within=60)
    bank.sql("CREATE TABLE IF NOT EXISTS statements (text text)")
    bank.sql("INSERT INTO statements SELECT repeat('x', 200) FROM generate_series(1, 100000)")
    eventually(lambda: (slot := bank.slot()).behind < 100_000 and slot.kept < 17_000_000, within=60)
    bank.sql("DROP TABLE statements")


def test_a_second_up_changes_nothing(bank: Bank) -> None:
    before = eventually(lambda: restarts(bank), within=60)
    text = bank.up()
    assert "connector" not in text
    healthy, report = bank.status()
    assert healthy, report
    assert f"connector {CONNECTOR}: RUNNING, task 0 RUNNING, restarted {before} time(s)" in report
    assert "slot mybank_transactions: read, " in report


def restarts(bank: Bank) -> int:
    """AssertionError while the connector does not run."""
    _, report = bank.status()
    found = re.search(rf"connector {CONNECTOR}: RUNNING, task 0 RUNNING, restarted (\d+) time", report)
    assert found, report
    return int(found[1])


def test_a_worker_that_is_killed_loses_nothing(bank: Bank, changes: Changes, user: str) -> None:
    before = bank.book(user, count=20)
    bank.kill("connect")
    killed = time.monotonic()
    after = bank.book(user, count=20)
    rows = eventually(lambda: changes.of(*before, *after), within=90)
    print(f"\nworker killed: everything there after {time.monotonic() - killed:.1f} s")
    in_order(rows, before + after)


def in_order(rows: list[dict[str, object]], ids: list[int]) -> None:
    """What a reader that skips what it knows sees: each row once, in the order of the commits."""
    assert list(dict.fromkeys(row["id"] for row in rows)) == ids


@pytest.mark.parametrize("how", ["restarted", "killed"])
def test_a_database_that_goes_away_keeps_its_slot(bank: Bank, changes: Changes, user: str, how: str) -> None:
    before = bank.book(user, count=20)
    began = time.monotonic()
    if how == "restarted":
        bank.restart("postgres")
    else:
        bank.kill("postgres")
    after = eventually(lambda: bank.book(user, count=20), within=60, not_yet=_AWAY)
    back = time.monotonic() - began
    rows = eventually(lambda: changes.of(*before, *after), within=90)
    print(f"\npostgres {how}: writable after {back:.1f} s, everything there after {time.monotonic() - began:.1f} s")
    in_order(rows, before + after)
    eventually(lambda: bank.slot().active, within=30)


def test_a_new_nullable_column_passes_without_a_stop(bank: Bank, changes: Changes, user: str) -> None:
    (before,) = bank.book(user)
    bank.sql("ALTER TABLE bank_transactions ADD COLUMN channel text")
    (after,) = bank.book(user)
    rows = eventually(lambda: changes.of(before, after), within=60)
    assert "channel" not in rows[0]
    assert rows[1]["channel"] is None
    eventually(lambda: (status := bank.connector()) is not None and status.running)


def test_a_failed_task_is_started_again_and_told(bank: Bank, changes: Changes, user: str) -> None:
    before = eventually(lambda: restarts(bank), within=60)
    # Anew, and without a registry, the task does not know under which id it writes.
    with bank.stopped("registry"):
        bank.kill("connect")
        ids = bank.book(user, count=5)
        eventually(lambda: failed(bank), within=120, not_yet=_AWAY)
        # Between two of its restarts it may be seen to run.
        eventually(lambda: f"TROUBLE  connector {CONNECTOR}" in bank.status()[1], within=60)
    in_order(eventually(lambda: changes.of(*ids), within=120), ids)
    eventually(lambda: restarts(bank) > before, within=60)
    log = (bank.checkout.stack / "logs" / "connect-watch.log").read_text()
    assert f"{CONNECTOR}: failed: " in log
    assert "restart 1 of at most" in log


def failed(bank: Bank) -> bool:
    status = bank.connector()
    return status is not None and status.failed


def incompatibility(bank: Bank) -> str:
    """What `status` says of it; not while the task was just started anew, and has not failed again."""
    healthy, report = bank.status()
    (line,) = (line for line in report.splitlines() if line.startswith("TROUBLE  connector")) if not healthy else ("",)
    assert "ncompatible" in line, report
    return line


def test_an_incompatible_change_stops_the_connector_with_a_clear_word_and_loses_nothing(bank: Bank, changes: Changes, user: str) -> None:
    (before,) = bank.book(user)
    eventually(lambda: changes.of(before), within=60)
    bank.sql("ALTER TABLE bank_transactions RENAME COLUMN counterparty TO other_party")
    bank.sql("ALTER TABLE bank_transactions RENAME COLUMN amount TO sum")
    ((number,),) = bank.sql(
        "INSERT INTO bank_transactions (account_id, user_id, direction, sum, currency) VALUES ('a', %s, 'debit', 5, 'EUR') RETURNING id",
        user,
    )
    line = eventually(lambda: incompatibility(bank), within=120)
    print(f"\n{line}")
    assert not [row for row in changes.read() if row["id"] == number]
    # Somebody decides that readers can take it: one change of the rule, and everything comes.
    with registry_client(bank.checkout.env) as registry:
        registry.set_compatibility(f"{TOPIC}-value", "NONE")
    (row,) = eventually(lambda: changes.of(number), within=120)
    assert row["sum"] == Decimal("5.00")
    bank.sql("ALTER TABLE bank_transactions RENAME COLUMN sum TO amount")
    bank.sql("ALTER TABLE bank_transactions RENAME COLUMN other_party TO counterparty")
    (last,) = bank.book(user)
    eventually(lambda: changes.of(last), within=60)
    assert "created" not in bank.up()
    with registry_client(bank.checkout.env) as registry:
        assert registry.compatibility(f"{TOPIC}-value") == "FULL", "up sets the rule again"


def test_a_reader_that_is_away_for_too_long_loses_its_slot_and_the_written_way_mends_it(bank: Bank, changes: Changes, user: str) -> None:
    known = bank.book(user)
    eventually(lambda: changes.of(*known), within=60)
    with contextlib.closing(httpx.Client(base_url=bank.checkout.env["CONNECT_URL"], timeout=30)) as connect:
        connect.put(f"/connectors/{CONNECTOR}/stop").raise_for_status()
        eventually(lambda: not bank.slot().active, within=30)
        missed = bank.book(user, count=10)
        bank.sql("CREATE TABLE IF NOT EXISTS statements (text text)")
        bank.sql("INSERT INTO statements SELECT repeat('x', 200) FROM generate_series(1, 250000)")
        healthy, report = bank.status()
        assert not healthy
        assert "TROUBLE  slot mybank_transactions keeps back" in report
        for _ in range(2):
            bank.sql("INSERT INTO statements SELECT repeat('x', 200) FROM generate_series(1, 250000)")
            bank.as_superuser("CHECKPOINT")
        eventually(lambda: bank.slot().lost, within=30)
        bank.book(user)
        connect.put(f"/connectors/{CONNECTOR}/resume").raise_for_status()
        # The task does not fail: it asks for half an hour whether such a slot becomes valid again.
        healthy, report = bank.status()
        print("\n" + "\n".join(line for line in report.splitlines() if "TROUBLE" in line))
        assert not healthy
        assert "TROUBLE  slot mybank_transactions is lost" in report
        # The way of infra/postgres/README.md.
        connect.put(f"/connectors/{CONNECTOR}/stop").raise_for_status()
        bank.sql("SELECT pg_drop_replication_slot('mybank_transactions')", variable="MYBANK_REPLICATION_URL")
        eventually(lambda: connect.delete(f"/connectors/{CONNECTOR}/offsets").raise_for_status() is not None, not_yet=_AWAY, within=30)
        connect.put(f"/connectors/{CONNECTOR}/resume").raise_for_status()
    rows = eventually(lambda: changes.of(*missed), within=90)
    assert {row["__op"] for row in rows} == {"r"}
    (last,) = bank.book(user)
    (row,) = eventually(lambda: changes.of(last), within=60)
    assert row["__op"] == "c"
