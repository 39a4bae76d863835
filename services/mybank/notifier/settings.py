"""What can be set of notifier."""

from __future__ import annotations

from pydantic import Field

from shared.settings import ServiceSettings


class NotifierSettings(ServiceSettings):
    webhook_hosts: str = Field("", validation_alias="MYBANK_WEBHOOK_HOSTS")
    """Hosts that may be called though they are private, by `http` too; names or addresses, with commas. For tests on one machine."""
