"""The bench's clients count right what a proxy does to them; and a short run of it."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from bench.reload import measure
from bench.reload_arms import Quorumha
from bench.reload_load import Found, Nodes, Wishes, load


class Rude:
    """Stands for a proxy: hands each connection's first requests on, and then ends it."""

    def __init__(self, node: int, *, times: int = 1, twice: bool = False, early: bool = False) -> None:
        """
        @param times: so many requests of a connection get a response.
        @param twice: each is sent to the node twice.
        @param early: the next one is taken before the connection ends.
        """
        self._node, self._times, self._twice, self._early = node, times, twice, early

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for _ in range(self._times):
                request = await self._request(reader)
                for _ in range(1 + self._twice):
                    response = await self._ask(request)
                writer.write(response)
            if self._early:
                await self._ask(await self._request(reader))
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    async def _request(self, reader: asyncio.StreamReader) -> bytes:
        head = await reader.readuntil(b"\r\n\r\n")
        return head + await reader.readexactly(200)

    async def _ask(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._node)
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split()[0])
        body = await reader.readexactly(length)
        writer.close()
        return head + body


class CountTests(SynchronousTestCase):
    """Two clients, each with ten requests, the last of them on a connection of its own."""

    def found(self, **how: int) -> Found:
        async def run() -> Found:
            nodes = Nodes()
            (port,) = await nodes.listen(1)
            rude = Rude(port, **how)  # type: ignore[arg-type]
            server = await asyncio.start_server(rude.serve, "127.0.0.1", 0)
            wishes = Wishes(server.sockets[0].getsockname()[1], 2, 200.0, 0.1)
            return await asyncio.wait_for(load(wishes, nodes), 60)

        return asyncio.run(run())

    def test_nothing(self) -> None:
        self.assertEqual(self.found(times=100), Found(sent=20))

    def test_twice(self) -> None:
        self.assertEqual(self.found(times=100, twice=True), Found(sent=20, repeated=20))

    def test_cut_with_a_request(self) -> None:
        """Every second one of a kept connection is carried out, and gets no response."""
        self.assertEqual(self.found(early=True), Found(sent=20, lost=8, done=8, closed=8, reconnects=8))


class ShortRunTests(SynchronousTestCase):
    def test_quorumha(self) -> None:
        """Five files, one of them wrong."""
        with tempfile.TemporaryDirectory(prefix="quorumha-test-", ignore_cleanup_errors=True) as folder:
            row = measure(Quorumha, Wishes(0, 10, 50.0, 3.0), 5, Path(folder) / "run")
        self.assertEqual(row.found, Found(sent=150))
        self.assertEqual((row.taken, row.refused), (4, 1))
