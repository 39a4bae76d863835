"""A checkout of its own for each group of tests: the real launcher, and cases so small that a start takes seconds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
from dotenv import dotenv_values

from infra.local.processes import marked_processes
from infra.local.settings import ENV_FILE, ROOT, load_settings
from infra.local.supervise import ProcessState, Supervisor

_CONFIGURED = (
    *("KAFKA_BOOTSTRAP_SERVERS", "SCHEMA_REGISTRY_URL", "ELASTICSEARCH_URL", "REDIS_URL", "CONNECT_URL"),
    *("MYBANK_DATABASE_URL", "MYBANK_REPLICATION_URL", "S3_ENDPOINT_URL", "HDFS_URL"),
    *("KAFKA_BROKERS", "STACK_DIR", "CACHE_DIR", "JAVA_HOME", ENV_FILE),
)
"""What a developer may have set for their own stack has no place here."""

_ECHO = """
import http.server, os, signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = (os.environ.get("SHOP_GREETING", "") + str(os.getpid())).encode()
        self.send_response(200); self.end_headers(); self.wfile.write(body)
    def log_message(self, *arguments): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["SERVICE_PORT"])), Handler).serve_forever()
"""
_BROKEN = 'import time\ntime.sleep(0.2)\nraise SystemExit("the till is empty")\n'

STACKS = {
    "shop": "infra: [valkey]\nservices: [{name: echo-api, module: services.shop.echo, port: 8901}]",
    "bank": "infra: [valkey]\nservices: [{name: echo-page, module: services.bank.echo, port: 8951, page: true}]",
    "broken": "infra: [valkey]\nservices: [{name: till, module: services.broken.till, port: 8961}]",
    "events": "infra: [kafka, valkey]",
    "lake": "infra: [s3, hdfs]",
    "letters": "infra: [kafka, connect]",
}


@dataclass(frozen=True)
class Result:
    code: int
    text: str


class Checkout:
    """The launcher in `folder/app`, its stack in `folder/stack`, on free ports."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "app"
        self.stack = folder / "stack"
        for part in ("infra", "shared"):
            shutil.copytree(ROOT / part, self.root / part, ignore=shutil.ignore_patterns("__pycache__"))
        for case, text in STACKS.items():
            service = self.root / "services" / case
            service.mkdir(parents=True)
            (service / "stack.yaml").write_text(text)
            (service / "echo.py").write_text(_ECHO)
            (service / "till.py").write_text(_BROKEN)

    def run(self, *arguments: str, prefix: tuple[str, ...] = (), **environ: str) -> Result:
        """Run one command of the launcher to its end."""
        done = subprocess.run(
            (*prefix, sys.executable, "-m", "infra.local", *arguments, "--stack-dir", str(self.stack)),
            cwd=self.root,
            env=environment(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=250,  # beyond the launcher's own patience with a server
            check=False,
        )
        return Result(done.returncode, done.stdout + done.stderr)

    def up(self, case: str, *arguments: str, **environ: str) -> Result:
        """`up` that must succeed."""
        result = self.run("up", case, "--free-ports", *arguments, **environ)
        assert result.code == 0, result.text
        return result

    @property
    def env(self) -> dict[str, str]:
        return {name: value or "" for name, value in dotenv_values(self.stack / "stack.env", interpolate=False).items()}

    def processes(self) -> list[psutil.Process]:
        return marked_processes(self.stack)

    def states(self) -> dict[str, ProcessState]:
        return Supervisor(load_settings(str(self.stack)).paths).states()

    def pids(self) -> dict[str, int]:
        return {name: state.pid for name, state in self.states().items()}

    def kill_supervisord(self) -> None:
        process = psutil.Process(int((self.stack / "run" / "supervisord.pid").read_text()))
        process.kill()
        process.wait(5)


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment without what configures a stack, and with `extra`."""
    kept = {name: value for name, value in os.environ.items() if name not in _CONFIGURED and not name.endswith("_PORT")}
    return {**kept, "KAFKA_BROKERS": "1", **extra}
