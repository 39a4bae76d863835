from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

import pytest

from infra.local.settings import ROOT


def make(*arguments: str) -> str:
    done = subprocess.run(["make", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_make_alone_shows_every_target() -> None:
    shown = make()
    targets = {line.split(":")[0] for line in Path(ROOT / "Makefile").read_text().splitlines() if " ## " in line}
    assert len(targets) > 15
    assert all(f"make {target.replace('%', 'CASE')} " in shown for target in targets)


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (("up-movieflix",), "-m infra.local up movieflix"),
        (("replay-movieflix", "DATA_DIR=/a b", "RATE=100"), '-m infra.local.run replay movieflix --data-dir "/a b" --rate "100"'),
        (("evaluate-movieflix", "DATA_DIR=/a b"), '-m infra.local.run evaluate movieflix --data-dir "/a b"'),
        (("load-movieflix", "ARGS=--users 5"), "-m infra.local.run load movieflix --users 5"),
        (("logs", "SERVICE=resume-api"), "-m infra.local logs resume-api"),
        (("stop", "SERVICE=resume-api"), "-m infra.local stop resume-api"),
        (("offsets-describe", "GROUP=g"), '-m infra.local.run offsets-describe "g"'),
        (("offsets-reset", "GROUP=g", "TOPIC=t", "TO=latest", "APPLY=1"), '-m infra.local.run offsets-reset "g" "t" "latest" --apply'),
        (("measure-partitions", "TOPIC=t", "TARGET_MB_S=5", "CONSUMER_MB_S=2"), 'measure-partitions "t" "5" --consumer-mb-s "2"'),
        (("offsets-reset", "GROUP=g", "TOPIC=t", "TO=5", "PARTITION=2"), 'offsets-reset "g" "t" "5" --partition "2"'),
    ],
)
def test_a_target_runs_its_command(arguments: tuple[str, ...], command: str) -> None:
    assert command in " ".join(make("-n", *arguments).split())


def test_logs_without_a_service_say_how_to_name_one() -> None:
    assert "make logs SERVICE=" in make("-n", "logs")


def test_no_recipe_is_longer_than_a_line() -> None:
    lines = Path(ROOT / "Makefile").read_text().splitlines()
    assert not any(one.startswith("\t") and two.startswith("\t") for one, two in itertools.pairwise(lines))


@pytest.mark.parametrize("given", ["APPLY=", "APPLY=0", "APPLY=no"])
def test_a_reset_is_applied_with_1_only(given: str) -> None:
    assert "--apply" not in make("-n", "offsets-reset", "GROUP=g", "TOPIC=t", "TO=latest", given)
