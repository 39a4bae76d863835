"""A load test of a case: viewers of Locust's, arrivals that stay open, thresholds, and the search for the limit.

A case adds a locustfile (a subclass of Arrivals), thresholds.yaml, and a `load.py` that gives both to `main`.
"""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import gevent
from locust.env import Environment

from loadtests.arrivals import Arrivals
from loadtests.catch_up import Views
from loadtests.cpu import CpuMeter
from loadtests.limit import Step, climb, held_at, rates
from loadtests.machine import machine
from loadtests.report import Results, print_limit, print_step, print_verdict
from loadtests.thresholds import Thresholds, ThresholdsError, read_thresholds
from loadtests.window import Window, percentile
from shared.arguments import above_zero
from shared.settings import service_url

SPAWNED_A_SECOND = 100
ANSWERS_WITHIN_SECONDS = 30.0
"""After the last call was due; what is under way then is given up, and an error."""
REASONS_TOLD = 5


def require_ready(case: str, services: Collection[str]) -> None:
    """Raises LookupError with a sentence where one of a case's services is not."""
    for service in services:
        url = service_url(case, service)
        try:
            with urlopen(f"{url}/health/ready", timeout=10):
                pass
        except (URLError, OSError) as error:
            raise LookupError(f"{service} is not ready at {url} ({error}): see 'make status'.") from error


@dataclass(frozen=True)
class LoadTest:
    """What a case brings."""

    case: str
    users: type[Arrivals]
    calls: Collection[str]
    """The names of all that `users` call."""
    thresholds: Path
    default_rate: int
    prepare: Callable[[], object]
    """Called once before the load; raises LookupError with a sentence where the case is in no state for it."""


class Load:
    """Locust, driven step by step."""

    def __init__(self, test: LoadTest, thresholds: Thresholds, environment: Environment, views: Views) -> None:
        self._users, self._thresholds, self._environment, self._views = test.users, thresholds, environment, views
        self._meter = CpuMeter(Path(os.environ["STACK_DIR"]), test.case)
        self.never_made: list[str] = []

    def warm_up(self, rate: int, seconds: float) -> None:
        """At a rate that rises evenly; not counted. Returns once the views have caught up, too."""
        Arrivals.paused = False
        self._spawn(rate, min(SPAWNED_A_SECOND, rate / max(1.0, seconds)))
        Arrivals.paused = True
        self._drain()
        self._views.caught_up()
        self._environment.stats.reset_all()

    def step(self, rate: float, seconds: float) -> Step:
        """Returns once all has been answered, or given up, and the views have caught up, or not in time."""
        Arrivals.paused = True
        self._spawn(round(rate), SPAWNED_A_SECOND)
        window = Window()
        self._meter.start()
        Arrivals.window, Arrivals.paused = window, False
        gevent.sleep(seconds)
        Arrivals.paused = True
        answered = sum(map(len, window.delays.values()))
        cores = self._meter.stop()
        self._drain()
        caught_up = self._views.caught_up()
        Arrivals.window = None
        figures = window.figures()
        self.never_made = self._thresholds.never_made(figures)
        missed = self._thresholds.missed(figures) + self._thresholds.behind(caught_up.seconds)
        reasons = dict(window.reasons.most_common(REASONS_TOLD))
        late = percentile(sorted(window.late), 99)
        return Step(rate, seconds, answered, figures, tuple(missed), reasons, cores, caught_up.seconds, caught_up.behind, late)

    def _spawn(self, users: int, a_second: float) -> None:
        runner = self._environment.runner
        assert runner is not None
        runner.start(users, a_second)
        runner.spawning_greenlet.join()

    def _drain(self) -> None:
        self._users.under_way.join(ANSWERS_WITHIN_SECONDS)
        self._users.under_way.kill()


