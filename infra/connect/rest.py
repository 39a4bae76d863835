"""The few calls of Kafka Connect's REST interface that the launcher and the watcher make."""

from __future__ import annotations

import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import quote

import httpx

from infra.local.errors import StackError
from infra.local.health import WORK_SECONDS

_REBALANCE_SECONDS = 20.0


@dataclass(frozen=True)
class ConnectorStatus:
    """A connector and its tasks as Connect sees them; `trace` is of the first part that failed, else empty."""

    name: str
    state: str
    tasks: tuple[str, ...]
    trace: str = ""

    @property
    def failed(self) -> bool:
        return "FAILED" in (self.state, *self.tasks)

    @property
    def running(self) -> bool:
        """Whether it works, all of it: a connector without a task reads nothing."""
        return self.state == "RUNNING" and bool(self.tasks) and set(self.tasks) == {"RUNNING"}

    @property
    def reason(self) -> str:
        """What it failed of: the trace's first line, and its deepest cause where that is another."""
        lines = [line.strip() for line in self.trace.splitlines() if line.strip()]
        if not lines:
            return ""
        causes = [line.removeprefix("Caused by: ") for line in lines if line.startswith("Caused by: ")]
        first = _without_package(lines[0])
        return first if not causes else f"{first} Cause: {_without_package(causes[-1])}"


def _without_package(line: str) -> str:
    name, separator, rest = line.partition(": ")
    return f"{name.rpartition('.')[2]}{separator}{rest}"


class Connect:
    """Raises httpx.HTTPError where Connect does not answer as it should."""

    def __init__(self, url: str, timeout: float = WORK_SECONDS) -> None:
        self._http = httpx.Client(base_url=url.rstrip("/") + "/", timeout=timeout, trust_env=False)

    def __enter__(self) -> Connect:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._http.close()

    def unready(self) -> str | None:
        """None where the worker is in its group and answers, otherwise why not; raises nothing."""
        try:
            response = self._http.get("health")
        except httpx.HTTPError as error:
            return f"Kafka Connect does not answer: {error}"
        if response.is_success:
            return None
        return f"Kafka Connect answers {response.status_code}: {_message(response)}"

    def statuses(self) -> list[ConnectorStatus]:
        """Every connector, by name."""
        found = self._get("connectors?expand=status")
        return [_status(name, entry["status"]) for name, entry in sorted(found.items())]

    def status(self, name: str) -> ConnectorStatus | None:
        """None where there is no such connector, or no worker has taken it yet."""
        response = self._http.get(f"connectors/{quote(name)}/status")
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        return _status(name, response.raise_for_status().json())

    def config(self, name: str) -> dict[str, str] | None:
        response = self._http.get(f"connectors/{quote(name)}/config")
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        found: dict[str, str] = response.raise_for_status().json()
        return found

    def configure(self, name: str, config: dict[str, str]) -> None:
        """Create or change a connector. StackError with Connect's words where it refuses the configuration."""
        # Connect asks the database while it checks the configuration.
        response = self._settled("PUT", f"connectors/{quote(name)}/config", json=config, timeout=2 * WORK_SECONDS)
        if response.status_code == httpx.codes.BAD_REQUEST:
            raise StackError(f"Kafka Connect refuses the connector {name}: {_message(response)}")
        response.raise_for_status()

    def restart(self, name: str) -> None:
        """Start again whatever of it has failed."""
        self._settled("POST", f"connectors/{quote(name)}/restart?includeTasks=true&onlyFailed=true").raise_for_status()

    def _settled(self, method: str, path: str, **options: Any) -> httpx.Response:
        """The answer once workers have shared their work out: until then Connect refuses changes."""
        until = time.monotonic() + _REBALANCE_SECONDS
        while True:
            response = self._http.request(method, path, **options)
            if response.status_code != httpx.codes.CONFLICT or time.monotonic() > until:
                return response
            time.sleep(0.2)

    def _get(self, path: str) -> Any:
        return self._http.get(path).raise_for_status().json()


def _status(name: str, document: dict[str, Any]) -> ConnectorStatus:
    parts = [document["connector"], *document["tasks"]]
    trace = next((part["trace"] for part in parts if part.get("trace") and part["state"] == "FAILED"), "")
    return ConnectorStatus(name, document["connector"]["state"], tuple(task["state"] for task in document["tasks"]), trace)


def _message(response: httpx.Response) -> str:
    try:
        return " ".join(str(response.json()["message"]).split())
    except (ValueError, KeyError, TypeError):
        return response.text[:300]
