"""What can be set of the simulated bank."""

from __future__ import annotations

from pydantic import Field

from services.mybank.contracts.database import database_url_field
from shared.settings import ServiceSettings


class CoreBankSettings(ServiceSettings):
    database_url: str = database_url_field()
    customers: int = Field(40, validation_alias="MYBANK_CORE_BANK_CUSTOMERS", ge=0, le=1_000_000)
    transactions_per_second: float = Field(3.0, validation_alias="MYBANK_CORE_BANK_TRANSACTIONS_PER_SECOND", ge=0, le=20_000)
    """Of all customers together; 0: nothing happens."""
    seed: int = Field(1472, validation_alias="MYBANK_CORE_BANK_SEED")
    tellers: int = Field(4, validation_alias="MYBANK_CORE_BANK_TELLERS", ge=1, le=64)
