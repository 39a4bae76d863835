from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.infra.checkout import Checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """A checkout whose stack is stopped at the end, whatever the test did to it."""
    # Servers that root starts as nobody, and the test that runs as nobody, must get in.
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    made = Checkout(tmp_path)
    yield made
    made.run("down")
    left = made.processes()
    assert not left, f"left behind: {left}"
