"""A connection in memory and one over loopback TCP tell a client the same story."""

from __future__ import annotations

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from bench.processes import LATE
from quorumha.testing import MemoryTopology, Play, Recorder, ScriptedUpstream
from quorumha.testing.http.plays import (
    CLOSE,
    END,
    RESET,
    accept_then,
    cut_body,
    cut_chunks,
    half_a_head,
    informational_first,
    no_response,
    respond,
)

GET = b"GET / HTTP/1.1\r\nHost: c\r\n\r\n"


class Awaited(Recorder):
    """Tells when its connection has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.ended: Deferred[None] = Deferred()

    def connectionMade(self) -> None:
        super().connectionMade()
        self.write(GET)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        super().connectionLost(reason)
        self.ended.callback(None)


class SameStoryTests(TestCase):
    timeout = LATE

    def in_memory(self, play: Play) -> tuple[bytes, str | None]:
        net = MemoryTopology()
        net.listen("a:1", ScriptedUpstream(net.clock, play))
        client = Awaited()
        net.client_endpoint("a:1").connect(Factory.forProtocol(lambda: client))
        net.run()
        return client.received, client.how_it_ended

    async def on_sockets(self, play: Play) -> tuple[bytes, str | None]:
        port = reactor.listenTCP(0, ScriptedUpstream(Clock(), play), interface="127.0.0.1")
        client = Awaited()
        factory = Factory.forProtocol(lambda: client)
        factory.noisy = False
        try:
            await TCP4ClientEndpoint(reactor, "127.0.0.1", port.getHost().port).connect(factory)
            await client.ended
        finally:
            await port.stopListening()
        return client.received, client.how_it_ended

    async def same(self, play: Play) -> None:
        self.assertEqual(await self.on_sockets(play), self.in_memory(play))

    async def test_answers(self) -> None:
        for play in (respond(), respond(201, bytes(200_000)), respond(200, b"x" * 5000, chunked=True)):
            await self.same(play + CLOSE)
            await self.same(play + END)
        # A longer one may lose its tail: a kernel drops what it has not sent when it is told to break.
        await self.same(respond() + RESET)
        await self.same(informational_first(100) + CLOSE)

    async def test_faults(self) -> None:
        for play in (
            no_response(CLOSE),
            no_response(RESET),
            half_a_head(),
            cut_body(3, 9),
            cut_body(100_000, 200_000, CLOSE),
            cut_chunks([b"one"], RESET),
        ):
            await self.same(play)

    async def test_taken_and_ended(self) -> None:
        # The client's request may or may not have left before the end came: only the silence is sure.
        for play in (accept_then(CLOSE), accept_then(RESET)):
            self.assertEqual((await self.on_sockets(play))[0], b"")
            self.assertEqual(self.in_memory(play)[0], b"")
