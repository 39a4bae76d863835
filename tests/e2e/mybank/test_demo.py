"""The README's walkthrough is true: each of its commands shows what the text promises."""

from __future__ import annotations

import subprocess
import sys

from tests.e2e.mybank.bank import Bank
from tests.stack import ROOT


def test_the_walkthrough_of_the_readme_shows_what_it_promises(bank: Bank) -> None:
    command = [sys.executable, "-m", "infra.walkthrough", "mybank"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr
