"""ConsumerRunner on the real cluster: its suite, and what takes a real clock."""

from __future__ import annotations

from tests.suites.runner_suite import RunnerSuite


class TestRunnerOnKafka(RunnerSuite):
    """All of the suite."""
