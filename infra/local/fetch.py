"""Fetches what components need into the cache, and refuses what does not match the committed checksums."""

from __future__ import annotations

import fcntl
import os
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from infra.local.checksums import damaged_files, read_checksums
from infra.local.component import Artifact
from infra.local.console import say
from infra.local.errors import StackError
from infra.local.maven import copy_dependencies


def fetch_all(artifacts: Sequence[Artifact], cache: Path) -> bool:
    """Have every artifact in the cache, whole; several are fetched at once, each once. Returns whether any was fetched.

    StackError names the first that failed.
    """
    wanted = dict.fromkeys(artifacts)
    with ThreadPoolExecutor(max(1, len(wanted))) as pool:
        running = [pool.submit(fetch, artifact, cache) for artifact in wanted]
        fetched = [done.result() for done in running]
        return any(fetched)


def is_whole(artifact: Artifact, cache: Path) -> bool:
    """Whether every file of the artifact is in the cache and matches its checksum."""
    return not damaged_files(cache / artifact.name / artifact.version, read_checksums(artifact.checksums))


def fetch(artifact: Artifact, cache: Path) -> bool:
    """Have one artifact in the cache; what is damaged there is fetched again, once. Returns whether it was fetched."""
    if is_whole(artifact, cache):
        return False
    target = cache / artifact.name / artifact.version
    expected = read_checksums(artifact.checksums)
    with _locked(target, artifact):
        damaged = damaged_files(target, expected)
        if not damaged:
            return False
        tell = partial(_tell, artifact.name)
        if target.exists():
            tell(f"{damaged[0]} in the cache is damaged or missing (of {len(damaged)} such): fetching it again")
        for own_repository in (False, True):
            with _temporary(target) as folder:
                files = fetch_files(artifact, folder, own_repository=own_repository)
                damaged = damaged_files(files, expected)
                if not damaged:
                    _replace(files, target)
                    tell("fetched")
                    return True
            tell(f"{damaged[0]} does not match its checksum")
    raise StackError(
        f"{artifact.name}: {damaged[0]} was fetched twice and matches {artifact.checksums.name} neither time: "
        "the Maven repository in use serves another file; check its mirror in Maven's settings.xml."
    )


def _tell(name: str, text: str) -> None:
    say(f"{name}: {text}")


def fetch_files(artifact: Artifact, folder: Path, *, own_repository: bool) -> Path:
    """Fetch, and unpack where it is an archive, into a folder below `folder`, which is returned; checks nothing.

    With `own_repository` nothing is taken from Maven's own store. StackError where Maven or the disk fails.
    """
    tell = partial(_tell, artifact.name)
    tell(f"fetching {artifact.version}")
    files = folder / "files"
    repository = folder / "repository" if own_repository else None
    try:
        if artifact.unpack:
            copy_dependencies(artifact.pom, folder / "archive", tell, repository)
            (archive,) = (folder / "archive").iterdir()
            tell("unpacking")
            unpack(archive, files)
            for inner in sorted(files.glob("*.txz")):
                unpack(inner, files)
                inner.unlink()
        else:
            copy_dependencies(artifact.pom, files, tell, repository)
    except OSError as error:
        raise StackError(f"{artifact.name} could not be stored in {folder.parent}: {error.strerror}.") from error
    return files


def unpack(archive: Path, target: Path) -> None:
    """Unpack a .zip, .jar, .tar.gz or .txz; executable files stay executable, nothing is written outside the target."""
    if archive.suffix in (".zip", ".jar"):
        with zipfile.ZipFile(archive) as zipped:
            for entry in zipped.infolist():
                path = Path(zipped.extract(entry, target))
                if mode := (entry.external_attr >> 16) & 0o777:
                    path.chmod(mode | 0o600)
    else:
        with tarfile.open(archive) as tarred:
            for member in tarred:
                _unpack_member(tarred, member, target)


def _unpack_member(tarred: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    # As the filter "data" of tarfile does, which Python 3.11 has from its fourth release on only.
    path = (target / member.name).resolve()
    # A link may name a file beside it: a library's versions do.
    link = member.issym() and "/" not in member.linkname and member.linkname not in (".", "..")
    if target.resolve() not in (path, *path.parents) or not (member.isfile() or member.isdir() or link):
        raise StackError(f"{tarred.name!s} holds {member.name}, which is no file of its own: it is not unpacked.")
    if member.isdir():
        path.mkdir(parents=True, exist_ok=True)
        return
    if link:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(member.linkname)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    content = tarred.extractfile(member)
    assert content is not None
    with content, path.open("wb") as file:
        shutil.copyfileobj(content, file)
    path.chmod(member.mode & 0o777 | 0o600)


@contextmanager
def _locked(target: Path, artifact: Artifact) -> Iterator[None]:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = (target.parent / f"{target.name}.lock").open("w")
    except OSError as error:
        raise StackError(
            f"The cache {target.parent} cannot be written ({error.strerror}): set CACHE_DIR in .env to a folder that you own."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            _tell(artifact.name, "waiting for another run that fetches it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _temporary(target: Path) -> Iterator[Path]:
    """A folder beside the target, on the same disk, so that a rename puts the whole in place or nothing."""
    for left in target.parent.glob(f".{target.name}-*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _replace(files: Path, target: Path) -> None:
    for path in (files, *files.rglob("*")):
        # What is run as nobody must be read by nobody, whatever the umask.
        path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or os.access(path, os.X_OK) else 0o444))
    old = target.with_name(f".{target.name}-old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    files.rename(target)
    shutil.rmtree(old, ignore_errors=True)
