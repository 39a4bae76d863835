"""`make test` itself: what it counts, and that it never calls a failure a success."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import __main__ as runner
from tests.parts import PARTS, Check, Part
from tests.stack import ROOT


def run_part(tmp_path: Path, test: str, capfd: pytest.CaptureFixture[str]) -> tuple[int, int, int]:
    (tmp_path / "test_it.py").write_text(test)
    run = runner.Run()
    env = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    runner._run_part(Part("part", "a part", paths=(str(tmp_path),), options=("-c", os.devnull)), run, env)
    return run.passed, run.failed, run.skipped


@pytest.mark.parametrize(
    ("test", "counts"),
    [
        ("def test_a(): pass\ndef test_b(): pass\n", (2, 0, 0)),
        ("def test_a(): pass\ndef test_b(): assert 0\n", (1, 1, 0)),
        ("import pytest\ndef test_a(): pytest.skip('x')\ndef test_b(): pass\n", (1, 0, 1)),
        ("import pytest\n@pytest.fixture\ndef a(): 1 / 0\ndef test_a(a): pass\n", (0, 1, 0)),
        ("import no_such_module\n", (0, 1, 0)),
        ("def test_a(): import os; os._exit(3)\n", (0, 1, 0)),
        ("x = 1\n", (0, 1, 0)),
    ],
    ids=["passed", "failed", "skipped", "fixture error", "import error", "crash", "no test at all"],
)
def test_a_part_counts_its_tests_and_is_never_green_without_any(
    tmp_path: Path, test: str, counts: tuple[int, int, int], capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_part(tmp_path, test, capfd) == counts


def test_a_check_passes_or_fails_as_a_whole(capfd: pytest.CaptureFixture[str]) -> None:
    run = runner.Run()
    checks = tuple(Check(str(code), (sys.executable, "-c", f"print('said {code}'); raise SystemExit({code})")) for code in (0, 1))
    runner._run_part(Part("part", "a part", checks=checks), run, dict(os.environ))
    assert (run.passed, run.failed) == (1, 1)
    printed = capfd.readouterr().out
    assert "said 1" in printed
    assert "said 0" not in printed


def test_the_last_line_is_the_sum_that_continuous_integration_reads(capsys: pytest.CaptureFixture[str]) -> None:
    run = runner.Run()
    run.add("unit", 5, 0, 1, 2.0)
    run.add("e2e", 3, 1, 0, 2.0)
    run.report()
    last = capsys.readouterr().out.rstrip("\n").splitlines()[-1]
    assert re.fullmatch(r"\d+ passed, \d+ failed, \d+ skipped", last)
    assert last == "8 passed, 1 failed, 1 skipped"


def test_a_part_that_does_not_exist_is_named() -> None:
    done = subprocess.run((sys.executable, "-m", "tests", "units"), cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "there is no part 'units'" in done.stderr


def test_every_folder_of_tests_belongs_to_a_part() -> None:
    named = {path.split("/")[1] for part in PARTS for path in part.paths}
    found = {path.relative_to(ROOT / "tests").parts[0] for path in (ROOT / "tests").rglob("test_*.py")}
    assert found <= named


def test_without_a_browser_all_tests_that_need_one_are_left_out_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "provide_browser", lambda: None)
    env = runner._browser_environment([Part("page", "a page")], runner.Run())
    command = (sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:locust", "-p", "no:valkey")
    told = subprocess.run((*command, "tests/e2e"), cwd=ROOT, env=os.environ | env, capture_output=True, text=True, check=True).stdout
    collected = {line.split("::")[0] for line in told.splitlines() if "::" in line}
    written = {path.relative_to(ROOT).as_posix(): path.read_text() for path in (ROOT / "tests" / "e2e").rglob("test_*.py")}
    assert collected == {path for path, text in written.items() if "playwright" not in text}
