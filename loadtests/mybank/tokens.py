"""Tokens of customers."""

from __future__ import annotations

from functools import cache

from services.mybank.contracts.access import AccessSettings, access_tokens
from shared.http.access import AccessTokens

VALID_SECONDS = 24 * 3600


def bearer(user_id: str) -> dict[str, str]:
    """The header of a customer's calls."""
    return {"authorization": f"Bearer {_tokens().issue(user_id, VALID_SECONDS)}"}


@cache
def _tokens() -> AccessTokens:
    return access_tokens(AccessSettings())
