"""Reads the logs that supervisor keeps."""

from __future__ import annotations

from pathlib import Path

_BYTES_PER_LINE = 400


def tail(path: Path, lines: int) -> list[str]:
    """The last lines of a file that may be large or missing."""
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _BYTES_PER_LINE * lines))
            return file.read().decode(errors="replace").splitlines()[-lines:]
    except FileNotFoundError:
        return []
