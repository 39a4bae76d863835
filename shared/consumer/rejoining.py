"""A consumer that outlives a commit of its own that came too late.

While no broker coordinates its group, librdkafka puts commits off, and sends them once one does. By then the member's session may have
ended, and with it the member's id: the broker takes a static member's commit without an id for a stranger's in its place
(FENCED_INSTANCE_ID), and the client is dead by it, although nobody else is there. Its partitions are lost by then, so a new client has no
more to do than the old one had: to join.
"""

from __future__ import annotations

from typing import Any

from confluent_kafka import Consumer, KafkaError

from shared.logging import get_logger

log = get_logger(__name__)


class RejoiningConsumer:
    """As confluent_kafka.Consumer. A member that is fenced while it has its partitions has a successor: it is told so, as ever."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config
        self._inner = Consumer(config)
        self._topics: list[str] = []
        self._callbacks: dict[str, Any] = {}
        self._session_ended = False

    def subscribe(self, topics: list[str], **callbacks: Any) -> None:
        def noting(name: str, session_ended: bool) -> Any:
            def callback(consumer: Any, partitions: Any) -> None:
                self._session_ended = session_ended
                callbacks[name](consumer, partitions)

            return callback

        notes = {name: noting(name, ended) for name, ended in (("on_assign", False), ("on_lost", True)) if name in callbacks}
        self._topics, self._callbacks = topics, callbacks | notes
        self._inner.subscribe(topics, **self._callbacks)

    def poll(self, timeout: float) -> Any:
        message = self._inner.poll(timeout)
        if message is None or not self._is_own_late_commit(message):
            return message
        self._join_anew(message.error())
        return None

    def consume(self, num_messages: int, timeout: float) -> list[Any]:
        messages = self._inner.consume(num_messages, timeout)
        late = [message for message in messages if self._is_own_late_commit(message)]
        if late:
            self._join_anew(late[0].error())
        return [message for message in messages if message not in late]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def _is_own_late_commit(self, message: Any) -> bool:
        error = message.error()
        return self._session_ended and error is not None and error.code() == KafkaError._FATAL

    def _join_anew(self, error: KafkaError) -> None:
        log.warning("joins_anew", reason=error.str())
        self._inner.close()
        self._inner = Consumer(self._config)
        self._inner.subscribe(self._topics, **self._callbacks)
