from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from shared import job
from shared.health import Health
from shared.job import run_job
from shared.settings import ServiceSettings


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Logs as pytest has them, and the signals as they were."""
    monkeypatch.setattr(job, "configure_logging", lambda *_: None)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_work_which_gets_to_put_its_things_away(number: signal.Signals) -> None:
    steps: list[str] = []

    async def work(health: Health) -> None:
        steps.append("begun")
        try:
            os.kill(os.getpid(), number)
            await asyncio.Event().wait()
        finally:
            steps.append("ended")

    run_job(ServiceSettings(), work)
    assert steps == ["begun", "ended"]


def test_work_that_fails_ends_the_process_with_1() -> None:
    async def work(health: Health) -> None:
        raise OSError("a defect")

    with pytest.raises(SystemExit) as error:
        run_job(ServiceSettings(), work)
    assert error.value.code == 1


def test_work_adds_its_checks_to_a_health_that_is_live() -> None:
    seen: list[dict[str, str]] = []

    async def work(health: Health) -> None:
        health.add_ready("tables", lambda: "away")
        seen.extend([health.live(), health.ready()])
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()

    run_job(ServiceSettings(), work)
    assert seen == [{}, {"tables": "away"}]
