from __future__ import annotations

import pytest

from tests.fakes.analytics import InMemoryAnalytics
from tests.suites.analytics_suite import AnalyticsSuite


@pytest.fixture
def analytics() -> InMemoryAnalytics:
    return InMemoryAnalytics()


class TestInMemoryAnalytics(AnalyticsSuite):
    """All of the suite."""