def main(test: LoadTest, open_views: Callable[[str], Views] = Views) -> int:
    """0 where the thresholds held (stepping: at the first rate), 1 with a sentence for each that did not."""
    options = _options(test)
    for number in (signal.SIGINT, signal.SIGTERM):
        # Python's own handler would strike whichever greenlet runs.
        gevent.signal_handler(number, gevent.kill, gevent.getcurrent(), KeyboardInterrupt)
    try:
        thresholds = read_thresholds(test.thresholds, test.calls)
        test.prepare()
        Arrivals.seed = options.seed
        environment = Environment(user_classes=[test.users], locustfile=f"loadtests/{test.case}/locustfile.py")
        environment.create_local_runner()
        return _serve(environment, options.web_port) if options.web else _run(test, thresholds, environment, options, open_views(test.case))
    except (ThresholdsError, LookupError, OSError) as error:
        print(error.args[0] if isinstance(error, LookupError) else error)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted: what was sent stays, nothing else does.")
        return 130


def _run(test: LoadTest, thresholds: Thresholds, environment: Environment, options: argparse.Namespace, views: Views) -> int:
    about: dict[str, Any] = {"case": test.case, "machine": machine(), "seed": options.seed}
    stepping = options.step is not None
    first = options.rate or (options.step if stepping else test.default_rate)
    try:
        load = Load(test, thresholds, environment, views)
        started = time.monotonic()
        print(f"seed {options.seed}; warming up for {options.warm_up:g} s, up to {first:g} calls a second", flush=True)
        load.warm_up(round(first), options.warm_up)
        results = Results(environment, test.case, "limit" if stepping else "load")
        steps: list[Step] = []
        if stepping:
            up = climb(lambda rate: load.step(rate, options.step_seconds), rates(first, options.step, options.up_to))
        else:
            up = (load.step(rate, options.seconds) for rate in [first])
        for step in up:
            steps.append(step)
            print_step(step, detailed=not stepping)
        never_made = [] if stepping else load.never_made
        held = held_at(steps, first) and not never_made
        results.write(about, steps, never_made)
        print_limit(steps, options.up_to) if stepping else print_verdict(steps[0], never_made)
        print(f"{time.monotonic() - started:.0f} s; written to {results.folder}")
        return 0 if held else 1
    finally:
        Arrivals.paused = True
        environment.runner.quit()
        views.close()


def _serve(environment: Environment, port: int) -> int:
    """Locust's own page, until Ctrl-C; it holds no thresholds."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise OSError(f"Port {port} is taken: name another, ARGS='--web --web-port {port + 1}'.") from None
    sys.argv[1:] = []  # the page reads Locust's own options there
    page = environment.create_web_ui("127.0.0.1", port)
    environment.events.init.fire(environment=environment, runner=environment.runner, web_ui=page)
    while not (page.greenlet.ready() or (page.server and page.server.started)):
        gevent.sleep(0.05)
    print(f"http://127.0.0.1:{port}: a 'user' there is one call a second, so their number is the rate. Ctrl-C ends it.", flush=True)
    try:
        page.greenlet.join()
    except KeyboardInterrupt:
        print()
    finally:
        environment.runner.quit()
        page.stop()
    return 0


def _options(test: LoadTest) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"make load-{test.case}", description="Load, with its thresholds. Rates are calls a second.")
    parser.add_argument("--rate", type=_positive, help=f"default: {test.default_rate}; with --step: the first rate, default: the step")
    parser.add_argument("--seconds", type=_positive, default=50.0)
    parser.add_argument("--warm-up", type=_positive, default=40.0, metavar="SECONDS", help="at a rising rate, not counted")
    parser.add_argument("--step", type=_positive, metavar="RATE", help="find the limit: higher by this much each time")
    parser.add_argument("--step-seconds", type=_positive, default=20.0)
    parser.add_argument("--up-to", type=_positive, default=1500.0, metavar="RATE")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31), help="of who calls what and when; default: another each time")
    parser.add_argument("--web", action="store_true", help="Locust's page instead")
    parser.add_argument("--web-port", type=int, default=8089)
    options = parser.parse_args()
    if options.step and (options.rate or options.step) > options.up_to:
        parser.error(f"the first rate is above --up-to {options.up_to:g}")
    return options


def _positive(text: str) -> float:
    return above_zero(text, f"{text!r} is no number above 0")
