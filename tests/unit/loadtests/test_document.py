from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from loadtests.document import write_document


def test_a_document_begins_with_its_date_and_makes_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "new" / "load.json"
    write_document(file, {"machine": {"cores": 2}, "steps": [1]})
    found = json.loads(file.read_text())
    assert list(found) == ["date", "machine", "steps"]
    assert abs(datetime.fromisoformat(found["date"]) - datetime.now(UTC)) < timedelta(minutes=1)
