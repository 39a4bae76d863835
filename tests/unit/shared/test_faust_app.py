"""What every faust application here is made with; that it suffices is shown by faults on real servers (tests/chaos)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace

import faust
import pytest
from faust.types import TP

from shared.settings import ServiceSettings
from shared.streams import faust_app
from shared.streams.faust_app import SETTLE_SECONDS, create_faust_app


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ServiceSettings:
    monkeypatch.setenv("STACK_DIR", str(tmp_path))
    return ServiceSettings()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    seen: list[float] = []

    async def sleep(seconds: float) -> None:
        seen.append(seconds)

    monkeypatch.setattr(faust_app, "asyncio", SimpleNamespace(sleep=sleep))
    return seen


def revoke(app: faust.App, *partitions: TP) -> None:
    asyncio.run(app.on_partitions_revoked.send(set(partitions)))


def test_fetches_end_before_partitions_go(settings: ServiceSettings, pauses: list[float]) -> None:
    revoke(create_faust_app("test", settings), TP("source", 0))
    assert SETTLE_SECONDS in pauses


def test_a_worker_that_has_no_partitions_yet_does_not_wait_for_fetches(settings: ServiceSettings, pauses: list[float]) -> None:
    revoke(create_faust_app("test", settings))
    assert SETTLE_SECONDS not in pauses


def test_only_a_table_on_disk_has_standby_copies_since_one_in_memory_is_read_anew_all_the_same(settings: ServiceSettings) -> None:
    assert create_faust_app("memory", settings).conf.table_standby_replicas == 0
    assert create_faust_app("disk", settings, store="rocksdb://").conf.table_standby_replicas == 1


def test_tables_start_at_once_since_none_is_declared_late(settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_faust_app("test", settings)
    done: list[str] = []

    async def note(what: object = "paused") -> None:
        done.append(str(what))

    monkeypatch.setattr(app.tables, "sleep", note)
    monkeypatch.setattr(app.tables, "_update_channels", lambda: note("channels"))
    monkeypatch.setattr(type(app.tables), "recovery", SimpleNamespace(start=lambda: note("recovery")))
    asyncio.run(app.tables.on_start())
    assert done == ["channels", "recovery"]
