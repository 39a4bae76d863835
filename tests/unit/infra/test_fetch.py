from __future__ import annotations

import tarfile
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.local import fetch as fetching
from infra.local.checksums import damaged_files, read_checksums, write_checksums
from infra.local.component import Artifact
from infra.local.errors import StackError
from infra.local.fetch import fetch, is_whole, unpack


class Maven:
    """Stands for Maven: puts its files into the target, and remembers whether its own store was left out."""

    def __init__(self, *answers: dict[str, str]) -> None:
        self._answers = list(answers)
        self.own_store_left_out: list[bool] = []

    def copy(self, pom: Path, target: Path, say: Callable[[str], None], local_repository: Path | None = None) -> None:
        self.own_store_left_out.append(local_repository is not None)
        answer = self._answers.pop(0)
        target.mkdir(parents=True)
        for name, text in answer.items():
            (target / name).write_text(text)


GOOD = {"a.jar": "a", "b.jar": "b"}


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    folder, files = tmp_path / "server", tmp_path / "files"
    for path in (folder, files):
        path.mkdir()
    for name, text in GOOD.items():
        (files / name).write_text(text)
    write_checksums(files, folder / "files.sha256")
    return Artifact(folder, "1.0")


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[Maven], Maven]:
    def use(maven: Maven) -> Maven:
        monkeypatch.setattr(fetching, "copy_dependencies", maven.copy)
        return maven

    return use


def test_what_is_whole_is_not_fetched_again(artifact: Artifact, tmp_path: Path, use: Callable[[Maven], Maven]) -> None:
    maven = use(Maven(GOOD))
    fetch(artifact, tmp_path / "cache")
    fetch(artifact, tmp_path / "cache")
    assert maven.own_store_left_out == [False]
    assert is_whole(artifact, tmp_path / "cache")


@pytest.mark.parametrize("damage", [lambda p: p.write_text("x"), lambda p: p.unlink()])
def test_a_damaged_file_is_fetched_again(
    artifact: Artifact, tmp_path: Path, use: Callable[[Maven], Maven], damage: Callable[[Path], object]
) -> None:
    use(Maven(GOOD, GOOD))
    fetch(artifact, tmp_path / "cache")
    damage(tmp_path / "cache" / "server" / "1.0" / "a.jar")
    assert not is_whole(artifact, tmp_path / "cache")
    fetch(artifact, tmp_path / "cache")
    assert is_whole(artifact, tmp_path / "cache")


def test_a_damaged_file_in_mavens_own_store_is_passed_by(artifact: Artifact, tmp_path: Path, use: Callable[[Maven], Maven]) -> None:
    maven = use(Maven({"a.jar": "x", "b.jar": "b"}, GOOD))
    fetch(artifact, tmp_path / "cache")
    assert maven.own_store_left_out == [False, True]
    assert is_whole(artifact, tmp_path / "cache")


def test_what_is_wrong_twice_is_refused_and_leaves_nothing(artifact: Artifact, tmp_path: Path, use: Callable[[Maven], Maven]) -> None:
    use(Maven({"a.jar": "x", "b.jar": "b"}, {"a.jar": "x", "b.jar": "b"}))
    with pytest.raises(StackError, match=r"server: a\.jar was fetched twice"):
        fetch(artifact, tmp_path / "cache")
    assert [path.name for path in (tmp_path / "cache" / "server").iterdir()] == ["1.0.lock"]


def test_a_fetch_that_was_cut_off_does_not_look_complete(artifact: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(pom: Path, target: Path, *_: object) -> None:
        target.mkdir(parents=True)
        (target / "a.jar").write_text("a")
        raise KeyboardInterrupt

    monkeypatch.setattr(fetching, "copy_dependencies", cut_off)
    with pytest.raises(KeyboardInterrupt):
        fetch(artifact, tmp_path / "cache")
    assert not (tmp_path / "cache" / "server" / "1.0").exists()


def test_two_at_once_fetch_once(artifact: Artifact, tmp_path: Path, use: Callable[[Maven], Maven]) -> None:
    maven = use(Maven(GOOD))
    threads = [threading.Thread(target=fetch, args=(artifact, tmp_path / "cache")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(maven.own_store_left_out) == 1


def test_a_zip_keeps_what_may_be_executed(tmp_path: Path) -> None:
    program = tmp_path / "run"
    program.write_text("#!/bin/sh")
    program.chmod(0o755)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(program, "bin/run")
        archive.writestr("lib/text", "x")
    unpack(tmp_path / "a.zip", tmp_path / "out")
    assert (tmp_path / "out" / "bin" / "run").stat().st_mode & 0o111
    assert (tmp_path / "out" / "lib" / "text").read_text() == "x"


def test_a_tar_that_reaches_outside_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "x", "../outside")
    with pytest.raises(StackError, match="outside, which is no file of its own"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "out")
    assert not (tmp_path / "outside").exists()


def test_checksums_are_read_as_sha256sum_writes_them(tmp_path: Path) -> None:
    (tmp_path / "sums").write_text("aa  one.jar\nbb *two three.jar\n")
    assert read_checksums(tmp_path / "sums") == {"one.jar": "aa", "two three.jar": "bb"}
    assert damaged_files(tmp_path, read_checksums(tmp_path / "sums")) == ["one.jar", "two three.jar"]


def test_a_jar_that_holds_an_archive_is_unpacked_to_the_end(tmp_path: Path) -> None:
    (tmp_path / "library.so.1").write_text("x")
    (tmp_path / "library.so").symlink_to("library.so.1")
    with tarfile.open(tmp_path / "server.txz", "w:xz") as inner:
        for name in ("library.so.1", "library.so"):
            inner.add(tmp_path / name, f"lib/{name}")

    def copy(pom: Path, target: Path, *_: object) -> None:
        target.mkdir(parents=True)
        with zipfile.ZipFile(target / "server.jar", "w") as jar:
            jar.write(tmp_path / "server.txz", "server.txz")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fetching, "copy_dependencies", copy)
        files = fetching.fetch_files(Artifact(tmp_path, "1", unpack=True), tmp_path / "out", own_repository=False)
    assert (files / "lib" / "library.so").readlink() == Path("library.so.1")
    assert (files / "lib" / "library.so").read_text() == "x"
    assert not (files / "server.txz").exists()


@pytest.mark.parametrize("to", ["/etc/passwd", "../../x", ".."])
def test_a_link_that_leads_elsewhere_is_refused(tmp_path: Path, to: str) -> None:
    (tmp_path / "link").symlink_to(to)
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "link", "link")
    with pytest.raises(StackError, match="link, which is no file of its own"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "out")


def test_what_two_components_use_is_fetched_once(artifact: Artifact, tmp_path: Path, use: Callable[[Maven], Maven]) -> None:
    maven = use(Maven(GOOD))
    assert fetching.fetch_all([artifact, artifact], tmp_path / "cache")
    assert len(maven.own_store_left_out) == 1
