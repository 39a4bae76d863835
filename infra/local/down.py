"""`down` and `clean`: stop everything of a stack, and leave nothing behind."""

from __future__ import annotations

import shutil
import time
from itertools import groupby

from infra.local.console import say
from infra.local.plan import SERVICE_TIER, write_selection
from infra.local.processes import marked_processes, sweep
from infra.local.settings import Paths
from infra.local.supervise import Supervisor
from infra.local.up import locked

_SETTLE_SECONDS = 10.0


def down(paths: Paths) -> None:
    """Stop services, then components, then supervisord; then whatever still carries the stack's marker. Data stays."""
    if not paths.stack.is_dir():
        say(f"nothing is up: there is no {paths.stack}")
        return
    with locked(paths):
        supervisor = Supervisor(paths)
        stopped = []
        if supervisor.alive():
            stopped = _stop_in_order(supervisor)
            _settle(paths)
        swept = sweep(paths.stack)
        for name in swept:
            say(f"stopped {name}, left over from a run that was cut off")
        supervisor.remove_traces()
        write_selection(paths, {})
    say(f"down: {len(stopped) + len(swept)} processes stopped" if stopped or swept else "nothing was up")


def _stop_in_order(supervisor: Supervisor) -> list[str]:
    stopped: list[str] = []
    tiers = supervisor.tiers()
    for tier, names in groupby(sorted(tiers, key=lambda name: -tiers[name]), key=lambda name: tiers[name]):
        began = time.monotonic()
        done = supervisor.stop(names)
        stopped += done
        if done:
            what = "services" if tier >= SERVICE_TIER else "servers"
            say(f"stopped {len(done)} {what} in {time.monotonic() - began:.1f} s: {', '.join(sorted(done))}")
    supervisor.shutdown()
    return stopped


def _settle(paths: Paths) -> None:
    """Give supervisord, and servers that a small process of their own starts, the moment that they need to end."""
    until = time.monotonic() + _SETTLE_SECONDS
    while marked_processes(paths.stack) and time.monotonic() < until:
        time.sleep(0.05)


def clean(paths: Paths) -> None:
    """`down`, then remove the stack's folder with all its data and logs. The cache stays."""
    down(paths)
    if not (paths.stack / "launcher.lock").exists():
        return
    size = sum(path.lstat().st_size for path in paths.stack.rglob("*") if path.is_file())
    shutil.rmtree(paths.stack)
    say(f"removed {paths.stack} ({size / 1e6:.0f} MB: data, logs, configuration); what was fetched stays in {paths.cache}")
