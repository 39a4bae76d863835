"""The load test itself, against a server whose answers take a while."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
ANSWER_SECONDS = 0.1
FINE, MISSING, REFUSED = "GET /fine/{number}", "GET /missing", "POST /refused"
WIDE = {"errors": 0.5, "p50": 20_000, "p95": 20_000, "p99": 20_000}
WIDE_CALLS = dict.fromkeys((FINE, MISSING, REFUSED), WIDE)


class Slow(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    refused_below = 3
    """Each caller's first two are, and no others."""
    turn: Any = nullcontext()
    answer_seconds = ANSWER_SECONDS

    def do_GET(self) -> None:
        self._answer(404 if self.path == "/missing" else 200, b'{"refused": null}')

    def do_POST(self) -> None:
        refused = json.loads(self.rfile.read(int(self.headers["content-length"])))["number"] < self.refused_below
        self._answer(202, json.dumps({"refused": "not today" if refused else None}).encode())

    def _answer(self, status: int, body: bytes) -> None:
        with self.turn:
            threading.Event().wait(self.answer_seconds)
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 100


@pytest.fixture
def port() -> Iterator[int]:
    with Server(("127.0.0.1", 0), Slow) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def start(folder: Path, port: int, calls: dict[str, Any], *options: str) -> subprocess.Popen[str]:
    document = {"calls": calls, "total": WIDE, "caught_up_seconds": 5}
    (folder / "thresholds.yaml").write_text(yaml.safe_dump(document))
    return subprocess.Popen(
        [sys.executable, "-m", "tests.unit.loadtests.slow_case", str(folder), "--warm-up", "0.5", "--seed", "7", *options],
        env={**os.environ, "SLOW_SLOW_PORT": str(port), "STACK_DIR": str(folder)},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def load(folder: Path, port: int, thresholds: dict[str, Any], *options: str) -> tuple[int, str, Any]:
    """Exit code, what it printed, and its results."""
    process = start(folder, port, WIDE_CALLS | thresholds, *options)
    told, _ = process.communicate(timeout=100)
    written = sorted((folder / "results" / "slow" / "load").glob("*.json"))
    return process.returncode, told, json.loads(written[0].read_text()) if written else None


def test_arrivals_stay_open_while_answers_are_slow_and_planted_errors_are_missed(tmp_path: Path, port: int) -> None:
    strict = {FINE: WIDE | {"errors": 0}, REFUSED: WIDE | {"errors": 0, "p50": 20}}
    code, told, results = load(tmp_path, port, strict, "--rate", "60", "--seconds", "3")
    assert code == 1, told
    step = results["steps"][0]
    assert 140 <= step["calls"]["total"]["count"] <= 220
    assert step["calls"][FINE]["p50_ms"] >= ANSWER_SECONDS * 1000
    assert step["calls"][FINE]["errors"] == step["calls"][MISSING]["errors"] == 0
    errors, made = step["calls"][REFUSED]["errors"], step["calls"][REFUSED]["count"]
    assert errors > 0
    failed, slow = step["missed"]
    assert failed.startswith(f"{REFUSED}: {errors} of {made} calls failed")
    assert slow.startswith(f"{REFUSED}: p50 ")
    assert step["calls"][REFUSED]["p50_ms"] >= ANSWER_SECONDS * 1000
    assert step["errors"] == {f"{REFUSED}: not today": errors}
    assert failed in told
    assert {path.suffix for path in (tmp_path / "results" / "slow" / "load").iterdir()} == {".json", ".html", ".csv"}


def test_the_limit_is_the_last_step_that_held(tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # One at a time, fifty a second: a hundred a second are more than it can bear.
    monkeypatch.setattr(Slow, "turn", threading.Lock())
    monkeypatch.setattr(Slow, "answer_seconds", 0.02)
    monkeypatch.setattr(Slow, "refused_below", 0)
    bounds = {name: {**WIDE, "p50": 500} for name in (FINE, MISSING, REFUSED)}
    code, told, results = load(tmp_path, port, bounds, "--rate", "10", "--step", "90", "--step-seconds", "2", "--up-to", "1000")
    assert code == 0, told
    assert [(step["rate_per_second"], step["held"]) for step in results["steps"]] == [(10, True), (100, False), (100, False)]
    assert results["limit_per_second"] == 10
    assert "The limit lies at 10 calls a second. Above it, " in told


def test_a_threshold_for_a_call_that_does_not_exist_is_told_before_anything_is_sent(tmp_path: Path, port: int) -> None:
    code, told, results = load(tmp_path, port, {"GET /fnie": WIDE})
    assert (code, results) == (1, None)
    assert told.strip() == f"thresholds.yaml: there is no call 'GET /fnie' (there are: {FINE}, {MISSING}, {REFUSED})"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_can_be_interrupted_at_any_time(tmp_path: Path, port: int, number: signal.Signals) -> None:
    process = start(tmp_path, port, WIDE_CALLS, "--rate", "20", "--seconds", "600")
    assert process.stdout is not None
    assert process.stdout.readline().startswith("seed 7; warming up")
    process.send_signal(number)
    told, _ = process.communicate(timeout=100)
    assert (process.returncode, told.strip()) == (130, "Interrupted: what was sent stays, nothing else does.")


def test_locusts_page_is_served_until_ctrl_c(tmp_path: Path, port: int) -> None:
    page_port = free_port()
    process = start(tmp_path, port, WIDE_CALLS, "--web", "--web-port", str(page_port))
    assert process.stdout is not None
    assert process.stdout.readline().startswith(f"http://127.0.0.1:{page_port}: a 'user' there is one call a second")
    with urlopen(f"http://127.0.0.1:{page_port}/", timeout=100) as answer:
        assert b"locust" in answer.read().lower()
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=100)
    assert (process.returncode, told.strip()) == (0, "")


def test_a_port_that_is_taken_is_named_with_the_mend(tmp_path: Path, port: int) -> None:
    process = start(tmp_path, port, WIDE_CALLS, "--web", "--web-port", str(port))
    told, _ = process.communicate(timeout=100)
    assert (process.returncode, told.strip()) == (1, f"Port {port} is taken: name another, ARGS='--web --web-port {port + 1}'.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
