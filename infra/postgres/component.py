"""PostgreSQL with logical decoding, for cases whose data begins in a database; as nobody where root starts it."""

from __future__ import annotations

import secrets
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg

from infra.local.component import Artifact, Component, Context, Environment, Port, Program
from infra.local.errors import StackError
from infra.local.nobody import as_nobody, give_to_nobody
from infra.local.ports import PortSpec
from infra.local.settings import ROOT, Settings
from infra.postgres.databases import load_database, load_databases
from infra.postgres.server import SUPERUSER, apply, check, sentence, unready
from infra.postgres.slots import read_slots, slot_troubles

if TYPE_CHECKING:
    from shared.contracts import Contracts

_FOLDER = Path(__file__).parent
_SLOT_BOUND_MB = "1024"


class Postgres(Component):
    name = "postgres"
    address = "POSTGRES_URL"
    artifact = Artifact(_FOLDER, "18.6.0", unpack=True)

    def external(self, settings: Settings) -> bool:
        """Where the user has set the addresses of the cases' databases: of all of their roles, or of none."""
        variables = self._variables(settings.paths.root)
        given = [name for name in variables if settings.get(name)]
        missing = [name for name in variables if name not in given]
        if given and missing:
            raise StackError(f"{given[0]} is set and {missing[0]} is not: set all of {', '.join(variables)} in .env, or none.")
        return bool(given)

    def _variables(self, root: Path) -> tuple[str, ...]:
        return tuple(role.variable for database in load_databases(root) for role in database.roles)

    def ports(self, settings: Settings) -> tuple[PortSpec, ...]:
        return (PortSpec("POSTGRES_PORT", 5432),)

    def client_variables(self) -> tuple[str, ...]:
        return (self.address, *self._variables(ROOT))

    def environment(self, context: Context) -> dict[str, str]:
        port = context.ports["POSTGRES_PORT"]
        databases = load_databases(context.settings.paths.root)
        urls = {role.variable: database.url(role, port) for database in databases for role in database.roles}
        return {"POSTGRES_URL": f"postgresql://127.0.0.1:{port}", **urls}

    def where(self, env: Environment) -> str:
        hosts = {urlsplit(env[name]).hostname or "" for name in self._variables(ROOT) if env.get(name)}
        return env.get(self.address) or ", ".join(sorted(hosts))

    def configure(self, context: Context) -> None:
        config, data = context.config_dir(self.name), context.data_dir(self.name)
        for folder in (config, data):
            folder.mkdir(parents=True, exist_ok=True)
        (config / "postgresql.conf").write_text(_render(context))
        (config / "pg_hba.conf").write_bytes((_FOLDER / "pg_hba.conf").read_bytes())
        password = _password_file(data)
        if not password.exists():
            password.touch(mode=0o600)
            password.write_text(secrets.token_urlsafe(24))
        assert self.artifact is not None
        give_to_nobody("PostgreSQL", (config, data), (context.fetched(self.artifact),))
        self._initialise(context)

    def _initialise(self, context: Context) -> None:
        assert self.artifact is not None
        data, major = context.data_dir(self.name), self.artifact.version.partition(".")[0]
        cluster = data / "cluster"
        if cluster.exists():
            kept = (cluster / "PG_VERSION").read_text().strip()
            if kept != major:
                raise StackError(
                    f"The data in {cluster} is of PostgreSQL {kept} and this is {major}: "
                    "move it with that version's pg_dump, or run 'make clean' to remove it."
                )
            return
        # Made beside, then renamed: a start that was cut off leaves nothing that looks complete.
        new = data / "cluster.new"
        shutil.rmtree(new, ignore_errors=True)
        command = as_nobody(
            *(str(context.fetched(self.artifact) / "bin" / "initdb"), "--pgdata", str(new), "--username", SUPERUSER),
            *("--pwfile", str(_password_file(data)), "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"),
        )
        done = subprocess.run(command, cwd=data, capture_output=True, text=True, check=False)
        if done.returncode:
            raise StackError(f"PostgreSQL's data folder could not be prepared: {(done.stderr or done.stdout).strip()[-400:]}")
        new.rename(cluster)

    def programs(self, context: Context) -> list[Program]:
        assert self.artifact is not None
        data = context.data_dir(self.name)
        return [
            Program(
                name="postgres",
                command=as_nobody(
                    *(str(context.fetched(self.artifact) / "bin" / "postgres"), "-D", str(data / "cluster")),
                    *("-c", f"config_file={context.config_dir(self.name) / 'postgresql.conf'}"),
                ),
                directory=data,
                ports=(Port(context.ports["POSTGRES_PORT"], "POSTGRES_PORT"),),
                # On SIGTERM it would wait until every client has gone.
                stop_signal="INT",
                fingerprint=_render(context),
            )
        ]

    def probe(self, env: Environment) -> str | None:
        superuser = _superuser(env)
        if superuser:
            # The roles come with `declare`.
            return unready(superuser + "/postgres")
        reasons = {name: unready(env[name]) for name in self._variables(ROOT) if env.get(name)}
        return next((f"{name}: {reason}" for name, reason in reasons.items() if reason), None)

    def declare(self, env: Environment, contracts: Contracts, say: Callable[[str], None]) -> None:
        database = load_database(contracts.folder)
        if database is None:
            raise StackError(f"{contracts.case} needs postgres, but services/{contracts.case}/postgres/database.yaml does not exist.")
        superuser = _superuser(env)
        if superuser:
            apply(superuser, database, say)
        else:
            check(env, database)

    def report(self, env: Environment) -> list[str]:
        lines = []
        for database in load_databases(ROOT):
            url = env.get(database.roles[0].variable)
            try:
                lines += [slot.line for slot in read_slots(url)] if url else []
            except psycopg.Error as error:
                lines.append(f"slots of {database.name} cannot be read: {sentence(error)}")
        return lines

    def troubles(self, env: Environment) -> list[str]:
        known = [(env.get(database.roles[0].variable), database.slots) for database in load_databases(ROOT)]
        return [line for url, slots in known if url for line in slot_troubles(url, slots)]


def _render(context: Context) -> str:
    return Template((_FOLDER / "postgresql.conf").read_text()).substitute(
        port=context.ports["POSTGRES_PORT"],
        hba=context.config_dir("postgres") / "pg_hba.conf",
        slot_bound_mb=context.settings.get("POSTGRES_SLOT_BOUND_MB", _SLOT_BOUND_MB),
    )


def _password_file(data: Path) -> Path:
    """The superuser's password: made at random, kept with the data, and in no variable that a service gets."""
    return data / "superuser.password"


def _superuser(env: Environment) -> str | None:
    """The superuser's address on the server that the launcher runs, without a database; None where it runs elsewhere."""
    file = _password_file(Path(env["STACK_DIR"]) / "data" / "postgres")
    if not env.get("POSTGRES_PORT") or not file.exists():
        return None
    return f"postgresql://{SUPERUSER}:{file.read_text()}@127.0.0.1:{env['POSTGRES_PORT']}"


COMPONENT = Postgres()
