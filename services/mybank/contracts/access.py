"""Whose tokens MyBank takes: what every service with a user's data is set with."""

from __future__ import annotations

from pydantic import Field

from shared import clock
from shared.http.access import AccessTokens, configured_keys
from shared.settings import ServiceSettings

AUDIENCE = "mybank"


class AccessSettings(ServiceSettings):
    token_keys: str = Field("", validation_alias="MYBANK_TOKEN_KEYS", repr=False)
    """`<kid>:<base64url>`, several with commas; the first signs. Without one, the stack makes a key of its own."""


def access_tokens(settings: AccessSettings) -> AccessTokens:
    """Raises ValueError where the keys cannot be used."""
    return AccessTokens(configured_keys(settings.token_keys, settings.stack_dir / "mybank-token-keys"), AUDIENCE, clock.now)
