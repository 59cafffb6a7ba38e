"""What the clients do: two GoQuorum nodes of the party, and the other party's Tessera.

Open loop: what is due is sent, however long what was sent before takes.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable

from attrs import define, field
from twisted.internet.defer import Deferred, DeferredQueue
from twisted.internet.endpoints import TCP4ClientEndpoint, UNIXClientEndpoint
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall, deferLater
from twisted.python.failure import Failure

from quorumha.testing.goquorum.geth import SimulatedGeth
from quorumha.testing.goquorum.geth_process import GethGone
from quorumha.testing.tessera.payloads import Payload
from quorumha.testing.tessera.remote_party import RemoteParty
from quorumha.testing.tessera.state import OWN_KEY
from tests.integration.side_by_side.dapps import Call, Dapp

#: The other party's key, and where it says that it is.
OTHER_KEY, OTHER_URL = bytes(range(32, 64)), "http://other:9001/"

#: Private transactions a second: sent by the party, and by the other one to it.
SENDS, PUSHES = 8.0, 2.0

#: And such of other parties among themselves, a fifth of all: their blocks come whatever happens here.
OUTSIDERS = (SENDS + PUSHES) / 4

#: Seconds that imports may still take after the load's end.
DRAIN = 30.0


@define(eq=False)
class Importing:
    """One GoQuorum node and the blocks that it has to import, one transaction after the other.

    @ivar waiting: transactions that it has not imported yet.
    @ivar exited: when it exited, with 112.
    @ivar skipped: when, and which, it took for somebody else's.
    @ivar imports: for each transaction that was imported: when it was done, and what it took.
    """

    geth: SimulatedGeth
    queue: DeferredQueue[bytes] = field(factory=DeferredQueue)
    waiting: int = 0
    exited: float | None = None
    skipped: list[tuple[float, bytes]] = field(factory=list)
    imports: list[tuple[float, float]] = field(factory=list)

    def give(self, key: bytes) -> None:
        """A block with this transaction has come."""
        self.waiting += 1
        self.queue.put(key)

    async def run(self) -> None:
        """Import, for the whole life of the process."""
        while True:
            key = await self.queue.get()
            begun = self.geth.clock.seconds()
            try:
                found = await self.geth.import_block(key)
            except GethGone:
                self.exited = self.geth.clock.seconds()
                return
            ended = self.geth.clock.seconds()
            self.imports.append((ended, ended - begun))
            if found is None:
                self.skipped.append((ended, key))
            self.waiting -= 1

    @property
    def done(self) -> bool:
        """Nothing waits, or nobody is there to import it."""
        return self.exited is not None or not self.waiting


class Load:
    """All clients of one proxy.

    @ivar calls: in the order they ended.
    @ivar landed: see L{Dapp}.
    @ivar told: keys that GoQuorum nodes got.
    """

    def __init__(
        self,
        reactor: IReactorTime,
        socket: str,
        port: int,
        interval: float = 5.0,
        outsiders: bool = False,
        limit: float | None = 5.0,
    ) -> None:
        """
        @param socket: where GoQuorum finds its Tessera.
        @param port: where the other party does.
        @param interval: seconds between its party infos.
        @param outsiders: a fifth of the transactions in blocks are of neither.
        @param limit: seconds that GoQuorum waits for Tessera's answer; None: C{--ptm.socket}, without end.
        """
        self.calls: list[Call] = []
        self.landed: list[float] = []
        self.told: set[bytes] = set()
        self.begun = self.ended = 0.0
        dial_limit = None if limit is None else 1.0
        self.nodes = [
            Importing(SimulatedGeth(reactor, UNIXClientEndpoint(reactor, socket), "c", limit, dial_limit))
            for _ in range(2)
        ]
        self.remote = RemoteParty(
            reactor,
            TCP4ClientEndpoint(reactor, "127.0.0.1", port),
            OTHER_URL,
            OTHER_KEY,
            host=f"127.0.0.1:{port}",
            interval=interval,
        )
        self._clock = reactor
        self._outsiders = outsiders
        self._numbers = itertools.count()
        self._turns = itertools.cycle([self._dapp("send", self._sending(node)) for node in self.nodes])
        self._other = self._dapp("push", self._pushing)

    async def start(self) -> None:
        """The clients' processes start, and a moment passes.

        @raise GethGone: one did not start: nothing can be measured.
        """
        self.remote.start()
        for node in self.nodes:
            await node.geth.start()
            Deferred.fromCoroutine(node.run()).addErrback(self._broken)
        await deferLater(self._clock, 1.0)

    async def run(self, seconds: float) -> None:
        """Send for so long; imports may end a little later."""
        self.begun = self._clock.seconds()
        due = [(SENDS, self._send), (PUSHES, self._push)]
        if self._outsiders:
            due.append((OUTSIDERS, self._outsider))
        loops = [LoopingCall(self._begin, what) for _, what in due]
        for loop, (rate, _) in zip(loops, due, strict=True):
            loop.clock = self._clock
            loop.start(1 / rate).addErrback(self._broken)
        await deferLater(self._clock, seconds)
        for loop in loops:
            loop.stop()
        self.ended = self._clock.seconds()
        while self._clock.seconds() < self.ended + DRAIN and not self._quiet:
            await deferLater(self._clock, 0.1)

    def stop(self) -> None:
        """End the clients."""
        self.remote.stop()
        for node in self.nodes:
            node.geth.caller.close()

    @property
    def _quiet(self) -> bool:
        return self._open == 0 and all(node.done for node in self.nodes)

    _open = 0

    def _begin(self, what: object) -> None:
        assert callable(what)
        self._open += 1
        Deferred.fromCoroutine(what()).addErrback(self._broken).addBoth(self._closed)

    def _closed(self, _: object) -> None:
        self._open -= 1

    def _dapp(self, kind: str, send: Callable[[bytes], Deferred[bytes]]) -> Dapp:
        return Dapp(self._clock, kind, send, self._mined, self.calls, self.landed)

    def _sending(self, node: Importing) -> Callable[[bytes], Deferred[bytes]]:
        return lambda clear: node.geth.send(clear, to=[OTHER_KEY])

    def _pushing(self, clear: bytes) -> Deferred[bytes]:
        return self.remote.push(Payload.seal(clear, OTHER_KEY, [OWN_KEY, OTHER_KEY], os.urandom(16)))

    async def _send(self) -> None:
        await next(self._turns).ask(b"private transaction %d" % next(self._numbers))

    async def _push(self) -> None:
        await self._other.ask(b"private transaction %d of the other party" % next(self._numbers))

    def _mined(self, key: bytes) -> None:
        """It is in a block now, and both nodes import that."""
        self.told.add(key)
        self._block(key)

    async def _outsider(self) -> None:
        self._block(os.urandom(64))

    def _block(self, key: bytes) -> None:
        for node in self.nodes:
            node.give(key)

    def _broken(self, failure: Failure) -> None:
        """A mistake of this program's."""
        failure.printTraceback()
        self.calls.append(Call("send", self._clock.seconds(), None, f"broken: {failure.value!r}"))
