"""import-linter holds the layering; here each of its contracts is seen to refuse a tree that breaks it."""

from __future__ import annotations

import configparser
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / ".importlinter"

SOUND = {
    "shared/__init__.py": "",
    "shared/clock.py": "",
    "shared/stores/__init__.py": "",
    "shared/consumer/__init__.py": "",
    "shared/consumer/client.py": "import confluent_kafka",
    "shared/blocking_producer.py": "",
    "shared/producer.py": "",
    "shared/registry.py": "",
    "shared/serialization.py": "",
    "shared/streams/__init__.py": "",
    "shared/worker.py": "",
    "infra/__init__.py": "from shared import clock",
    "services/__init__.py": "",
    "services/cinema/__init__.py": "",
    "services/cinema/contracts/__init__.py": "",
    "services/cinema/contracts/events.py": "",
    "services/cinema/ticket_api/__init__.py": "",
    "services/cinema/ticket_api/app.py": "import fastapi\nfrom services.cinema.contracts import events",
    "services/cinema/ticket_api/domain.py": "from shared import clock\nfrom services.cinema.contracts import events",
    "services/cinema/ticket_sink/__init__.py": "",
    "services/cinema/ticket_sink/handler.py": "import redis\nfrom shared.consumer import client",
    "services/taxi/__init__.py": "",
    "services/taxi/contracts/__init__.py": "",
    "services/taxi/ride_api/__init__.py": "",
    "services/taxi/ride_api/domain.py": "",
}

PLANTED = [
    ("shared-knows-no-case", "shared/clock.py", "from services.cinema.contracts import events"),
    ("shared-knows-no-case", "shared/clock.py", "import infra"),
    ("infra-knows-no-case", "infra/__init__.py", "from services.cinema.contracts import events"),
    ("cases-are-apart", "services/taxi/ride_api/domain.py", "from services.cinema.ticket_api import domain"),
    ("cases-are-apart", "services/taxi/ride_api/domain.py", "from services.cinema.contracts import events"),
    ("services-share-contracts-only", "services/cinema/ticket_sink/handler.py", "from services.cinema.ticket_api import domain"),
    ("services-share-contracts-only", "services/cinema/contracts/events.py", "from services.cinema.ticket_api import domain"),
    *(("domain-is-pure", "services/cinema/ticket_api/domain.py", f"import {client}") for client in ("redis", "faust", "confluent_kafka")),
    ("domain-is-pure", "services/cinema/ticket_api/domain.py", "from shared.consumer import client"),
]


def lint(root: Path) -> str:
    """The report of import-linter on a tree; one sentence for each contract, `KEPT` or `BROKEN`."""
    command = (sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache")
    done = subprocess.run((*command, "--config", str(CONFIG)), cwd=root, capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


def plant(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")


def contract_name(contract: str) -> str:
    parser = configparser.ConfigParser()
    parser.read(CONFIG)
    return parser[f"importlinter:contract:{contract}"]["name"]


def test_this_project_keeps_every_contract() -> None:
    report = lint(ROOT)
    assert "0 broken" in report, report


def test_a_sound_tree_keeps_every_contract(tmp_path: Path) -> None:
    plant(tmp_path, SOUND)
    report = lint(tmp_path)
    assert "0 broken" in report, report


@pytest.mark.parametrize(("contract", "file", "import_line"), PLANTED)
def test_a_contract_refuses_what_it_forbids(tmp_path: Path, contract: str, file: str, import_line: str) -> None:
    plant(tmp_path, SOUND | {file: import_line})
    assert f"{contract_name(contract)} BROKEN" in lint(tmp_path)


def test_every_contract_is_seen_to_refuse_something() -> None:
    parser = configparser.ConfigParser()
    parser.read(CONFIG)
    contracts = {section.rsplit(":", 1)[1] for section in parser.sections() if ":contract:" in section}
    assert contracts == {contract for contract, *_ in PLANTED}
