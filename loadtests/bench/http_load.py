"""A load generator for comparisons: keep-alive connections that send prepared requests one after the other, as fast as answers come.

python -m loadtests.bench.http_load PORT CONNECTIONS WARM_UP_SECONDS SECONDS STATUS < requests

Requests stand on the standard input, each after its length as four bytes. It parses no more of an answer than status and length,
on uvloop; what it can do is part of each comparison, since the bare application is measured with it too. Prints one JSON document.
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
import time
from itertools import cycle
from typing import Any

import uvloop

LENGTH = struct.Struct(">I")


class Connection(asyncio.Protocol):
    """Sends the next request when the answer to the one before is complete."""

    def __init__(self, requests: cycle[bytes], status: bytes) -> None:
        self._requests = requests
        self._status = status
        self._buffer = b""
        self.answers = 0
        self.others: dict[str, int] = {}
        self.closed = False

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer = self._buffer + data if self._buffer else data
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        at = buffer.lower().find(b"content-length:", 0, end)
        length = int(buffer[at + 15 : buffer.find(b"\r\n", at)]) if at >= 0 else 0
        if len(buffer) < end + 4 + length:
            return
        if buffer.startswith(self._status, 9):
            self.answers += 1
        else:
            status = buffer[9:12].decode(errors="replace")
            self.others[status] = self.others.get(status, 0) + 1
        self._buffer = b""
        self._transport.write(next(self._requests))

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = True


async def load(port: int, connections: int, warm_up: float, seconds: float, requests: list[bytes], status: bytes) -> dict[str, object]:
    loop = asyncio.get_running_loop()
    turns = cycle(requests)
    protocols = [(await loop.create_connection(lambda: Connection(turns, status), "127.0.0.1", port))[1] for _ in range(connections)]
    await asyncio.sleep(warm_up)
    began, before = time.monotonic(), sum(protocol.answers for protocol in protocols)
    print(json.dumps({"began": True}), flush=True)
    await asyncio.sleep(seconds)
    answers, took = sum(protocol.answers for protocol in protocols) - before, time.monotonic() - began
    others: dict[str, int] = {}
    for protocol in protocols:
        for key, number in protocol.others.items():
            others[key] = others.get(key, 0) + number
    if lost := sum(protocol.closed for protocol in protocols):
        others["closed"] = lost
    return {"answers": answers, "seconds": took, "others": others}


def read_requests() -> list[bytes]:
    data, at, found = sys.stdin.buffer.read(), 0, []
    while at < len(data):
        (length,) = LENGTH.unpack_from(data, at)
        found.append(data[at + 4 : at + 4 + length])
        at += 4 + length
    return found


if __name__ == "__main__":
    port, connections, warm_up, seconds, status = sys.argv[1:]
    outcome = load(int(port), int(connections), float(warm_up), float(seconds), read_requests(), status.encode())
    print(json.dumps(uvloop.run(outcome)), flush=True)
