from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.errors import StackError
from infra.local.jdk import find_jdk, major_version


def jdk(home: Path, version: str) -> Path:
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "java").write_text("#!/bin/sh\n")
    (home / "bin" / "java").chmod(0o755)
    (home / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
    return home


def test_java_home_comes_first(tmp_path: Path) -> None:
    jdk(tmp_path / "jvm" / "25", "25.0.1")
    home = jdk(tmp_path / "mine", "21.0.2")
    assert find_jdk({"JAVA_HOME": str(home)}, (str(tmp_path / "jvm"),)) == home


def test_a_java_home_that_is_too_old_is_passed_by(tmp_path: Path) -> None:
    new = jdk(tmp_path / "jvm" / "21", "21")
    old = jdk(tmp_path / "old", "17.0.9")
    assert find_jdk({"JAVA_HOME": str(old)}, (str(tmp_path / "jvm"),)) == new


def test_the_newest_of_the_systems_folders_is_taken(tmp_path: Path) -> None:
    for version in ("17.0.1", "25.0.3", "21.0.5", "1.8.0_392"):
        jdk(tmp_path / version, version)
    assert find_jdk({"PATH": ""}, (str(tmp_path),)).name == "25.0.3"


def test_the_java_on_the_path_is_the_last_to_be_asked(tmp_path: Path) -> None:
    home = jdk(tmp_path / "somewhere", "22")
    assert find_jdk({"PATH": str(home / "bin")}, ()) == home


def test_no_jdk_is_told_with_what_to_install(tmp_path: Path) -> None:
    jdk(tmp_path / "17", "17.0.1")
    with pytest.raises(StackError, match=r"No JDK 21 or newer was found: install one .* or set JAVA_HOME"):
        find_jdk({"JAVA_HOME": "/nowhere", "PATH": str(tmp_path)}, (str(tmp_path),))


def test_a_java_without_a_release_file_is_asked(tmp_path: Path) -> None:
    home = jdk(tmp_path / "x", "1")
    (home / "release").unlink()
    (home / "bin" / "java").write_text("#!/bin/sh\necho 'openjdk version \"23.0.1\" 2024-10-15' >&2\n")
    assert major_version(home) == 23
