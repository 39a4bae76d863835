"""GatheredReads: requests share pipelines, and each gets its own answer or error."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from redis.exceptions import ConnectionError, ResponseError

from shared.stores.gathered import GatheredReads


class Server:
    """A client whose pipelines answer with the command's last word, once `gate` is open."""

    def __init__(self) -> None:
        self.pipelines: list[list[tuple[Any, ...]]] = []
        self.asked = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.away = False

    def pipeline(self, transaction: bool) -> Server.Pipeline:
        assert not transaction
        return Server.Pipeline(self)

    class Pipeline:
        def __init__(self, server: Server) -> None:
            self._server = server
            self._commands: list[tuple[Any, ...]] = []

        async def __aenter__(self) -> Server.Pipeline:
            return self

        async def __aexit__(self, *_: object) -> None:
            pass

        def execute_command(self, *command: Any) -> None:
            self._commands.append(command)

        async def execute(self, raise_on_error: bool) -> list[Any]:
            assert not raise_on_error
            self._server.pipelines.append(self._commands)
            self._server.asked.set()
            await self._server.gate.wait()
            if self._server.away:
                raise ConnectionError("away")
            return [ResponseError("wrong type") if command[-1] == "wrong" else command[-1] for command in self._commands]


def test_a_lone_read_goes_at_once_and_those_that_come_meanwhile_go_together() -> None:
    async def act() -> None:
        server: Any = Server()
        server.gate.clear()
        reads = GatheredReads(server)
        asked = [asyncio.create_task(reads.execute("GET", "a"))]
        await server.asked.wait()
        asked += [asyncio.create_task(reads.execute("HGET", "h", name)) for name in "bcd"]
        await asyncio.sleep(0)
        server.gate.set()
        assert await asyncio.gather(*asked) == ["a", "b", "c", "d"]
        assert [len(commands) for commands in server.pipelines] == [1, 3]
        assert await reads.execute("GET", "e") == "e"

    asyncio.run(act())


def test_an_error_of_one_command_is_told_to_who_asked_for_it_only() -> None:
    async def act() -> None:
        server: Any = Server()
        reads = GatheredReads(server)
        answers = await asyncio.gather(reads.execute("GET", "a"), reads.execute("GET", "wrong"), return_exceptions=True)
        assert answers[0] == "a"
        assert isinstance(answers[1], ResponseError)

    asyncio.run(act())


def test_while_the_server_is_away_everybody_is_told_and_later_reads_work() -> None:
    async def act() -> None:
        server: Any = Server()
        server.away = True
        reads = GatheredReads(server)
        answers = await asyncio.gather(*(reads.execute("GET", name) for name in "ab"), return_exceptions=True)
        assert [type(answer) for answer in answers] == [ConnectionError, ConnectionError]
        server.away = False
        assert await reads.execute("GET", "c") == "c"

    asyncio.run(act())


def test_who_gives_up_waiting_takes_nobody_along() -> None:
    async def act() -> None:
        server: Any = Server()
        server.gate.clear()
        reads = GatheredReads(server)
        patient, impatient = (asyncio.create_task(reads.execute("GET", name)) for name in "ab")
        await server.asked.wait()
        impatient.cancel()
        server.gate.set()
        assert await patient == "a"
        with pytest.raises(asyncio.CancelledError):
            await impatient

    asyncio.run(act())
