"""Finds what would make a start fail before anything is started."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable

import psutil

from infra.local.component import Program
from infra.local.console import say
from infra.local.errors import StackError
from infra.local.ports import holder, holder_pid, is_free
from infra.local.settings import Paths

_DISK_BYTES = 2 * 1024**3
_MEMORY_BYTES = 4 * 1024**3


def check_folders(paths: Paths) -> None:
    """Make the stack's folder, and see that 2 GB are free where it and the cache lie. StackError says what to set."""
    for variable, folder in (("STACK_DIR", paths.stack), ("CACHE_DIR", paths.cache)):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StackError(f"The folder {folder} cannot be made ({error.strerror}): set {variable} in .env.") from error
        free = shutil.disk_usage(folder).free
        if free < _DISK_BYTES:
            raise StackError(
                f"The disk that holds {folder} has {free / 1024**3:.1f} GB free and 2 GB are needed: free some, "
                f"or set {variable} in .env to a folder on another disk."
            )


def check_memory(starting: bool) -> None:
    """Say so where less than 4 GB are free: the stack may start all the same."""
    free = psutil.virtual_memory().available
    if starting and free < _MEMORY_BYTES:
        say(f"only {free / 1024**3:.1f} GB of memory are free; the stack takes up to 4 GB (KAFKA_BROKERS=1 takes less)")


def check_ports(programs: Iterable[Program], leaving: Collection[int] = ()) -> None:
    """StackError for the first port of a program that somebody else holds. `leaving` are the pids of what is stopped before they start."""
    for program in programs:
        for port in program.ports:
            if not is_free(port.number) and not (leaving and holder_pid(port.number) in leaving):
                raise StackError(
                    f"Port {port.number}, which {program.name} needs, is taken{holder(port.number)}: "
                    f"stop that process, or set {port.variable} in .env to another port."
                )
