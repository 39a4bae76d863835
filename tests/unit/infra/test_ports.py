from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from infra.local.component import Port, Program
from infra.local.errors import StackError
from infra.local.ports import PortSpec, holder, is_free, resolve_ports
from infra.local.preflight import check_ports
from infra.local.settings import Paths, Settings

SIX = PortSpec("KAFKA_PORT", 9092, tuple(range(6)))


def settings(user: Mapping[str, str] | None = None, remembered: Mapping[str, str] | None = None, free: bool = False) -> Settings:
    return Settings(Paths(Path("/r"), Path("/c"), Path("/s")), user or {}, remembered or {}, free)


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_is_what_the_user_set_or_the_default() -> None:
    chosen = resolve_ports(settings({"REDIS_PORT": "7000"}), [PortSpec("REDIS_PORT", 6379), SIX])
    assert chosen == {"REDIS_PORT": 7000, "KAFKA_PORT": 9092}


@pytest.mark.parametrize("text", ["http", "0", "-1", "65533", "99999", "²", "9092.0"])
def test_what_is_no_port_is_refused_by_its_variable(text: str) -> None:
    with pytest.raises(StackError, match=r"KAFKA_PORT=.* is not a port number"):
        resolve_ports(settings({"KAFKA_PORT": text}), [SIX])


def test_two_variables_that_claim_one_port_are_both_named() -> None:
    with pytest.raises(StackError, match="Port 9095 is claimed by both KAFKA_PORT and REDIS_PORT"):
        resolve_ports(settings({"REDIS_PORT": "9095"}), [SIX, PortSpec("REDIS_PORT", 6379)])


def test_free_ports_are_blocks_that_do_not_overlap() -> None:
    specs = [SIX, PortSpec("REDIS_PORT", 6379), PortSpec("A_PORT", 8112, (0, 20, 40))]
    chosen = resolve_ports(settings({"KAFKA_PORT": "9092"}, free=True), specs)
    ports = [chosen[spec.variable] + offset for spec in specs for offset in spec.offsets]
    assert len(set(ports)) == len(ports)
    assert all(is_free(port) for port in ports)
    assert all(20000 <= port < 32768 for port in ports)


def test_free_ports_stay_what_the_stack_remembers() -> None:
    assert resolve_ports(settings(remembered={"KAFKA_PORT": "23000"}, free=True), [SIX]) == {"KAFKA_PORT": 23000}


def test_a_port_with_a_listener_is_taken_and_its_holder_is_named(taken: int) -> None:
    assert not is_free(taken)
    assert f"(pid {os.getpid()})" in holder(taken)


def test_a_port_of_what_is_about_to_be_stopped_is_not_in_the_way(taken: int) -> None:
    program = Program("shop-worker", ("true",), Path("/"), ports=(Port(taken, "SHOP_WORKER_PORT"),))
    with pytest.raises(StackError, match=rf"Port {taken}, which shop-worker needs, is taken by .* \(pid {os.getpid()}\)"):
        check_ports([program])
    check_ports([program], leaving={os.getpid()})


def test_a_port_without_a_listener_has_no_holder(taken: int) -> None:
    assert holder(1) == ""
