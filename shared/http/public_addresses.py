"""Calls to addresses that users name: never into our own network (server-side request forgery, OWASP API7:2023).

A name is resolved and every address it leads to is checked, when it is registered and again for each connection, which then goes to the
checked address itself: a name that leads elsewhere a moment later gains nothing. Whoever calls follows no redirect.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit

import httpcore

LONGEST_URL = 2000
RESOLVE_SECONDS = 5.0

_NAT64 = IPv6Network("64:ff9b::/96")

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port to addresses. Raises OSError."""


class ForbiddenAddressError(ValueError):
    """This is nothing to call, however often it is tried; the message says why without telling what our network looks like."""


class UnresolvedNameError(ConnectionError):
    """The name leads nowhere now; it may later."""


async def resolve(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


def is_public(text: str) -> bool:
    """Whether an address is one of the public internet, also where IPv6 wraps an IPv4 address."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and (inner := _wrapped(address)):
        return all(is_public(str(each)) for each in inner)
    if isinstance(address, IPv6Address) and address.is_site_local:  # deprecated, and global to Python
        return False
    # `is_global` leaves out private, loopback, link-local, shared (100.64/10), documentation and reserved ones.
    return address.is_global and not address.is_multicast and not address.is_reserved and not address.is_unspecified


def _wrapped(address: IPv6Address) -> list[IPv4Address]:
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    if address.sixtofour:
        return [address.sixtofour]
    if address.teredo:
        return list(address.teredo)
    if address in _NAT64 or int(address) >> 32 == 0:  # the latter: IPv4-compatible, and ::1
        return [IPv4Address(int(address) & 0xFFFFFFFF)]
    return []


class Destinations:
    """Which URLs may be called. `allowed` are hosts that the operator trusts, wherever they are, by `http` too: names or addresses."""

    def __init__(self, allowed: Iterable[str] = (), resolve: Resolve = resolve) -> None:
        self._allowed = frozenset(host.strip().lower() for host in allowed if host.strip())
        self._resolve = resolve

    async def check(self, url: str) -> None:
        """Raises ForbiddenAddressError, or UnresolvedNameError."""
        host, port = self._parse(url)
        await self.addresses(host, port)

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """Where to connect. One address that is not public forbids the name. Raises as `check`."""
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                found = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:  # TimeoutError is an OSError
            raise UnresolvedNameError(f"{host[:100]!r} cannot be resolved") from error
        if not found:
            raise UnresolvedNameError(f"{host[:100]!r} cannot be resolved")
        if host.lower() not in self._allowed and not all(is_public(address) for address in found):
            raise ForbiddenAddressError(f"{host[:100]!r} does not lead to a public address")
        return found

    def _parse(self, url: str) -> tuple[str, int]:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise ForbiddenAddressError("the URL cannot be read") from error
        if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
            raise ForbiddenAddressError(f"the URL has characters that no URL has, or more than {LONGEST_URL}")
        if not host or "@" in parts.netloc or parts.fragment:
            raise ForbiddenAddressError("the URL must have a host, and neither a user nor a fragment")
        if parts.scheme != "https" and not (parts.scheme == "http" and host.lower() in self._allowed):
            raise ForbiddenAddressError("the URL must begin with https://")
        return host, port or (443 if parts.scheme == "https" else 80)


class PublicOnly(httpcore.AsyncNetworkBackend):
    """The network of an httpcore pool, by which it reaches `destinations` and nothing else; TLS still checks the certificate by name."""

    def __init__(self, destinations: Destinations, network: httpcore.AsyncNetworkBackend | None = None) -> None:
        self._destinations = destinations
        self._network = network or httpcore.AnyIOBackend()

    # The signatures are httpcore's.
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: Exception = UnresolvedNameError(f"{host[:100]!r} cannot be resolved")
        for address in await self._destinations.addresses(host, port):
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        raise ForbiddenAddressError("a socket of this machine is no public address")

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)
