"""How MyBank's services reach the bank's database."""

from __future__ import annotations

from pydantic import Field

DEFAULT_URL = "postgresql://core_bank:core_bank@127.0.0.1:5432/mybank"


def database_url_field() -> str:
    """For a settings class: the address with role and password."""
    url: str = Field(DEFAULT_URL, validation_alias="MYBANK_DATABASE_URL", repr=False)
    return url
