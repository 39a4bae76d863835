"""How the tools for whoever runs Kafka end: a sentence where that is enough, and an exit code."""

from __future__ import annotations

from typing import NoReturn

import pytest
from confluent_kafka import KafkaError, KafkaException

from infra.kafka import measure_partitions
from infra.kafka.groups import RefusedError


def ended(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> int:
    def fails(*_: object) -> NoReturn:
        raise error

    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    monkeypatch.setattr("sys.argv", ["measure-partitions", "films", "10"])
    monkeypatch.setattr(measure_partitions, "admin", fails)
    return measure_partitions.main()


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (RefusedError("There is no topic films."), 1, "There is no topic films."),
        (KafkaException(KafkaError(KafkaError._TRANSPORT)), 1, "See 'make status', then run this again."),
        (KeyboardInterrupt(), 130, "Interrupted: the scratch topics are deleted."),
    ],
)
def test_what_goes_wrong_while_partitions_are_measured_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException, code: int, sentence: str
) -> None:
    assert ended(monkeypatch, error) == code
    assert capsys.readouterr().err.strip().endswith(sentence)


def test_a_defect_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TypeError):
        ended(monkeypatch, TypeError())
