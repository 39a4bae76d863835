"""Asks a service whether it is ready."""

from __future__ import annotations

import httpx

PROBE_SECONDS = 4.0
"""For the question whether a server is there: it is asked again."""
WORK_SECONDS = 30.0
"""For what the launcher has a server do: one that has just started does it for the first time, and the machine starts others."""


def unready(port: int) -> str | None:
    """None where GET /health/ready on the port answers 200, otherwise the service's reasons or why it does not answer."""
    try:
        response = httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=3, trust_env=False)
    except httpx.HTTPError as error:
        return f"no answer on port {port} ({error})"
    if response.is_success:
        return None
    try:
        body = response.json()
    except ValueError:
        return f"answers {response.status_code}"
    reasons = body.get("reasons", body) if isinstance(body, dict) else body
    if isinstance(reasons, dict):
        reasons = [f"{name}: {value}" for name, value in reasons.items()]
    return "; ".join(str(reason) for reason in reasons) if isinstance(reasons, list) else str(reasons)
