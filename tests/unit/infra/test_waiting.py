from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path

import pytest

from infra.local.errors import StackError
from infra.local.supervise import ProcessState
from infra.local.waiting import Part, wait_healthy


class Supervision:
    """A supervisor whose programs have the states that a test gives."""

    def __init__(self, folder: Path, state: Callable[[], ProcessState] | None = None) -> None:
        self._folder = folder
        self._state = state
        self.stopped: list[str] = []

    def states(self) -> dict[str, ProcessState]:
        return {"worker": self._state()} if self._state else {}

    def stop(self, names: Iterable[str]) -> None:
        self.stopped += names

    def log(self, name: str) -> Path:
        return self._folder / f"{name}.log"


def state(name: str, pid: int) -> ProcessState:
    return ProcessState("worker", name, pid, 0.0, "")


def test_waiting_ends_when_every_part_is_healthy(tmp_path: Path) -> None:
    answers = iter(["starting", "starting", None])
    wait_healthy([Part("slow", lambda: next(answers), 30), Part("fast", lambda: None, 30)], Supervision(tmp_path))
    assert next(answers, "all asked") == "all asked"


def test_a_part_that_misses_its_deadline_is_told_with_its_reason_and_the_end_of_its_log(tmp_path: Path) -> None:
    lines = [f"line {n}" for n in range(50)]
    (tmp_path / "worker.log").write_text("\n".join(lines))
    with pytest.raises(StackError) as raised:
        wait_healthy([Part("the worker", lambda: "no database", -1, ("worker",))], Supervision(tmp_path))
    text = str(raised.value)
    assert "the worker did not start: it is not healthy after" in text
    assert "no database" in text
    assert "line 35" in text
    assert "line 34" not in text
    assert "make logs SERVICE=worker" in text


def test_a_worker_that_works_off_a_backlog_is_waited_for_however_long_it_takes(tmp_path: Path) -> None:
    answers = iter([*(f"partitions: {behind} records behind" for behind in range(90_000, 10_000, -10_000)), None])
    wait_healthy([Part("worker", lambda: next(answers), 0.5)], Supervision(tmp_path))
    assert next(answers, "all asked") == "all asked"


def test_a_worker_whose_backlog_stays_or_grows_misses_its_deadline(tmp_path: Path) -> None:
    behind = count(20_000)
    with pytest.raises(StackError, match="not healthy after"):
        wait_healthy([Part("worker", lambda: f"partitions: {next(behind)} records behind", 0.5)], Supervision(tmp_path))


def test_the_log_is_shown_without_the_frames_of_a_stack_trace(tmp_path: Path) -> None:
    frames = "\n".join(f"\tat org.example.Server.start(Server.java:{n})" for n in range(100))
    (tmp_path / "worker.log").write_text(f"Caused by: java.net.BindException: Address already in use\n{frames}\n\t... 4 more\n")
    with pytest.raises(StackError, match="Address already in use"):
        wait_healthy([Part("worker", lambda: "no", -1, ("worker",))], Supervision(tmp_path))


def test_a_process_that_starts_again_and_again_is_given_up_and_stopped(tmp_path: Path) -> None:
    pids = count(100)
    supervision = Supervision(tmp_path, lambda: state("RUNNING", next(pids)))
    with pytest.raises(StackError, match="ends again and again"):
        wait_healthy([Part("worker", lambda: "no answer", 60, ("worker",))], supervision)
    assert supervision.stopped == ["worker"]


def test_a_process_that_supervisor_has_given_up_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="ends again and again"):
        wait_healthy([Part("worker", lambda: "no", 60, ("worker",))], Supervision(tmp_path, lambda: state("FATAL", 0)))


def test_a_server_elsewhere_that_does_not_answer_points_to_the_env_file(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"cannot be used: .*401.* check its address and credentials in \.env"):
        wait_healthy([Part("elasticsearch at https://es", lambda: "answers 401", -1)], Supervision(tmp_path))
