"""What can be set of settings-api."""

from __future__ import annotations

from pydantic import Field

from services.mybank.contracts.access import AccessSettings


class SettingsApiSettings(AccessSettings):
    webhook_hosts: str = Field("", validation_alias="MYBANK_WEBHOOK_HOSTS")
    """Hosts that may be called though they are private, by `http` too; names or addresses, with commas. For tests on one machine."""
