"""Benchmarks: turns, medians, goals, and what is written of them."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import xml.etree.ElementTree
from pathlib import Path

import psutil
import pytest

from loadtests.bench import results
from loadtests.bench.bulk import BATCH, RecordingElasticsearch
from loadtests.bench.chart import chart
from loadtests.bench.comparison import BenchError, Comparison, Figures, Goal, Sample, share, take_turns
from loadtests.bench.counting.engines import quix_streams
from loadtests.bench.http import http, request
from loadtests.bench.process import Command, measure, spent
from loadtests.bench.world import free_port
from loadtests.movieflix.benchmarks.alone import RecordingValkey
from loadtests.movieflix.benchmarks.events import positions
from services.movieflix.analytics_sink.handler import AnalyticsHandler
from services.movieflix.analytics_sink.store import ElasticsearchAnalytics
from services.movieflix.contracts.topics import SHOW_POSITION
from services.movieflix.resume_projector.domain import by_user_and_show
from services.movieflix.resume_projector.store import ResumeView
from shared.consumer.handler import Record


def figures(rate: float, cpu_us: float = 10.0) -> Figures:
    return Figures.of([Sample(rate, cpu_us)])


def test_competitors_take_turns_and_another_begins_each_round_after_one_turn_that_does_not_count() -> None:
    order: list[str] = []
    rates = {"a": iter([99.0, 1.0, 9.0, 2.0]), "b": iter([4.0, 4.0, 4.0])}

    def competitor(name: str) -> object:
        def run(_: int) -> Sample:
            order.append(name)
            return Sample(next(rates[name]), 1.0)

        return run

    taken = take_turns(Comparison("x", "X", {"a": competitor("a"), "b": competitor("b")}), 3, lambda _: None)  # type: ignore[dict-item]
    assert order == ["a", "a", "b", "b", "a", "a", "b"]
    assert (taken["a"].rate, taken["a"].rates) == (2.0, (1.0, 9.0))


def test_a_goal_is_held_against_the_slowest_of_the_others() -> None:
    goal = Goal("chain", share("chain", "fast", "slow"), 0.8)
    assert goal.kept({"fast": figures(100), "slow": figures(50), "chain": figures(40)})
    assert not goal.kept({"fast": figures(100), "slow": figures(50), "chain": figures(39)})


def test_less_is_better_where_the_goal_says_so() -> None:
    goal = Goal("cpu", lambda f: f["a"].cpu_us / f["b"].cpu_us, 1.0, at_most=True)
    assert goal.kept({"a": figures(1, 8), "b": figures(1, 9)})
    assert not goal.kept({"a": figures(1, 10), "b": figures(1, 9)})


def test_document_and_chart_have_every_competitor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    comparison = Comparison("x", "A & B", {}, [Goal("b <of> a", share("b", "a"), 0.8)])
    made = {"x": (comparison, {"a": figures(100), "b": figures(50)})}
    folder = results.write("case", {"rounds": 3}, made)
    document = json.loads((folder / "bench.json").read_text())
    assert document["comparisons"]["x"]["competitors"]["b"]["ratio"] == 0.5
    assert document["comparisons"]["x"]["goals"] == [{"goal": "b <of> a", "value": 0.5, "bound": 0.8, "kept": False}]
    text = "".join(xml.etree.ElementTree.fromstring(chart(made)).itertext())
    assert "A & B" in text
    assert "50/s" in text


WORKER = """
import time, sys, pathlib
done, file = 0, pathlib.Path(sys.argv[1])
end = time.monotonic() + 60
while time.monotonic() < end:
    busy = time.process_time() + 0.004
    while time.process_time() < busy: pass
    time.sleep(0.004)
    done += 10
    file.write_text(str(done))
"""


def test_a_process_is_measured_in_the_middle_of_its_work(tmp_path: Path) -> None:
    file = tmp_path / "done"

    seen: list[tuple[float, float]] = []

    def progress() -> float:
        seen.append((time.monotonic(), float(file.read_text() or 0) if file.exists() else 0.0))
        return seen[-1][1]

    sample = measure([Command([sys.executable, "-c", WORKER, str(file)])], progress, 1000, tmp_path)
    first, last = next(look for look in seen if look[1] >= 200), seen[-1]
    # How fast it is is the machine's: what is measured is what it did from a fifth of its work on.
    assert sample.rate == pytest.approx((last[1] - first[1]) / (last[0] - first[0]), rel=0.2)
    assert sample.rate < 1300
    assert 300 < sample.cpu_us < 800


def test_a_process_that_ends_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="no such thing"):
        measure([Command([sys.executable, "-c", "raise SystemExit('no such thing')"])], lambda: 0.0, 10, tmp_path)


SERVER = """
import asyncio, sys
async def serve(reader, writer):
    try:
        while True:
            await reader.readuntil(b"\\r\\n\\r\\n")
            writer.write(b"HTTP/1.1 %b OK\\r\\ncontent-length: 2\\r\\n\\r\\n{}" % sys.argv[2].encode())
    except asyncio.IncompleteReadError:
        pass
async def main():
    async with await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1])) as server:
        await server.serve_forever()
asyncio.run(main())
"""


def server(status: int) -> tuple[Command, int]:
    port = free_port()
    return Command([sys.executable, "-c", SERVER, str(port), str(status)]), port


def test_answers_are_counted_and_another_status_fails_the_measurement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadtests.bench.http.WARM_UP_SECONDS", 0.2)
    monkeypatch.setattr("loadtests.bench.http.SECONDS", 1.0)
    requests = [request("GET", f"/{number}") for number in range(3)]
    sample = http(lambda: server(200), requests, tmp_path, status=200, connections=4, events=5)(0)
    assert sample.rate > 100
    assert sample.cpu_us > 0
    with pytest.raises(BenchError, match="203"):
        http(lambda: server(203), requests, tmp_path, status=202, connections=4)(0)


def test_a_free_port_can_be_listened_on() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", free_port()))


def test_what_the_stores_are_sent_alone_is_what_projector_and_sink_would_send() -> None:
    events = positions(BATCH, "x")
    redis, elasticsearch = RecordingValkey(), RecordingElasticsearch()
    ResumeView(redis).apply(by_user_and_show(events))  # type: ignore[arg-type]
    assert len(redis.commands) == len({(event.user_id, event.show_id) for event in events})
    records = [Record(SHOW_POSITION.name, 0, i, None, event) for i, event in enumerate(events)]
    assert AnalyticsHandler(ElasticsearchAnalytics(elasticsearch)).handle(records) == []  # type: ignore[arg-type]
    written = b"".join(named["body"] for _, named in elasticsearch.requests)
    assert all(event.event_id.encode() in written for event in events)


def test_the_other_engine_is_pinned_by_hashes_and_by_no_address() -> None:
    lock = Path(sys.modules[quix_streams.__module__].__file__ or "").with_name("quix.txt").read_text()
    assert "quixstreams==" in lock
    assert "--hash=sha256:" in lock
    assert "://" not in lock


def test_the_processor_time_of_a_child_that_has_ended_still_counts() -> None:
    burn = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    parent = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {burn!r}])\nprint(flush=True)\nsys.stdin.read()"
    with psutil.Popen([sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        # The kernel tells whole hundredths of user and of system time: 0.3 s may read 0.28.
        assert spent(process) > 0.25
        process.stdin.close()
