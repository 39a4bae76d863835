from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from infra.local import run
from infra.local.commands import matching
from infra.local.errors import StackError
from infra.local.report import print_table
from tests.unit.infra.checkout import settings

NAMES = ["kafka-1", "kafka-2", "registry", "shop-order-api", "shop-worker-0", "shop-worker-1", "bank-order-api"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("registry", ["registry"]),
        ("kafka", ["kafka-1", "kafka-2"]),
        ("kafka-2", ["kafka-2"]),
        ("worker", ["shop-worker-0", "shop-worker-1"]),
        ("shop-worker", ["shop-worker-0", "shop-worker-1"]),
        ("worker-1", ["shop-worker-1"]),
        ("order-api", ["shop-order-api", "bank-order-api"]),
        ("bank-order-api", ["bank-order-api"]),
    ],
)
def test_a_service_is_found_by_the_name_that_a_person_uses(said: str, meant: list[str]) -> None:
    assert matching(said, NAMES) == meant


def test_an_unknown_service_is_answered_with_those_there_are() -> None:
    with pytest.raises(StackError, match=r"There is no 'api' here|There is no 'cart' here \(there are: kafka-1, "):
        matching("cart", NAMES)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(run, "load_settings", lambda _: settings(tmp_path))
    monkeypatch.delenv("STACK_ENV_FILE", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["demo", "ship"], "There is no case 'ship'"),
        (["replay", "shop"], "shop has no 'replay' yet: the module services.shop.replay does not exist."),
    ],
)
def test_a_verb_that_cannot_run_says_why(checkout: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    assert run.main(arguments) == 1
    assert said in capsys.readouterr().err


def test_a_verb_on_a_case_that_is_not_up_names_the_command(
    checkout: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(run.MODULES, "demo", "infra.local.run")  # type: ignore[arg-type]
    assert run.main(["demo", "shop"]) == 1
    assert "shop is not up: start it with 'make up-shop'" in capsys.readouterr().err


def test_a_verb_that_breaks_things_has_a_stack_of_its_own_and_needs_none_that_is_up(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(run.MODULES, "chaos", "infra.local.run")  # type: ignore[arg-type]
    command, environment = run.prepare("chaos", "shop")
    assert command == ["-m", "infra.local.run", "shop"]
    assert "STACK_ENV_FILE" not in environment


def test_a_verb_within_another_runs_on_the_same_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []
    monkeypatch.setattr(run, "load_settings", lambda given: asked.append(given) or settings(tmp_path))
    monkeypatch.setenv("STACK_ENV_FILE", "/stacks/one/stack.env")
    with pytest.raises(StackError):
        run.prepare("demo", "ship")
    assert asked == ["/stacks/one"]


def test_an_unknown_verb_is_answered_with_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["dance", "shop"]) == 2
    assert "demo" in capsys.readouterr().err


def test_a_tables_columns_are_as_wide_as_their_longest_cell(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("name", "state"), [("a-long-name", "running"), ("b", "stopped")])
    assert capsys.readouterr().out == "name         state\na-long-name  running\nb            stopped\n"


def test_what_is_of_no_case_runs_on_whatever_is_up(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["offsets-describe", "shop-sink"]) == 1
    assert "Nothing is up: start a case first" in capsys.readouterr().err


def test_every_module_of_no_case_exists() -> None:
    assert all(importlib.util.find_spec(module) for module in run.STACK_MODULES.values())
