from __future__ import annotations

import pytest

from tests.fakes.resume import InMemoryResume
from tests.suites.resume_suite import ResumeSuite


@pytest.fixture
def view() -> InMemoryResume:
    return InMemoryResume()


class TestInMemoryResume(ResumeSuite):
    """All of the suite."""
