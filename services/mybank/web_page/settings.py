"""What can be set of web-page."""

from __future__ import annotations

from services.mybank.contracts.access import AccessSettings
from services.mybank.contracts.database import database_url_field


class WebPageSettings(AccessSettings):
    database_url: str = database_url_field()
