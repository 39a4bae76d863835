"""No URL that a user names leads into our own network, by whatever form of its address."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import httpcore
import pytest

from shared.http.public_addresses import Destinations, ForbiddenAddressError, PublicOnly, UnresolvedNameError, is_public, resolve

PUBLIC = "93.184.215.14"
PRIVATE = [
    *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
    *("100.127.255.254", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.0.1"),
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "fec0::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1", "2002:7f00:1::", "2002:a00:1::1", "64:ff9b::7f00:1"),
    *("64:ff9b::a9fe:a9fe", "2001:0:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe", "64:ff9b:1::1", "no address"),
]


def leading_to(*addresses: str) -> Any:
    async def answer(host: str, port: int) -> Sequence[str]:
        return addresses

    return answer


def check(url: str, *addresses: str, allowed: Sequence[str] = ()) -> None:
    asyncio.run(Destinations(allowed, leading_to(*(addresses or (PUBLIC,)))).check(url))


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_of_a_private_network_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:2800:21f:cb07::1", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_to_a_private_address_is_refused(address: str) -> None:
    with pytest.raises(ForbiddenAddressError, match="public address") as refusal:
        check("https://hooks.example.com/x", address)
    assert address not in str(refusal.value)


def test_one_private_address_among_public_ones_is_enough() -> None:
    with pytest.raises(ForbiddenAddressError):
        check("https://hooks.example.com/x", PUBLIC, "10.0.0.1")


LOCAL_FORMS = [
    *("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0"),
]


@pytest.mark.parametrize("host", LOCAL_FORMS)
def test_every_way_to_write_loopback_is_refused_by_the_resolver_of_this_machine(host: str) -> None:
    with pytest.raises((ForbiddenAddressError, UnresolvedNameError)):
        asyncio.run(Destinations(resolve=resolve).check(f"https://{host}/x"))


URLS = [
    "http://hooks.example.com",
    "ftp://hooks.example.com",
    "hooks.example.com",
    "https://",
    "https:///x",
    "https://user@hooks.example.com",
    "https://hooks.example.com#x",
    "https://hooks.example.com\\@127.0.0.1",
    "https://hooks.example.com/a b",
    "https://hooks.example.com/\n",
    "https://hooks.example.com:99999",
    "https://hooks.example.com:x",
    "https://[::1",
    "https://hooks.ex\u00e4mple.com",
    "https://hooks.example.com/" + "x" * 2000,
    "",
]


@pytest.mark.parametrize("url", URLS)
def test_what_is_no_https_url_is_refused(url: str) -> None:
    with pytest.raises(ForbiddenAddressError):
        check(url)


@pytest.mark.parametrize("url", ["https://hooks.example.com", "https://hooks.example.com:8443/x?y=1", f"https://{PUBLIC}/"])
def test_a_public_https_url_is_taken(url: str) -> None:
    check(url)


def test_the_operator_may_allow_a_host_and_its_neighbours_stay_forbidden() -> None:
    check("http://127.0.0.1:9999/x", "127.0.0.1", allowed=["127.0.0.1", ""])
    with pytest.raises(ForbiddenAddressError):
        check("https://127.0.0.2:9999/x", "127.0.0.2", allowed=["127.0.0.1", ""])


def test_a_name_that_leads_nowhere_may_lead_somewhere_later() -> None:
    async def nowhere(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    with pytest.raises(UnresolvedNameError):
        asyncio.run(Destinations(resolve=nowhere).check("https://hooks.example.com"))


class Network(httpcore.AsyncMockBackend):
    def __init__(self) -> None:
        super().__init__([b"HTTP/1.1 204 No Content\r\n\r\n"])
        self.connected: list[str] = []

    async def connect_tcp(self, host: str, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        self.connected.append(host)
        return await super().connect_tcp(host, 443)


def test_a_connection_goes_to_the_address_that_was_checked() -> None:
    network = Network()
    pool = httpcore.AsyncConnectionPool(network_backend=PublicOnly(Destinations(resolve=leading_to(PUBLIC)), network))
    assert asyncio.run(pool.request("POST", "https://hooks.example.com/")).status == 204
    assert network.connected == [PUBLIC]


def test_a_name_that_leads_elsewhere_by_now_is_not_connected_to() -> None:
    network = Network()
    pool = httpcore.AsyncConnectionPool(network_backend=PublicOnly(Destinations(resolve=leading_to("127.0.0.1")), network))
    with pytest.raises(ForbiddenAddressError):
        asyncio.run(pool.request("POST", "https://hooks.example.com/"))
    assert network.connected == []
