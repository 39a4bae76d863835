from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from infra.local.errors import StackError
from infra.local.settings import ROOT
from infra.postgres.component import COMPONENT
from infra.postgres.databases import Database, Role, load_database, load_databases
from infra.postgres.server import check
from infra.postgres.slots import Slot
from tests.unit.infra.checkout import settings

DECLARED = """
database: till
roles:
  - {name: clerk, password: "p@ss/word", variable: SHOP_DATABASE_URL}
  - {name: reader, password: reader, variable: SHOP_REPLICATION_URL, replication: true}
slots: [till_changes]
"""
GIB = 1024**3
SLOT = Slot("till_changes", active=True, status="reserved", behind=10, kept=1000, bound=GIB)


def declare(folder: Path, text: str = DECLARED) -> Path:
    path = folder / "services" / "shop" / "postgres" / "database.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_role_reaches_its_database_whatever_its_password_is_made_of(tmp_path: Path) -> None:
    declare(tmp_path)
    (database,) = load_databases(tmp_path)
    assert database.url(database.roles[0], 5432) == "postgresql://clerk:p%40ss%2Fword@127.0.0.1:5432/till"


def test_sql_files_are_applied_in_the_order_of_their_names(tmp_path: Path) -> None:
    folder = declare(tmp_path).parent
    for name in ("20_b.sql", "10_a.sql"):
        (folder / name).touch()
    database = load_database(tmp_path / "services" / "shop")
    assert database is not None
    assert [path.name for path in database.scripts] == ["10_a.sql", "20_b.sql"]


@pytest.mark.parametrize("text", ["", "database: till", "database: till\nroles: [{name: clerk}]", "roles: [}"])
def test_a_declaration_that_cannot_be_used_is_named(tmp_path: Path, text: str) -> None:
    path = declare(tmp_path, text)
    with pytest.raises(StackError, match=f"{path} cannot be used"):
        load_databases(tmp_path)


def test_a_case_without_a_database_declares_none(tmp_path: Path) -> None:
    assert load_database(tmp_path) is None


def test_a_database_is_elsewhere_where_the_addresses_of_all_its_roles_are_set(tmp_path: Path) -> None:
    declare(tmp_path)
    both = {"SHOP_DATABASE_URL": "postgresql://a@db/till", "SHOP_REPLICATION_URL": "postgresql://b@db/till"}
    assert not COMPONENT.external(settings(tmp_path))
    assert COMPONENT.external(settings(tmp_path, both))


def test_half_an_address_is_refused_with_the_missing_half(tmp_path: Path) -> None:
    declare(tmp_path)
    with pytest.raises(StackError, match=r"SHOP_DATABASE_URL is set and SHOP_REPLICATION_URL is not: set all of"):
        COMPONENT.external(settings(tmp_path, {"SHOP_DATABASE_URL": "postgresql://a@db/till"}))


def test_no_variable_that_services_get_holds_the_superusers_password() -> None:
    names = {role.variable for database in load_databases(ROOT) for role in database.roles}
    assert names
    assert all("postgres:" not in database.url(role, 1) for database in load_databases(ROOT) for role in database.roles)


def test_only_roles_that_read_changes_may_replicate() -> None:
    for database in load_databases(ROOT):
        assert [role.name for role in database.roles if role.replication] == ["debezium"]


def test_a_slot_that_is_read_is_no_trouble() -> None:
    assert SLOT.trouble is None
    assert SLOT.line == "slot till_changes: read, 10 bytes behind, 0.0 MB of the log kept for it, of at most 1024.0 MB"


def test_a_slot_above_half_of_its_bound_is_trouble_before_it_is_lost() -> None:
    assert replace(SLOT, kept=GIB // 2).trouble is None
    fast = replace(SLOT, kept=GIB // 2 + 1)
    assert "more than half of the 1024.0 MB at which it is lost: its reader falls behind" in str(fast.trouble)
    assert "start its reader" in str(replace(fast, active=False).trouble)


@pytest.mark.parametrize("status", ["lost", "unreserved"])
def test_a_lost_slot_names_what_to_read(status: str) -> None:
    lost = replace(SLOT, status=status, active=False)
    assert "slot till_changes is lost" in str(lost.trouble)
    assert "infra/postgres/README.md" in str(lost.trouble)
    assert "A lost slot" in (ROOT / "infra" / "postgres" / "README.md").read_text()


def test_a_slot_without_a_bound_is_never_near_it() -> None:
    assert replace(SLOT, kept=10 * GIB, bound=None).trouble is None


def test_a_database_without_replication_needs_nothing_of_a_server_elsewhere() -> None:
    check({}, Database("shop", "till", (Role("clerk", "x", "SHOP_DATABASE_URL"),), ()))
