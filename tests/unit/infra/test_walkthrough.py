"""The walkthrough is read from the README as a reader would copy it, and a promise that is not kept is a failure."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.walkthrough.__main__ import main, run
from infra.walkthrough.steps import Step, WalkthroughError, read_steps

README = """# MovieFlix
```sh
echo not in the walkthrough
```
## Walkthrough
How to read it.

A viewer
is born.
```sh
VIEWER=grace-$RANDOM
echo "hello $VIEWER"
# -> hello grace-
# -/> goodbye
```
Then a longer one.
```sh
curl -s localhost:8101/v1/positions -d '{"user_id": "'$VIEWER'",
  "show_id": "x"}'
# -> "event_id"
echo one \\
  two
# -> one two
```
## Next
```sh
echo not this either
```
"""


def test_commands_come_with_the_sentence_before_them_and_what_must_be_seen() -> None:
    assert read_steps(README) == [
        Step("A viewer is born.", "VIEWER=grace-$RANDOM", (), ()),
        Step("", 'echo "hello $VIEWER"', ("hello grace-",), ("goodbye",)),
        Step(
            "Then a longer one.",
            'curl -s localhost:8101/v1/positions -d \'{"user_id": "\'$VIEWER\'",\n  "show_id": "x"}\'',
            ('"event_id"',),
            (),
        ),
        Step("", "echo one \\\n  two", ("one two",), ()),
    ]


@pytest.mark.parametrize(
    ("command", "repeatable"),
    [
        ("curl -s localhost:8102/v1/users/ada/continue-watching", True),
        ('curl -s "localhost:8104/v1/shows?q=d-day"', True),
        ("curl -s localhost:8101/v1/ratings -d '{}'", False),
        ("curl -X PUT localhost:8104/v1/shows/x", False),
        ("make status", False),
    ],
)
def test_only_questions_are_asked_again(command: str, repeatable: bool) -> None:
    assert Step("", command, (), ()).repeatable == repeatable


@pytest.mark.parametrize(
    ("readme", "why"),
    [
        ("# MovieFlix\n", "no section"),
        ("## Walkthrough\n```sh\n# -> seen\n```\n", "under no command"),
        ("## Walkthrough\n```sh\necho 1\n```\n", "what must be seen"),
    ],
)
def test_a_walkthrough_that_promises_nothing_is_an_error(readme: str, why: str) -> None:
    with pytest.raises(WalkthroughError, match=why):
        read_steps(readme)


def test_a_variable_is_kept_for_the_steps_after_it(capfd: pytest.CaptureFixture[str]) -> None:
    steps = [Step("", "NAME=grace-$RANDOM", (), ()), Step("", 'echo "[$NAME]"', ("[grace-",), ("$NAME",))]
    assert run(steps, {})


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (Step("", "echo on", ("off",), ()), "not seen: off"),
        (Step("", "echo on", (), ("on",)), "still there: on"),
        (Step("", "false", ("done",), ()), "not seen: done"),
        (Step("", "echo on; exit 3", ("on",), ()), "exit code 3"),
        (Step("", "NAME=$(exit 4)", (), ()), "exit code 4"),
    ],
)
def test_a_promise_that_is_not_kept_stops_the_demo(step: Step, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert not run([step, Step("", "echo never", ("never",), ())], {})
    out = capsys.readouterr().out
    assert told in out
    assert "never" not in out


def test_the_ports_of_the_readme_become_those_of_the_stack(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([Step("", "echo localhost:8101 localhost:80", ("localhost:20001 localhost:80",), ())], {8101: "20001"})


def test_a_readme_without_a_walkthrough_ends_with_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = tmp_path / "services" / "shop"
    shop.mkdir(parents=True)
    (shop / "stack.yaml").write_text("infra: []\n")
    (shop / "README.md").write_text("# Shop\n")
    assert main("shop", tmp_path) == 1
    assert "there is no section '## Walkthrough'" in capsys.readouterr().out
