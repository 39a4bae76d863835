"""The engines that are not part of the checkout: fetched once, pinned by hashes, kept in the cache."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from infra.local.component import Artifact
from infra.local.errors import StackError
from infra.local.fetch import fetch
from infra.local.jdk import find_jdk
from infra.local.settings import load_settings
from loadtests.bench.comparison import BenchError

_HERE = Path(__file__).parent
_STREAMS = Artifact(_HERE / "kafka_streams", "4.3.1")
JVM_OPTIONS = ("-Xms512m", "-Xmx512m")


def kafka_streams(folder: Path) -> list[str]:
    """The command of the Java job without its arguments; compiled into `folder`. Raises BenchError."""
    try:
        java_home = find_jdk(os.environ)
        cache = load_settings().paths.cache
        fetch(_STREAMS, cache)
    except StackError as error:
        raise BenchError(str(error)) from error
    jars = f"{cache / _STREAMS.name / _STREAMS.version}/*"
    source = _STREAMS.folder / "CountJob.java"
    done = subprocess.run(
        [java_home / "bin" / "javac", "-d", folder, "-cp", jars, source],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        raise BenchError(f"{source.name} does not compile:\n{done.stderr}")
    return [str(java_home / "bin" / "java"), *JVM_OPTIONS, "-cp", f"{folder}:{jars}", "CountJob"]


def quix_streams() -> list[str]:
    """The command of the Quix job without its arguments, in an environment of its own. Raises BenchError."""
    lock = _HERE / "quix.txt"
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:16]
    environment = load_settings().paths.cache / "python" / f"quix-{digest}"
    python = environment / "bin" / "python"
    if not (environment / ".complete").exists():
        install = [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--require-hashes", "-r", lock]
        for command in ([sys.executable, "-m", "venv", "--clear", environment], install):
            done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
            if done.returncode:
                raise BenchError(f"The environment of Quix Streams could not be made: {done.stderr.strip()[-500:]}")
        (environment / ".complete").touch()
    return [str(python), str(_HERE / "quix_worker.py")]
