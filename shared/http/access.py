"""Who calls, and what they may see: bearer tokens (RFC 6750) that are JSON Web Tokens (RFC 7519), each for one user.

The algorithm is pinned to HS256 and never read from the token. Keys come by configuration, each with an id (`kid`): the first signs,
all verify, so that a new key is put in front and the old one taken out once its last token has expired. Signatures are compared in
constant time.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NamedTuple
from uuid import uuid4

import jwt
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.clock import Clock, Micros
from shared.http.bodies import PathId
from shared.http.problems import ProblemError

ALGORITHM = "HS256"
SHORTEST_KEY_BYTES = 32
"""Of HS256: as many as its output (RFC 7518, 3.2)."""
LONGEST_TOKEN = 4096
LEEWAY_SECONDS = 5
"""Clocks differ."""
REQUIRED_CLAIMS = ["exp", "iat", "sub", "aud"]

_KEY_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_USER_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")

_scheme = HTTPBearer(auto_error=False, bearerFormat="JWT", description="A token whose subject is the user of the path.")


class Keys(NamedTuple):
    """By id; the first signs."""

    by_id: dict[str, bytes]

    @staticmethod
    def parse(text: str) -> Keys:
        """`<kid>:<base64url of at least 32 bytes>`, several separated by commas. Raises ValueError that names the mend, never a key."""
        found: dict[str, bytes] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            key_id, _, encoded = part.partition(":")
            try:
                key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
            except ValueError:
                key = b""
            if not _KEY_ID.fullmatch(key_id) or key_id in found or len(key) < SHORTEST_KEY_BYTES:
                raise ValueError(f"token key {len(found) + 1} cannot be used: write <id>:<base64url of {SHORTEST_KEY_BYTES} bytes>")
            found[key_id] = key
        if not found:
            raise ValueError("there is no token key: write <id>:<base64url of 32 random bytes>")
        return Keys(found)


def new_key() -> str:
    """A random key under a new id, as `Keys.parse` reads it."""
    return f"{uuid4().hex[:8]}:{secrets.token_urlsafe(SHORTEST_KEY_BYTES)}"


def configured_keys(text: str, local: Path) -> Keys:
    """Those of the configuration; without one, those of a file that whoever comes first makes, readable by its owner only."""
    if text:
        return Keys.parse(text)
    if not local.exists():
        local.parent.mkdir(parents=True, exist_ok=True)
        fresh = local.with_name(f"{local.name}.{uuid4().hex}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(new_key())
        # A link fails where another process was first, and then its key is everybody's.
        with suppress(FileExistsError):
            os.link(fresh, local)
        fresh.unlink()
    return Keys.parse(local.read_text())


class Caller(NamedTuple):
    """Who a valid token speaks for, and until when."""

    user_id: str
    expires_at: Micros


class AccessTokens:
    """Mints and verifies tokens for one audience: a token of another system, though signed with the same key, is none here."""

    def __init__(self, keys: Keys, audience: str, clock: Clock) -> None:
        self._keys = keys.by_id
        self._audience = audience
        self._clock = clock

    def issue(self, user_id: str, valid_seconds: int) -> str:
        """Raises ValueError where the id could not be a user's."""
        if not _USER_ID.fullmatch(user_id):
            raise ValueError(f"{user_id[:80]!r} is no user id: letters, digits and _ . : - only, at most 64")
        now = self._clock() // 1_000_000
        key_id, key = next(iter(self._keys.items()))
        claims = {"sub": user_id, "aud": self._audience, "iat": now, "exp": now + valid_seconds}
        return jwt.encode(claims, key, ALGORITHM, headers={"kid": key_id})

    def verify(self, token: str) -> Caller:
        """Raises ProblemError 401, which says no more than whether a new token would help."""
        try:
            if len(token) > LONGEST_TOKEN:
                raise jwt.InvalidTokenError("too long")
            key = self._keys.get(jwt.get_unverified_header(token).get("kid", ""))
            if key is None:
                raise jwt.InvalidTokenError("unknown key")
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=self._audience,
                # Times are checked below, against this service's clock.
                options={"require": REQUIRED_CLAIMS, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
            user_id, expires, not_before = claims["sub"], _seconds(claims["exp"]), _seconds(claims.get("nbf", claims["iat"]))
        except (jwt.InvalidTokenError, TypeError, ValueError) as error:
            raise _unauthorized("this is no valid token for this service", "invalid_token") from error
        now = self._clock() // 1_000_000
        if expires + LEEWAY_SECONDS <= now:
            raise _unauthorized("the token has expired: get a new one", "invalid_token")
        if not_before - LEEWAY_SECONDS > now or not isinstance(user_id, str) or not _USER_ID.fullmatch(user_id):
            raise _unauthorized("this is no valid token for this service", "invalid_token")
        return Caller(user_id, (expires + LEEWAY_SECONDS) * 1_000_000)


def own_only(tokens: AccessTokens) -> Callable[..., Awaitable[Caller]]:
    """A dependency for routes with `{user_id}` in their path: 401 without a valid token, 403 for another user's, whoever exists.

    It runs before the body is read and before a stream begins; a stream is to end when its caller's token does.
    """

    async def check(
        request: Request, user_id: PathId, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_scheme)]
    ) -> Caller:
        # Twice the header, and proxies may disagree on which of them counts.
        if credentials is None or len(request.headers.getlist("authorization")) != 1:
            raise _unauthorized("this call wants one header: Authorization: Bearer <token>", None)
        caller = tokens.verify(credentials.credentials)
        if caller.user_id != user_id:
            raise ProblemError(403, "this token is for another user", {"WWW-Authenticate": 'Bearer error="insufficient_scope"'})
        return caller

    return check


def _seconds(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e12:
        raise ValueError("no time")
    return int(value)


def _unauthorized(detail: str, error: str | None) -> ProblemError:
    return ProblemError(401, detail, {"WWW-Authenticate": f'Bearer error="{error}"' if error else "Bearer"})
