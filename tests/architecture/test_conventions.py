"""One shape for every service, and the other conventions of CONTRIBUTING.md; each is seen to find a planted violation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.architecture import conventions

ROOT = Path(__file__).resolve().parents[2]

Convention = Callable[[Path], Iterator[str]]

STACK = """
case: cinema
infra: [kafka]
services:
  - {name: ticket-api, module: services.cinema.ticket_api, port: 8901}
  - {name: ticket-sink, module: services.cinema.ticket_sink, port: 8902, instances: 2}
"""
TOPICS = "topics:\n  - {name: cinema.ticket-sales, key: user_id, partitions: 1}\n"
MAIN = '"""{name}: who has a seat?\n\nReads: HTTP.\nWrites: a topic.\nGuarantee: none.\nLeft out: all.\n"""\n'

SOUND = {
    "services/cinema/stack.yaml": STACK,
    "services/cinema/contracts/topics.yaml": TOPICS,
    "services/cinema/contracts/indices/seats.v1.json": "{}",
    "services/cinema/contracts/events.py": "class TicketSold: ...\n",
    "services/cinema/ticket_api/__init__.py": "",
    "services/cinema/ticket_api/__main__.py": MAIN.format(name="ticket-api"),
    "services/cinema/ticket_api/domain.py": "",
    "services/cinema/ticket_sink/__main__.py": MAIN.format(name="ticket-sink"),
    "shared/clock.py": "ticket = 1\n",
    "tests/unit/test_clock.py": "from shared.testing import eventually\n",
}

PLANTED: list[tuple[Convention, str, str | None, str]] = [
    (conventions.module_violations, "services/cinema/ticket_api/__main__.py", None, "ticket_api has no __main__.py"),
    (conventions.module_violations, "services/cinema/stack.yaml", STACK.replace("cinema.ticket_api", "cinema.tickets"), "not services"),
    (conventions.port_violations, "services/cinema/stack.yaml", STACK.replace("8901", "8922"), "both listen on 8922"),
    (conventions.folder_violations, "services/cinema/ticket_api/prices.py", "import redis.asyncio", "prices.py imports redis"),
    (conventions.folder_violations, "services/cinema/ticket_api/prices.py", "from shared import producer", "imports shared.producer"),
    (conventions.folder_violations, "services/cinema/ticket_sink/prices.py", "", "ticket_sink/prices.py"),
    (conventions.folder_violations, "services/cinema/ticket_api/core/x.py", "", "ticket_api/core"),
    (conventions.folder_violations, "services/cinema/ticket_api/notes.txt", "", "ticket_api/notes.txt"),
    (
        conventions.docstring_violations,
        "services/cinema/ticket_api/__main__.py",
        MAIN.format(name="tickets"),
        "does not begin with 'ticket-api: '",
    ),
    (
        conventions.docstring_violations,
        "services/cinema/ticket_sink/__main__.py",
        MAIN.format(name="ticket-sink").replace("Guarantee: none.\n", ""),
        "has no 'Guarantee:'",
    ),
    (
        conventions.docstring_violations,
        "services/cinema/ticket_sink/__main__.py",
        '"""ticket-sink: who?\n\nWrites: a topic.\nReads: HTTP.\nGuarantee: none.\nLeft out: all.\n"""',
        "order is",
    ),
    (conventions.length_violations, "services/cinema/ticket_api/domain.py", "x = 1\n" * 251, "has 251 lines"),
    (conventions.length_violations, "shared/stores/seats.py", "x = 1\n" * 251, "seats.py has 251 lines"),
    (conventions.length_violations, "infra/projector/component.py", "x = 1\n" * 251, "component.py has 251 lines"),
    (conventions.name_violations, "shared/utils.py", "", "shared/utils.py"),
    (conventions.name_violations, "tests/unit/helpers.py", "", "tests/unit/helpers.py"),
    (conventions.shared_word_violations, "shared/clock.py", "# for cinema\n", "says 'cinema'"),
    (conventions.shared_word_violations, "shared/clock.py", "TOPIC = 'ticket-sales'\n", "says 'ticket-sales'"),
    (conventions.shared_word_violations, "shared/clock.py", "from x import TicketSold\n", "says 'ticketsold'"),
    (conventions.literal_violations, "services/cinema/ticket_api/domain.py", "T = 'cinema.ticket-sales.dlq'\n", "domain.py:1"),
    (conventions.literal_violations, "services/cinema/ticket_api/domain.py", "I = 'cinema-seats'\n", "'cinema-seats'"),
    (conventions.literal_violations, "services/cinema/ticket_api/domain.py", "def key(u): return f'cinema:seat:{u}'\n", "cinema:seat"),
    (conventions.sleep_violations, "tests/unit/test_clock.py", "import time\n\ntime.sleep(1)\n", "test_clock.py:3"),
    (
        conventions.setting_name_violations,
        "services/cinema/ticket_api/settings.py",
        "price: int = Field(1, validation_alias='TICKET_API_PRICE')\n",
        "TICKET_API_PRICE does not begin with CINEMA_",
    ),
    (conventions.connection_at_import_violations, "shared/clock.py", "import redis\nclient = redis.Redis()\n", "clock.py:2: Redis"),
    (conventions.group_offset_violations, "shared/clock.py", "admin.list_consumer_group_offsets([])\n", "clock.py:1"),
]

CONVENTIONS = list(dict.fromkeys(convention for convention, *_ in PLANTED))


def plant(root: Path, files: dict[str, str | None]) -> None:
    for name, text in files.items():
        if text is not None:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)


@pytest.mark.parametrize("convention", CONVENTIONS, ids=lambda convention: convention.__name__)
def test_this_project_keeps_the_convention(convention: Convention) -> None:
    assert list(convention(ROOT)) == []


@pytest.mark.parametrize("convention", CONVENTIONS, ids=lambda convention: convention.__name__)
def test_a_sound_tree_keeps_the_convention(tmp_path: Path, convention: Convention) -> None:
    plant(tmp_path, dict(SOUND))
    assert list(convention(tmp_path)) == []


@pytest.mark.parametrize(("convention", "file", "text", "found"), PLANTED)
def test_a_planted_violation_is_found(tmp_path: Path, convention: Convention, file: str, text: str | None, found: str) -> None:
    plant(tmp_path, dict(SOUND) | {file: text})
    violations = list(convention(tmp_path))
    assert len(violations) == 1
    assert found in violations[0]


def test_one_more_module_of_rules_is_welcome_and_two_are_not(tmp_path: Path) -> None:
    plant(tmp_path, dict(SOUND) | {"services/cinema/ticket_api/prices.py": "import math\n"})
    assert list(conventions.folder_violations(tmp_path)) == []
    plant(tmp_path, {"services/cinema/ticket_api/rows.py": "import math\n"})
    (violation,) = conventions.folder_violations(tmp_path)
    assert "prices.py and rows.py" in violation


def test_no_convention_is_forgotten_here() -> None:
    declared = {name for name in vars(conventions) if name.endswith("_violations")}
    assert declared == {convention.__name__ for convention in CONVENTIONS}


def test_the_services_of_this_project_are_found() -> None:
    assert len(list(conventions.service_folders(ROOT))) >= 3
