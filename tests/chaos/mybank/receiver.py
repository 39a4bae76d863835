"""A customer's own system on this machine: takes letters, checks their signature, and has moods."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from tests.chaos.mybank.world import SECRET

MOODY, STEADY = "/moody", "/steady"
AWAY_SECONDS, EVERY_SECONDS = 8.0, 40.0
"""Of each EVERY_SECONDS, the last AWAY_SECONDS it refuses everything."""
REFUSES, FORGETS_TO_ANSWER = 0.03, 0.02
"""Of what comes in between; a letter whose answer is lost comes again, and must bear the same id."""


class Letter(NamedTuple):
    """As it was received; `data` is the alert."""

    webhook_id: str
    body: bytes
    data: dict[str, Any]


class Receiver:
    """Listens from the start on; `mend` ends its moods."""

    def __init__(self, seed: int) -> None:
        self.letters: list[Letter] = []
        self.forged: list[str] = []
        """Whose signature is wrong."""
        self.refused = 0
        self._chance = random.Random(seed)
        self._moody = True
        self._started = time.monotonic()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                body = self.rfile.read(length)
                if len(body) < length:
                    return  # its notifier was killed in the middle: half a letter is none, and no forgery
                status = receiver._take(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                if status:
                    self.send_response(status)
                    self.end_headers()

            def log_message(self, format: str, *args: object) -> None: ...

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A notifier that is killed in the middle of a call is no error of ours."""

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def mend(self) -> None:
        self._moody = False

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _take(self, path: str, headers: dict[str, str], body: bytes) -> int | None:
        """The status to answer; None where the answer is lost."""
        moody = path == MOODY and self._moody
        mood = self._chance.random()
        if moody and (mood < REFUSES or (time.monotonic() - self._started) % EVERY_SECONDS > EVERY_SECONDS - AWAY_SECONDS):
            self.refused += 1
            return 503
        webhook_id = headers["webhook-id"]
        if not hmac.compare_digest(headers["webhook-signature"], signature(webhook_id, headers["webhook-timestamp"], body)):
            self.forged.append(webhook_id)
        self.letters.append(Letter(webhook_id, body, json.loads(body)["data"]))
        return None if moody and mood < REFUSES + FORGETS_TO_ANSWER else 204


def signature(webhook_id: str, timestamp: str, body: bytes) -> str:
    """By https://www.standardwebhooks.com, written apart from the notifier's."""
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.new(key, f"{webhook_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()).decode()
