"""Processor time goes to the part that took it: instances of one component together, others by themselves."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from infra.local.processes import pid_folder
from loadtests.cpu import GENERATOR, OTHERS, CpuMeter
from shared.testing.eventually import eventually

BUSY, IDLE = "while True: pass", "input()"
ENOUGH_SECONDS = 1.0
"""Against which what the idle one takes to start is little, on any machine."""


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[dict[str, psutil.Process]]:
    """Two busy ones and one that waits, as programs of a stack in tmp_path."""
    started = {
        name: subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
        for name, code in {"kafka-1": BUSY, "kafka-2": BUSY, "case-idle": IDLE}.items()
    }
    pid_folder(tmp_path).mkdir(parents=True)
    for name, process in started.items():
        (pid_folder(tmp_path) / f"{name}.pid").write_text(f"{process.pid} 0")
    yield {name: psutil.Process(process.pid) for name, process in started.items()}
    for process in started.values():
        process.kill()
        process.communicate()


def test_busy_processes_are_told_from_idle_ones(tmp_path: Path, processes: dict[str, psutil.Process]) -> None:
    meter = CpuMeter(tmp_path, "case")
    meter.start()

    def worked() -> None:
        assert all(processes[name].cpu_times().user > ENOUGH_SECONDS for name in ("kafka-1", "kafka-2"))

    eventually(worked, within=60)
    cores = meter.stop()
    assert {"kafka", "idle", GENERATOR, OTHERS} == set(cores.parts)
    assert cores.parts["kafka"] > cores.busiest["kafka"] > 0
    assert cores.parts["kafka"] > 5 * cores.parts["idle"]
    assert 0 < cores.machine < cores.available * 1.5, "nothing is counted twice"


def test_a_process_that_ends_is_no_trouble(tmp_path: Path, processes: dict[str, psutil.Process]) -> None:
    meter = CpuMeter(tmp_path, "case")
    meter.start()
    processes["kafka-2"].kill()
    (pid_folder(tmp_path) / "valkey.pid").write_text("")
    assert "idle" in meter.stop().parts
