"""What the launcher asks PostgreSQL, and has it do: one short connection each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from infra.local.errors import StackError
from infra.postgres.databases import Database, Role

SUPERUSER = "postgres"
CONNECT_SECONDS = 3


@contextmanager
def connection(url: str) -> Iterator[psycopg.Connection]:
    """A connection that commits by itself and is closed at the end; raises psycopg.Error."""
    with psycopg.connect(url, connect_timeout=CONNECT_SECONDS, autocommit=True, application_name="launcher") as made:
        yield made


def unready(url: str) -> str | None:
    """None where the role of the address can work in its database, otherwise why not."""
    try:
        with connection(url) as made:
            made.execute("SELECT 1")
    except psycopg.Error as error:
        return sentence(error)
    return None


def sentence(error: psycopg.Error) -> str:
    """PostgreSQL's own words, on one line, without the hints of its client."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def apply(superuser: str, database: Database, say: Callable[[str], None]) -> None:
    """Have the database, its roles and what its SQL files make. Idempotent; StackError with PostgreSQL's words.

    `superuser` is the address of the superuser, without a database.
    """
    try:
        with connection(f"{superuser}/postgres") as made:
            known = {row[0] for row in made.execute("SELECT rolname FROM pg_roles")}
            for role in database.roles:
                made.execute(_role(role, role.name in known))
            exists = made.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database.name,)).fetchone()
            if not exists:
                made.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database.name)))
                say(f"postgres: created the database {database.name} with {', '.join(role.name for role in database.roles)}")
            made.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database.name)))
            for role in database.roles:
                made.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(database.name), sql.Identifier(role.name)))
        for script in database.scripts:
            _run(superuser, database.name, script)
    except psycopg.Error as error:
        raise StackError(f"The database {database.name} could not be made: {sentence(error)}.") from error


def _role(role: Role, exists: bool) -> sql.Composed:
    return sql.SQL("{} ROLE {} WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE {} PASSWORD {}").format(
        sql.SQL("ALTER" if exists else "CREATE"),
        sql.Identifier(role.name),
        sql.SQL("REPLICATION" if role.replication else "NOREPLICATION"),
        sql.Literal(role.password),
    )


def _run(superuser: str, name: str, script: Path) -> None:
    try:
        with connection(f"{superuser}/{quote(name, safe='')}") as made, made.transaction():
            made.execute(script.read_bytes())
    except psycopg.Error as error:
        raise StackError(f"{script.parent.parent.name}/postgres/{script.name} failed: {sentence(error)}.") from error


def check(env: Mapping[str, str], database: Database) -> None:
    """StackError where a server that somebody else runs lacks what changes are read with; it says what to have done there."""
    for role in database.roles:
        if not role.replication:
            continue
        try:
            with connection(env[role.variable]) as made:
                level = _value(made, "SHOW wal_level")
                may = _value(made, "SELECT rolreplication FROM pg_roles WHERE rolname = current_user")
        except psycopg.Error as error:
            raise StackError(f"{role.variable} cannot be used: {sentence(error)}.") from error
        mend = f"its administrator runs services/{database.case}/postgres/*.sql and sets wal_level=logical"
        if level != "logical":
            raise StackError(f"The PostgreSQL of {role.variable} has wal_level={level}, and changes cannot be read from it: {mend}.")
        if not may:
            raise StackError(f"The role of {role.variable} may not replicate (ALTER ROLE ... REPLICATION): {mend}.")


def _value(made: psycopg.Connection, query: str) -> object:
    row = made.execute(query.encode()).fetchone()
    return row[0] if row else None
