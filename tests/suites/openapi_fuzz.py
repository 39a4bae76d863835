"""Requests made from a service's own OpenAPI, good ones and bad ones: no answer is a 5xx, and every refusal is a problem document."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from tests.suites.bad_input import assert_problem

ENDLESS = ("/stream", "/events")
"""Answers that do not end."""

OPERATION = ("/health/", "/metrics")


def fuzz(schema: Any, call: Callable[[Any], Any], examples: int) -> list[str]:
    """Send `examples` requests of each kind to every operation; returns the operations. `call` sends one and gives its response."""
    tested = []
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path.startswith(OPERATION) or operation.path.endswith(ENDLESS):
            continue
        tested.append(operation.label)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _send(operation.as_strategy(generation_mode=mode), call, examples)
    return tested


def _send(cases: Any, call: Callable[[Any], Any], examples: int) -> None:
    # Derandomised: the same requests in every run, and no database of failures in the checkout.
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=cases)
    def send(case: Any) -> None:
        response = call(case)
        described = f"{case.method} {case.formatted_path} {case.query} {str(case.body)[:300]}"
        assert response.status_code < 500, f"{described}: {response.status_code} {response.text[:300]}"
        if response.status_code >= 400:
            headers = {name: value[0] if isinstance(value, list) else value for name, value in response.headers.items()}
            assert_problem(response.status_code, headers, response.content)

    with suppress(Unsatisfiable):  # a call without parameters cannot be denied
        send()


def openapi(document: dict[str, Any]) -> Any:
    return schemathesis.openapi.from_dict(document)
