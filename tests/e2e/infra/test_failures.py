from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.infra.checkout import Checkout


def test_a_taken_port_is_named_with_its_variable_and_its_holder(checkout: Checkout) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        (checkout.root / ".env").write_text(f"REDIS_PORT={port}\n")
        result = checkout.run("up", "shop", "--services", "none")
    assert result.code == 1
    assert f"Port {port}, which valkey needs, is taken" in result.text
    assert f"(pid {os.getpid()})" in result.text
    assert "set REDIS_PORT in .env" in result.text
    assert "Traceback" not in result.text
    assert checkout.processes() == []


def test_a_service_that_cannot_start_is_named_with_the_end_of_its_log(checkout: Checkout) -> None:
    result = checkout.run("up", "broken", "--free-ports")
    assert result.code == 1
    assert "broken-till did not start: its process ends again and again" in result.text
    assert "| the till is empty" in result.text
    assert "make logs SERVICE=broken-till" in result.text
    assert not checkout.states()["broken-till"].running


def test_a_server_elsewhere_is_used_and_none_is_started(checkout: Checkout, tmp_path: Path) -> None:
    checkout.up("shop", "--services", "none")
    elsewhere = checkout.env["REDIS_URL"]
    (tmp_path / "second").mkdir()
    second = Checkout(tmp_path / "second")
    (second.root / ".env").write_text(f"REDIS_URL={elsewhere}\n")
    try:
        second.up("shop")
        assert set(second.pids()) == {"shop-echo-api"}
        assert second.env["REDIS_URL"] == elsewhere
    finally:
        second.run("down")


def test_a_server_elsewhere_that_does_not_answer_points_to_the_env_file(checkout: Checkout) -> None:
    (checkout.root / ".env").write_text("REDIS_URL=redis://127.0.0.1:1/0\n")
    result = checkout.run("up", "shop", "--free-ports")
    assert result.code == 1
    assert "valkey at redis://127.0.0.1:1/0 cannot be used" in result.text
    assert "check its address and credentials in .env" in result.text


def test_without_a_jdk_it_says_what_to_install(checkout: Checkout) -> None:
    jdk = checkout.root / "infra" / "local" / "jdk.py"
    jdk.write_text(jdk.read_text().replace('"/usr/lib/jvm"', '"/nowhere"'))
    result = checkout.run("up", "events", "--free-ports", PATH="/nowhere")
    assert result.code == 1
    assert "No JDK 21 or newer was found: install one" in result.text


def test_a_command_on_a_stack_that_is_not_up_says_how_to_start_one(checkout: Checkout) -> None:
    for command in (("status",), ("restart", "echo-api"), ("stop", "echo-api")):
        result = checkout.run(*command)
        assert result.code == 1
        assert "Nothing is up: start a case first" in result.text
    assert checkout.run("down").code == 0


NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--")


def nobody_can_run_python() -> bool:
    """Whether this test run may become another user, and that user reaches the Python that runs the tests."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        return False
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import supervisor'], check=True)"
    return subprocess.run((*NOBODY, sys.executable, "-c", code), cwd="/", capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not nobody_can_run_python(), reason="not root, or this Python lies in a folder that is closed to other users")
def test_an_ordinary_user_starts_a_stack(checkout: Checkout) -> None:
    checkout.stack.mkdir()
    os.chown(checkout.stack, 65534, 65534)
    home = {"HOME": str(checkout.stack), "CACHE_DIR": str(checkout.stack / "cache")}
    result = checkout.run("up", "shop", "--free-ports", prefix=NOBODY, **home)
    assert result.code == 0, result.text
    assert {process.uids().real for process in checkout.processes()} == {65534}
    assert checkout.run("down", prefix=NOBODY, **home).code == 0
