"""The load test itself, against a server whose answers take a while."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
ANSWER_SECONDS = 0.1
FINE, MISSING, REFUSED = "GET /fine/{number}", "GET /missing", "POST /refused"
WIDE = {"errors": 0.5, "p50": 1000, "p95": 2000, "p99": 3000}


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


def load(folder: Path, port: int, thresholds: dict[str, Any], *options: str) -> tuple[int, str, Any]:
    """Exit code, what it printed, and its results."""
    calls = dict.fromkeys((FINE, MISSING, REFUSED), WIDE) | thresholds
    document = {"calls": calls, "total": WIDE, "caught_up_seconds": 5}
    (folder / "thresholds.yaml").write_text(yaml.safe_dump(document))
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.loadtests.slow_case", str(folder), "--warm-up", "0.5", "--seed", "7", *options],
        env={**os.environ, "SLOW_SLOW_PORT": str(port), "STACK_DIR": str(folder)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    written = sorted((folder / "results" / "slow" / "load").glob("*.json"))
    return done.returncode, done.stdout + done.stderr, json.loads(written[0].read_text()) if written else None


def test_arrivals_stay_open_while_answers_are_slow_and_planted_errors_are_missed(tmp_path: Path, port: int) -> None:
    strict = {FINE: {"errors": 0, "p50": 1000, "p95": 2000, "p99": 3000}, REFUSED: {"errors": 0, "p50": 20, "p95": 2000, "p99": 3000}}
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
    assert slow.startswith(f"{REFUSED}: p50 1")
    assert step["errors"] == {f"{REFUSED}: not today": errors}
    assert failed in told
    assert {path.suffix for path in (tmp_path / "results" / "slow" / "load").iterdir()} == {".json", ".html", ".csv"}


def test_the_limit_is_the_last_step_that_held(tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # One at a time, fifty a second: a hundred a second are more than it can bear.
    monkeypatch.setattr(Slow, "turn", threading.Lock())
    monkeypatch.setattr(Slow, "answer_seconds", 0.02)
    monkeypatch.setattr(Slow, "refused_below", 0)
    bounds = {name: {**WIDE, "p50": 250} for name in (FINE, MISSING, REFUSED)}
    code, told, results = load(tmp_path, port, bounds, "--rate", "10", "--step", "90", "--step-seconds", "2", "--up-to", "1000")
    assert code == 0, told
    assert [(step["rate_per_second"], step["held"]) for step in results["steps"]] == [(10, True), (100, False), (100, False)]
    assert results["limit_per_second"] == 10
    assert "The limit lies at 10 calls a second. Above it, " in told


def test_a_threshold_for_a_call_that_does_not_exist_is_told_before_anything_is_sent(tmp_path: Path, port: int) -> None:
    code, told, results = load(tmp_path, port, {"GET /fnie": WIDE})
    assert (code, results) == (1, None)
    assert told.strip() == f"thresholds.yaml: there is no call 'GET /fnie' (there are: {FINE}, {MISSING}, {REFUSED})"
