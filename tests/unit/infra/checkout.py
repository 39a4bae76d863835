"""A checkout in a temporary folder with cases of a test's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from infra.local.settings import Settings, load_settings

SHOP = """
infra: [valkey]
services:
  - {name: order-api, module: services.shop.order_api, port: 8901}
  - {name: worker, module: services.shop.worker, port: 8910, instances: 2}
  - {name: web-page, module: services.shop.web_page, port: 8900, page: true}
"""
BANK = """
infra: [valkey]
services:
  - {name: ledger-api, module: services.bank.ledger_api, port: 8951}
"""


def settings(folder: Path, environ: Mapping[str, str] | None = None, *, free_ports: bool = False, **cases: str) -> Settings:
    """Settings of a checkout with these cases (shop and bank where none are given), untouched by the real environment."""
    for name, text in (cases or {"shop": SHOP, "bank": BANK}).items():
        path = folder / "services" / name / "stack.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    given = {"CACHE_DIR": str(folder / "cache"), **(environ or {})}
    return load_settings(str(folder / "stack"), free_ports=free_ports, root=folder, environ=given)
