"""The command line of a case's benchmarks: which, how many rounds, on servers of their own."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from loadtests.bench.comparison import BenchError, Comparison, Figures, take_turns
from loadtests.bench.results import print_table, write
from loadtests.bench.world import World, open_world
from loadtests.machine import machine
from tests.stack import OwnStack

Benchmark = Callable[[World, float], Comparison]
"""Prepares what its competitors need; `scale` shortens or lengthens their turns."""


def main(case: str, benchmarks: Mapping[str, Benchmark], description: str) -> int:
    """0 where every goal is kept, 1 where one is not or nothing could be measured."""
    parser = argparse.ArgumentParser(
        prog=f"make bench-{case}", description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default=",".join(benchmarks), metavar="NAME,NAME", help=f"of {', '.join(benchmarks)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0, help="turns that many times as long")
    options = parser.parse_args()
    names = options.only.split(",")
    if unknown := sorted(set(names) - set(benchmarks)):
        parser.error(f"there is no benchmark {unknown[0]!r}: there are {', '.join(benchmarks)}")
    started = time.monotonic()
    about = {"machine": machine(), "rounds": options.rounds, "scale": options.scale}
    stack = OwnStack(case, services=())
    results: dict[str, tuple[Comparison, Mapping[str, Figures]]] = {}
    failures: list[str] = []
    try:
        print("starting servers of its own", flush=True)
        stack.start()
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            world = open_world(stack, Path(folder))
            for name in names:
                try:
                    comparison = benchmarks[name](world, options.scale)
                    results[name] = (comparison, take_turns(comparison, options.rounds, lambda line: print(line, flush=True)))
                    print_table(*results[name])
                except BenchError as error:
                    failures.append(f"{name}: {error}")
                    print(failures[-1], flush=True)
    except BenchError as error:
        failures.append(str(error))
        print(error)
    except KeyboardInterrupt:
        failures.append("interrupted")
    finally:
        stack.remove()
    if results:
        # What was measured in part does not replace what was measured as a whole.
        folder = write(case, about, results, "bench" if len(results) == len(benchmarks) else f"bench-{'-'.join(results)}")
        print(f"\n{about['machine']['cpu']}, {about['machine']['cores']} cores; written to {folder}")
    print(f"{time.monotonic() - started:.0f} s")
    kept = all(goal.kept(figures) for comparison, figures in results.values() for goal in comparison.goals)
    return 0 if kept and not failures else 1
