"""web-page: what does a customer see of all this?

Reads: the files in static/; PostgreSQL, as the bank's own app would; the APIs behind it.
Writes: PostgreSQL, what is booked at the page's counter; it forwards the rest to the APIs.
Guarantee: none of its own.
Left out: signing in (the page hands a token to whoever wants to be one of the household); TLS.
"""

from __future__ import annotations

from pathlib import Path

from services.mybank.contracts.access import access_tokens
from services.mybank.web_page.app import web_page
from services.mybank.web_page.settings import WebPageSettings
from services.mybank.web_page.store import BankTable
from shared.http.app import serve
from shared.settings import service_url

STATIC = Path(__file__).parent / "static"
FORWARDED = ("settings", "alerts")


def main() -> None:
    settings = WebPageSettings()
    services = {name: service_url("mybank", f"{name}-api") for name in FORWARDED}
    serve(lambda: web_page(STATIC, services, lambda: BankTable(settings.database_url), access_tokens(settings)), settings)


if __name__ == "__main__":
    main()
