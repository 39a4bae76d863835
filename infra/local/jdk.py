"""Finds one Java for all servers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from infra.local.errors import StackError

NEEDED = 21
"""Elasticsearch 9 and Apicurio 3 need Java 21 or newer."""
_USUAL = ("/usr/lib/jvm", "/usr/java", "/opt/java", "/Library/Java/JavaVirtualMachines", "~/.sdkman/candidates/java")


def find_jdk(environ: Mapping[str, str], usual: tuple[str, ...] = _USUAL) -> Path:
    """The home of a JDK >= 21: JAVA_HOME where it is one, else the newest of the system's folders, else that of `java`.

    StackError says what to install.
    """
    for home in _candidates(environ, usual):
        if major_version(home) >= NEEDED:
            return home
    raise StackError(
        f"No JDK {NEEDED} or newer was found: install one (for example Temurin or Debian's openjdk-{NEEDED}-jdk-headless), "
        "or set JAVA_HOME to its folder."
    )


def _candidates(environ: Mapping[str, str], usual: tuple[str, ...]) -> Iterator[Path]:
    if environ.get("JAVA_HOME"):
        yield Path(environ["JAVA_HOME"])
    found = {home.resolve() for folder in usual for home in _homes(Path(folder).expanduser())}
    yield from sorted(found, key=major_version, reverse=True)
    on_path = shutil.which("java", path=environ.get("PATH"))
    if on_path:
        yield Path(on_path).resolve().parents[1]


def _homes(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        for entry in folder.iterdir():
            yield entry
            yield entry / "Contents" / "Home"


def major_version(home: Path) -> int:
    """The Java version of a home, 0 where it is none that can be used; from its `release` file, else by asking it."""
    java = home / "bin" / "java"
    if not os.access(java, os.X_OK):
        return 0
    try:
        text = (home / "release").read_text()
    except OSError:
        asked = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
        text = asked.stderr
    found = re.search(r'(?:JAVA_VERSION="|version ")(?:1\.)?(\d+)', text)
    return int(found.group(1)) if found else 0
