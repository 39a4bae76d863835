"""Writes a component's files.sha256 when its version is pinned or changed; what was fetched is not checked, so look at the diff.

infra/local/python -m infra.local.pin kafka
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from infra.local.checksums import write_checksums
from infra.local.console import say
from infra.local.discovery import load_components
from infra.local.errors import StackError
from infra.local.fetch import fetch_files


def main(names: list[str]) -> int:
    """Pin these components, and none that they require; 1 with a sentence where Maven fails."""
    try:
        for component in load_components(names):
            for artifact in component.artifacts if component.name in names else ():
                # What it shares with another component is pinned with that one.
                if component.name not in artifact.folder.parts:
                    continue
                with tempfile.TemporaryDirectory() as folder:
                    files = fetch_files(artifact, Path(folder), own_repository=True)
                    count = write_checksums(files, artifact.checksums)
                say(f"{artifact.name}: wrote the checksums of {count} files to {artifact.checksums}")
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
