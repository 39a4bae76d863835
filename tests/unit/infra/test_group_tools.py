"""How the tools for groups end where they cannot do what they were asked: a sentence, a code, and no traceback."""

from __future__ import annotations

import pytest

from infra.kafka import measure_partitions, offsets_describe
from infra.kafka.groups import exit_code


def interrupted() -> None:
    raise KeyboardInterrupt


def test_who_interrupts_a_tool_is_told_where_to_look(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(interrupted) == 130
    assert "'make offsets-describe GROUP=...' says where the group is" in capsys.readouterr().err


def test_a_group_without_a_name_is_asked_of_nobody(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["offsets-describe", ""])
    with pytest.raises(SystemExit, match="2"):
        offsets_describe.main()
    assert "GROUP=... is missing" in capsys.readouterr().err


@pytest.mark.parametrize("counts", ["1,1001", "0", "", "1,,2"])
def test_a_number_of_partitions_that_would_burden_the_cluster_is_refused(
    counts: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["measure-partitions", "orders", "10", "--partitions", counts])
    with pytest.raises(SystemExit, match="2"):
        measure_partitions.main()
    assert "is not a whole number from 1 to 1000" in capsys.readouterr().err
