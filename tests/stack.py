"""The stack that the tests start for themselves: free ports, a folder of its own, gone afterwards."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
OWN_STACK = "TESTS_OWN_STACK"
"""Set to 1 where the stack is the tests' own: they may kill its servers, and a missing server is a failure, not a skip."""

_ADDRESSES = (
    *("KAFKA_BOOTSTRAP_SERVERS", "SCHEMA_REGISTRY_URL", "ELASTICSEARCH_URL", "REDIS_URL", "CONNECT_URL"),
    *("MYBANK_DATABASE_URL", "MYBANK_REPLICATION_URL", "S3_ENDPOINT_URL", "HDFS_URL"),
)
"""Unset for the launcher: tests never write to servers that `.env` names."""

LOAD = ("viewers", "core-bank", "editors")
"""Services that make events by themselves: tests count what is in a topic."""


class OwnStack:
    """Started in the background by `start`, waited for by `ready`, removed by `remove` whatever happened between."""

    def __init__(self, case: str, environment: Mapping[str, str] | None = None, services: Sequence[str] | None = None) -> None:
        """`environment` is set for the launcher, as a user would in `.env`; `services` are all but LOAD where none are given."""
        self._case = case
        self.cases: set[str] = set()
        """Those that are up, or starting."""
        self._services = _services(case) if services is None else services
        self._environment = dict(environment or {})
        self._folder = Path(tempfile.mkdtemp(prefix="kafka-case-studies-tests-"))
        # Elasticsearch runs as nobody where root started it, and has to reach its files.
        self._folder.chmod(0o755)
        self._log = self._folder / "up.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def env_file(self) -> Path:
        return self._folder / "stack" / "stack.env"

    def start(self) -> None:
        self._up(self._case, self._services)

    def join(self, case: str) -> None:
        """Start a further case beside what is up; `ready` waits for it."""
        self._up(case, _services(case))

    def _up(self, case: str, services: Sequence[str]) -> None:
        self.cases.add(case)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._launcher("up", case, "--services", ",".join(services) or "none", "--free-ports"),
                cwd=ROOT,
                env=os.environ | dict.fromkeys(_ADDRESSES, "") | self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches this run only, which then stops the stack in order
            )

    def ready(self, deadline_seconds: float) -> str | None:
        """None once everything is healthy, otherwise what the launcher said."""
        assert self._process is not None
        try:
            code = self._process.wait(deadline_seconds)
        except subprocess.TimeoutExpired:
            code = -1
        if code == 0:
            return None
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-40:] or [f"the launcher ended with {code}"])

    def remove(self, keep_logs: Path | None = None) -> float:
        """Stop what runs and delete the folder; returns the seconds that it took. Harmless where nothing was started.

        `keep_logs` is the folder that the logs are moved to, in place of those of the run before.
        """
        started = time.monotonic()
        if self._process is not None:
            if self._process.poll() is None:
                self._process.terminate()
                try:
                    self._process.wait(15)
                except subprocess.TimeoutExpired:
                    self._process.kill()
            if keep_logs is not None:
                self._keep_logs(keep_logs)
            subprocess.run(self._launcher("clean"), cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, start_new_session=True)
        shutil.rmtree(self._folder, ignore_errors=True)
        return time.monotonic() - started

    def _keep_logs(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for log in self.logs():
            shutil.copy2(log, folder)

    def logs(self) -> list[Path]:
        return sorted((self._folder / "stack" / "logs").glob("*.log"))

    def _launcher(self, *arguments: str) -> tuple[str, ...]:
        return (sys.executable, "-m", "infra.local", *arguments, "--stack-dir", str(self._folder / "stack"))


def _services(case: str) -> list[str]:
    """All but those that make load, and those whose code is missing: an architecture test speaks of them."""
    document = yaml.safe_load((ROOT / "services" / case / "stack.yaml").read_text())
    return [entry["name"] for entry in document["services"] if entry["name"] not in LOAD and _exists(entry["module"])]


def _exists(module: str) -> bool:
    return importlib.util.find_spec(f"{module}.__main__") is not None if importlib.util.find_spec(module) else False


def environment(env_file: Path) -> dict[str, str]:
    """For pytest, on the tests' own stack."""
    return os.environ | {"STACK_ENV_FILE": str(env_file), OWN_STACK: "1"}
