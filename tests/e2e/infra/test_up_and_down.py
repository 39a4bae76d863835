from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import redis

from infra.local.ports import is_free
from shared.testing.eventually import eventually
from tests.e2e.infra.checkout import Checkout


def test_a_second_up_is_fast_and_changes_nothing(checkout: Checkout) -> None:
    first = checkout.up("shop")
    assert f"echo-api  http://127.0.0.1:{checkout.env['SHOP_ECHO_API_PORT']}/docs" in first.text
    pids = checkout.pids()
    began = time.monotonic()
    second = checkout.up("shop")
    assert time.monotonic() - began < 10
    assert "starting" not in second.text
    assert checkout.pids() == pids


def test_only_what_was_asked_for_is_started(checkout: Checkout) -> None:
    checkout.up("shop", "--services", "none")
    assert set(checkout.pids()) == {"valkey"}
    checkout.up("shop", "--services", "echo-api")
    assert set(checkout.pids()) == {"valkey", "shop-echo-api"}


def test_a_second_case_joins_and_leaves_the_first_alone(checkout: Checkout) -> None:
    checkout.up("shop")
    pids = checkout.pids()
    checkout.up("bank")
    assert pids.items() <= checkout.pids().items()
    assert set(checkout.pids()) == {"valkey", "shop-echo-api", "bank-echo-page"}
    assert checkout.run("status").code == 0


def test_a_changed_setting_restarts_what_it_concerns(checkout: Checkout) -> None:
    checkout.up("shop")
    before = checkout.pids()
    checkout.up("shop", SHOP_GREETING="hello")
    after = checkout.pids()
    assert after["valkey"] == before["valkey"]
    assert httpx.get(f"http://127.0.0.1:{checkout.env['SHOP_ECHO_API_PORT']}/").text == f"hello{after['shop-echo-api']}"


def test_restart_gives_a_service_a_new_process_and_waits_for_it(checkout: Checkout) -> None:
    checkout.up("shop")
    before = checkout.pids()
    assert checkout.run("restart", "echo-api").code == 0
    after = checkout.pids()
    assert after["shop-echo-api"] != before["shop-echo-api"]
    assert httpx.get(f"http://127.0.0.1:{checkout.env['SHOP_ECHO_API_PORT']}/").text == str(after["shop-echo-api"])


def test_a_service_that_is_stopped_stays_so_until_it_is_restarted(checkout: Checkout) -> None:
    checkout.up("shop")
    assert checkout.run("stop", "echo-api").code == 0
    assert not checkout.states()["shop-echo-api"].running
    assert checkout.states()["valkey"].running
    assert checkout.run("status").code == 1
    assert checkout.run("restart", "echo-api").code == 0
    assert checkout.states()["shop-echo-api"].running
    assert checkout.run("status").code == 0


def test_down_leaves_no_process_no_socket_and_no_port_and_up_finds_the_data_again(checkout: Checkout) -> None:
    checkout.up("shop", "--services", "none")
    with redis.Redis.from_url(checkout.env["REDIS_URL"]) as client:
        client.set("kept", "yes")
    port = int(checkout.env["REDIS_PORT"])
    assert checkout.run("down").code == 0
    assert checkout.processes() == []
    assert not (checkout.stack / "run").exists()
    assert is_free(port)
    checkout.up("shop", "--services", "none")
    with redis.Redis.from_url(checkout.env["REDIS_URL"]) as client:
        assert client.get("kept") == b"yes"


def test_clean_removes_the_data(checkout: Checkout) -> None:
    checkout.up("shop", "--services", "none")
    result = checkout.run("clean")
    assert result.code == 0
    assert f"removed {checkout.stack}" in result.text
    assert not checkout.stack.exists()


@pytest.mark.parametrize("command", ["down", "up"])
def test_orphans_of_a_killed_supervisord_are_stopped(checkout: Checkout, command: str) -> None:
    checkout.up("shop")
    checkout.up("bank")
    orphans = checkout.pids()
    checkout.kill_supervisord()
    if command == "down":
        assert checkout.run("down").code == 0
        assert checkout.processes() == []
        return
    result = checkout.up("shop")
    assert "left over from a run that was cut off" in result.text
    running = checkout.pids()
    assert set(running) == set(orphans), "what was up before comes up again"
    assert not set(running.values()) & set(orphans.values())


def test_a_killed_process_is_started_again_and_counted(checkout: Checkout) -> None:
    checkout.up("shop")
    first = checkout.states()["shop-echo-api"].pid
    next(process for process in checkout.processes() if process.pid == first).kill()
    eventually(lambda: checkout.pids()["shop-echo-api"] not in (0, first))
    line = next(line for line in checkout.run("status").text.splitlines() if line.startswith("shop-echo-api"))
    assert " 1 " in line


def test_two_starts_at_once_make_one_stack(checkout: Checkout) -> None:
    with ThreadPoolExecutor(2) as pool:
        shop, bank = pool.submit(checkout.up, "shop"), pool.submit(checkout.up, "bank")
        shop.result()
        bank.result()
    assert set(checkout.pids()) == {"valkey", "shop-echo-api", "bank-echo-page"}


def test_free_ports_that_others_took_meanwhile_are_chosen_anew(checkout: Checkout) -> None:
    checkout.up("shop", "--services", "none")
    before = int(checkout.env["REDIS_PORT"])
    checkout.run("down")
    with socket.create_server(("127.0.0.1", before)):
        checkout.up("shop", "--services", "none")
    assert int(checkout.env["REDIS_PORT"]) != before
