"""Runs Maven for what a pom names, and tells its progress and its failures in a person's words."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from infra.local.errors import StackError

_PROGRESS = re.compile(r"Progress \(\d+\): ([^\r\n|]*)")
_NETWORK = re.compile(
    r"Unknown host|UnknownHost|Connection refused|Connection reset|timed out|Network is unreachable|Could not transfer"
    r"|offline mode|Temporary failure in name resolution"
)
_SECONDS_BETWEEN_LINES = 3.0


def require_maven() -> str:
    """The path of mvn; StackError where there is none."""
    found = shutil.which("mvn")
    if not found:
        raise StackError("Maven (mvn) was not found: install it (Debian: apt install maven), it fetches the servers.")
    return found


def copy_dependencies(pom: Path, target: Path, say: Callable[[str], None], local_repository: Path | None = None) -> None:
    """Put every file that the pom names into `target`, with the user's own Maven settings.

    With `local_repository` nothing is taken from Maven's own store: for when a file in there may be damaged.
    Raises StackError on no network, a full disk, or whatever else Maven says.
    """
    command = [
        *(require_maven(), "--file", str(pom), "-Dstyle.color=never"),
        *(f"-Dmaven.repo.local={local_repository}" for _ in range(local_repository is not None)),
        *("dependency:copy-dependencies", f"-DoutputDirectory={target}"),
    ]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=pom.parent)
    output = _follow(process, say)
    if process.wait():
        raise StackError(explain(output))


def _follow(process: subprocess.Popen[bytes], say: Callable[[str], None]) -> str:
    assert process.stdout is not None
    output, files, last = "", 0, time.monotonic()
    while chunk := process.stdout.read1(65536):  # type: ignore[attr-defined]
        text = chunk.decode(errors="replace")
        output = (output + text)[-100_000:]
        files += text.count("Downloaded from")
        if time.monotonic() - last > _SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            found = _PROGRESS.findall(text)
            say(f"fetching: {files} files" + (f", then {found[-1].strip()}" if found else ""))
    return output


def explain(output: str) -> str:
    """One sentence on why Maven failed."""
    if "No space left on device" in output:
        return "The disk is full: free about 1 GB (Maven's store is ~/.m2, the launcher's is CACHE_DIR), then run it again."
    if _NETWORK.search(output):
        return "Maven could not reach its repository: check the network (or the mirror in Maven's settings.xml), then run it again."
    errors = re.findall(r"\[ERROR\] (.+)", output)
    return f"Maven failed: {errors[0] if errors else output.strip()[-500:]}"
