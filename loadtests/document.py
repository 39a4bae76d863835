"""The JSON documents that measurements leave, for comparisons."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parents[1] / "results"


def write_document(file: Path, document: Mapping[str, Any]) -> None:
    """With the date in front; makes its folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    dated = {"date": datetime.now(UTC).isoformat(timespec="seconds"), **document}
    file.write_text(json.dumps(dated, indent=2) + "\n")
