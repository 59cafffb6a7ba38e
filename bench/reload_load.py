"""Clients that send POSTs through a proxy which is reloaded, and the nodes behind it, which count them.

C{python -m bench.reload_load} prints the ports of its nodes, as one line of JSON, waits for one with the port
of the proxy, the seconds and more (L{Wishes}), and prints what became of all requests.  Each request is sent
once.  A client looks whether its connection was closed before it sends: so no request is lost that a careful
client would not have lost.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Awaitable
from typing import TypeVar

from attrs import asdict, define, field, frozen

T = TypeVar("T")

NODES = 3
#: Each client's every so many requests is one on a connection of its own.
NEW = 10
#: Seconds for which a response is waited for, and a connection.
PATIENCE = 10.0
_BODY = b"x" * 200


@frozen
class Wishes:
    """What is to be sent.

    @ivar clients: each keeps a connection.
    @ivar rate: requests a second, of all of them.
    @ivar seconds: for so long.
    """

    port: int
    clients: int = 40
    rate: float = 200.0
    seconds: float = 16.0


@define
class Found:
    """What became of it.

    @ivar sent: requests.
    @ivar lost: those without a good response; C{done}: of these, those that a node carried out all the same.
    @ivar repeated: those that nodes got more than once.
    @ivar closed: kept connections that the proxy ended; C{reconnects}: those that were made in their place.
    """

    sent: int = 0
    lost: int = 0
    done: int = 0
    repeated: int = 0
    closed: int = 0
    reconnects: int = 0


class Nodes:
    """Servers that respond to every POST, and count each by its target."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self._servers: list[asyncio.Server] = []

    async def listen(self, count: int) -> list[int]:
        """Their ports."""
        for _ in range(count):
            self._servers.append(await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024))
        return [int(server.sockets[0].getsockname()[1]) for server in self._servers]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(_length(head))
                target = head.split(b" ", 2)[1].decode("ascii")
                self.asked[target] += 1
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(target))
                writer.write(target.encode("ascii"))
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


class Broken(Exception):
    """No good response came."""


@define
class Connection:
    """One connection to the proxy."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    ends: bool = False

    @property
    def closed(self) -> bool:
        """Whether the proxy ended it, or said that it will."""
        return self.ends or self.reader.at_eof() or self.reader.exception() is not None

    async def ask(self, target: str) -> None:
        """Send one POST, and take the response.

        @raise Broken: none came, or not that of a node.
        """
        head = f"POST {target} HTTP/1.1\r\nHost: proxy\r\nContent-Length: {len(_BODY)}\r\n\r\n"
        try:
            self.writer.write(head.encode("ascii") + _BODY)
            got = await _soon(self.reader.readuntil(b"\r\n\r\n"))
            body = await _soon(self.reader.readexactly(_length(got)))
        except (asyncio.IncompleteReadError, OSError, TimeoutError) as error:
            self.ends = True
            raise Broken(repr(error)) from error
        self.ends = b"\r\nconnection: close" in got.lower()
        if not got.startswith(b"HTTP/1.1 200") or body.decode("latin-1") != target:
            raise Broken(got.decode("latin-1"))


async def _soon(waiting: Awaitable[T]) -> T:
    return await asyncio.wait_for(waiting, PATIENCE)


@define
class Clients:
    """All clients of one run."""

    wishes: Wishes
    found: Found = field(factory=Found)
    #: The targets of requests without a good response.
    lost: list[str] = field(factory=list)

    async def run(self) -> None:
        """Until all have ended."""
        await asyncio.gather(*(self._client(number) for number in range(self.wishes.clients)))

    async def _client(self, number: int) -> None:
        wishes, loop = self.wishes, asyncio.get_running_loop()
        begun = loop.time()
        each = wishes.clients / wishes.rate
        kept: Connection | None = None
        first = True
        for count in range(int(wishes.seconds / each)):
            # Not all in the same moment.
            due = begun + number / wishes.rate + count * each
            await asyncio.sleep(max(0.0, due - loop.time()))
            target = f"/{number}/{count}"
            self.found.sent += 1
            try:
                if count % NEW == NEW - 1:
                    alone = await self._dial()
                    try:
                        await alone.ask(target)
                    finally:
                        alone.writer.close()
                    continue
                if kept is not None and kept.closed:
                    kept = self._leave(kept)
                if kept is None:
                    kept = await self._dial()
                    self.found.reconnects += not first
                    first = False
                await kept.ask(target)
            except Broken:
                self.lost.append(target)
        if kept is not None:
            if kept.closed:
                self.found.closed += 1
            kept.writer.close()

    def _leave(self, connection: Connection) -> None:
        self.found.closed += 1
        connection.writer.close()

    async def _dial(self) -> Connection:
        try:
            return Connection(*await _soon(asyncio.open_connection("127.0.0.1", self.wishes.port)))
        except (OSError, TimeoutError) as error:
            raise Broken(repr(error)) from error


async def load(wishes: Wishes, nodes: Nodes) -> Found:
    """One run."""
    clients = Clients(wishes)
    await clients.run()
    found, asked = clients.found, nodes.asked
    found.lost = len(clients.lost)
    found.done = sum(asked[target] > 0 for target in clients.lost)
    found.repeated = sum(times > 1 for times in asked.values())
    return found


async def _main() -> None:
    nodes = Nodes()
    print(json.dumps(await nodes.listen(NODES)), flush=True)
    line = await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    print(json.dumps(asdict(await load(Wishes(**json.loads(line)), nodes))), flush=True)


if __name__ == "__main__":
    asyncio.run(_main())
