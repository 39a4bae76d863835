"""One call of a load test, before it is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple


class Call(NamedTuple):
    """What a client asks of a service of the case."""

    service: str
    """As stack.yaml names it."""
    name: str
    """Method and path as the API declares it, as in `GET /v1/shows/{show_id}`: what thresholds and results go by."""
    path: str
    body: Any = None
    """Sent as JSON."""
    headers: Mapping[str, str] = MappingProxyType({})
    """Beside those of its body."""
    may_be_missing: bool = False
    """Whether 404 is an answer like any other."""
    trouble: Callable[[Mapping[str, Any]], str | None] | None = None
    """Why an answer with a good status is an error all the same, judged by its JSON; None where it is good."""

    @property
    def method(self) -> str:
        return self.name.partition(" ")[0]
