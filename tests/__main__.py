"""`make test`: everything that holds this project together, from a clean checkout, with a stack of its own.

python -m tests                 all parts
python -m tests unit contract   only these
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree

from tests.browser import HOW, provide_browser
from tests.parts import PARTS, Part
from tests.stack import ROOT, OwnStack, environment

SETTINGS = {"MYBANK_WEBHOOK_HOSTS": "127.0.0.1"}
"""Of the stack: the receivers of the tests are on this machine."""
PAGE_TESTS = ("tests/e2e/*/test_page*.py", "tests/e2e/*/pages/*")
"""What needs a browser."""
PATIENCE_SECONDS = 900.0
"""For the stack: the first start on a machine fetches some 400 MB."""


class Run:
    """Counts and times over all parts; the last line is what continuous integration reads."""

    def __init__(self) -> None:
        self.passed = self.failed = self.skipped = 0
        self._lines: list[str] = []
        self._started = time.monotonic()

    def add(self, name: str, passed: int, failed: int, skipped: int, seconds: float) -> None:
        self.passed += passed
        self.failed += failed
        self.skipped += skipped
        self._lines.append(f"{name:<14}{passed:>7}{failed:>8}{skipped:>9}{seconds:>9.0f} s")

    def note(self, name: str, seconds: float) -> None:
        self._lines.append(f"{name:<38}{seconds:>9.0f} s")

    def report(self) -> None:
        print(f"\n{'part':<14}{'passed':>7}{'failed':>8}{'skipped':>9}{'time':>11}")
        print("\n".join(self._lines))
        print(f"{'all':<38}{time.monotonic() - self._started:>9.0f} s\n")
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests", description="Run the tests: all parts, or those named.")
    names = [part.name for part in PARTS]
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(f"{part.name} ({part.about})" for part in PARTS))
    chosen = parser.parse_args().parts or names
    if unknown := sorted(set(chosen) - set(names)):
        parser.error(f"there is no part {unknown[0]!r} (there are: {', '.join(names)})")
    # As Ctrl-C: the stack is stopped on the way out.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    run = Run()
    try:
        _run_parts([part for part in PARTS if part.name in chosen], run)
    except KeyboardInterrupt:
        print("\nInterrupted: the tests' own stack is stopped.", file=sys.stderr)
        return 130
    run.report()
    return 1 if run.failed or not run.passed else 0


def _run_parts(parts: list[Part], run: Run) -> None:
    on_stack = [part for part in parts if part.cases]
    stack = OwnStack(on_stack[0].cases[0], SETTINGS) if on_stack else None
    try:
        if stack:
            stack.start()  # in the background, while the parts run that need none
        for part in (part for part in parts if not part.cases and part.name != "launcher"):
            _run_part(part, run, dict(os.environ))
        if stack and _stack_is_ready(stack, run):
            env = environment(stack.env_file) | _browser_environment(on_stack, run)
            for part in on_stack:
                if not all(_is_up(case, stack, run) for case in part.cases):
                    break
                before = run.failed
                _run_part(part, run, env)
                if run.failed > before:
                    _show_logs(stack)
    finally:
        if stack:
            _remove(stack, run)
    for part in (part for part in parts if part.name == "launcher"):
        _run_part(part, run, dict(os.environ))


def _is_up(case: str, stack: OwnStack, run: Run) -> bool:
    if case in stack.cases:
        return True
    stack.join(case)
    return _stack_is_ready(stack, run)


def _stack_is_ready(stack: OwnStack, run: Run) -> bool:
    _title("stack", "the tests' own servers and services")
    started = time.monotonic()
    trouble = stack.ready(PATIENCE_SECONDS)
    if trouble:
        print(f"the stack did not start:\n{trouble}", flush=True)
    run.add("stack", 0 if trouble else 1, 1 if trouble else 0, 0, time.monotonic() - started)
    return not trouble


def _browser_environment(parts: list[Part], run: Run) -> dict[str, str]:
    if all(part.name == "integration" for part in parts):
        return {}
    browser = provide_browser()
    if browser:
        return {"CHROMIUM": browser}
    print(f"no Chromium was found, so the page tests do not run: {HOW}", flush=True)
    in_ci = os.environ.get("CI") == "true"
    run.add("browser", 0, int(in_ci), int(not in_ci), 0)
    return {"PYTEST_ADDOPTS": " ".join(f"--ignore-glob={glob}" for glob in PAGE_TESTS)}


def _run_part(part: Part, run: Run, env: dict[str, str]) -> None:
    _title(part.name, part.about)
    started = time.monotonic()
    if part.checks:
        failed = sum(not _check(check.name, check.command, env) for check in part.checks)
        run.add(part.name, len(part.checks) - failed, failed, 0, time.monotonic() - started)
        return
    paths = [path for path in part.paths if any((ROOT / path).rglob("test_*.py"))]
    if not paths:
        print("no tests yet")
        return
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        code = _call(part.pytest(str(report)), env)
        passed, failed, skipped = _counts(report)
    # A crash of pytest itself, or a run without tests, is a failure although no test failed.
    run.add(part.name, passed, failed or int(code != 0), skipped, time.monotonic() - started)


def _check(name: str, command: tuple[str, ...], env: dict[str, str]) -> bool:
    started = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    ok = done.returncode == 0
    print(f"{'ok' if ok else 'FAILED':<8}{name} ({time.monotonic() - started:.0f} s)", flush=True)
    if not ok:
        print(done.stdout[-6000:], flush=True)
    return ok


def _call(command: tuple[str, ...], env: dict[str, str]) -> int:
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)  # twice is harmless: Ctrl-C has reached it already, SIGTERM has not
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
        raise


def _counts(report: Path) -> tuple[int, int, int]:
    if not report.exists():
        return 0, 0, 0
    suites = ElementTree.parse(report).getroot().iter("testsuite")
    total = failed = skipped = 0
    for suite in suites:
        total += int(suite.get("tests", 0))
        failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped += int(suite.get("skipped", 0))
    return total - failed - skipped, failed, skipped


def _show_logs(stack: OwnStack) -> None:
    """The stack is gone when somebody looks, so what its services complained of is shown here."""
    for log in stack.logs():
        lines = [line for line in log.read_text(errors="replace").splitlines() if '"error"' in line or "Traceback" in line]
        if lines:
            print(f"--- {log.name}: last errors", *(line[:600] for line in lines[-5:]), sep="\n", flush=True)


def _remove(stack: OwnStack, run: Run) -> None:
    # From here on only kill -9 is heard: a stack that is left half stopped is worse than some seconds more.
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    run.note("stopping the stack", stack.remove())
    for number, handler in handlers.items():
        signal.signal(number, handler)


def _title(name: str, about: str) -> None:
    print(f"\n=== {name}: {about}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
