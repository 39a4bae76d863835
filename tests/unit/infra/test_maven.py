from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.errors import StackError
from infra.local.maven import copy_dependencies, explain, require_maven


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("[ERROR] Could not transfer artifact a:b:jar:1 from/to central: Unknown host", "check the network"),
        ("[ERROR] write failed: No space left on device", "The disk is full"),
        ("[ERROR] Could not find artifact a:b:jar:1 in central", "Could not find artifact a:b:jar:1"),
    ],
)
def test_a_failure_of_maven_is_told_in_one_sentence(output: str, said: str) -> None:
    assert said in explain(output)


def test_a_missing_maven_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StackError, match=r"Maven \(mvn\) was not found: install it"):
        require_maven()


def fake_maven(folder: Path, script: str) -> None:
    (folder / "mvn").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "mvn").chmod(0o755)


def test_maven_without_network_raises_the_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_maven(tmp_path, "echo '[ERROR] Connection refused'; exit 1")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(StackError, match="could not reach its repository"):
        copy_dependencies(tmp_path / "pom.xml", tmp_path / "out", lambda _: None)


def test_a_second_try_leaves_mavens_own_store_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_maven(tmp_path, f'echo "$@" > {tmp_path}/arguments')
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    copy_dependencies(tmp_path / "pom.xml", tmp_path / "out", lambda _: None, tmp_path / "store")
    assert f"-Dmaven.repo.local={tmp_path}/store" in (tmp_path / "arguments").read_text()
