"""confluent-kafka, configured as the services configure it, on the real cluster: the suite that the in-memory broker passes."""

from __future__ import annotations

from tests.suites.consumer_suite import ConsumerSuite


class TestKafkaConsumer(ConsumerSuite):
    """All of the suite."""
