"""The browser of the page tests: Debian's Chromium, installed where that is possible without asking."""

from __future__ import annotations

import os
import shutil
import subprocess

_NAMES = ("chromium", "chromium-browser", "google-chrome")
HOW = "install Chromium (Debian: apt install chromium), or name one: CHROMIUM=/path/to/chrome"


def find_browser() -> str | None:
    """The path of a Chromium, or None. `CHROMIUM` in the environment wins."""
    named = os.environ.get("CHROMIUM", "")
    if named:
        return shutil.which(named)
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


def provide_browser() -> str | None:
    """The path of a Chromium; as root on Debian it is installed where it is absent. None where there is none after all."""
    if (path := find_browser()) or os.geteuid() != 0 or not shutil.which("apt-get"):
        return path
    print("installing Chromium for the page tests (apt-get)", flush=True)
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium"]):
        subprocess.run(command, env=quiet, stdin=subprocess.DEVNULL, capture_output=True)
    return find_browser()
