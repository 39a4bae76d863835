"""web-page: how far is each layer, and do all of them hold the same?

Reads: the files in static/; the APIs behind it.
Writes: nothing; it forwards what the page sends to the APIs.
Guarantee: none of its own. A number that could not be asked for again stays, marked old.
Left out: who the caller is; TLS.
"""

from __future__ import annotations

from pathlib import Path

from services.ingestion.web_page.app import web_page
from shared.http.app import serve
from shared.settings import ServiceSettings, service_url

STATIC = Path(__file__).parent / "static"
FORWARDED = ("ingest", "query")


def main() -> None:
    services = {name: service_url("ingestion", f"{name}-api") for name in FORWARDED}
    serve(lambda: web_page(STATIC, services), ServiceSettings())


if __name__ == "__main__":
    main()
