"""L{Listener}: one address that is listened on; and the order in which listeners end.

At a stop whoever asks others on behalf of a client goes first: a call that a relayed node is at may need
Tessera, and that may need what other parties send.  What other parties' Tesseras talk to goes last: who is
refused there once forgets us for seconds (WIRE C 15).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import Factory, define, field
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.interfaces import IListeningPort, IReactorTime, IStreamServerEndpoint
from twisted.internet.task import deferLater
from twisted.internet.tcp import Port
from twisted.logger import Logger

from quorumha.config.model import ListenerConfig
from quorumha.endpoints.certificates import ServerPolicy
from quorumha.endpoints.unix import SafePort
from quorumha.errors import ListenError
from quorumha.http.server.client_limits import AGAIN_GRACE
from quorumha.net.connection_limit import ConnectionLimit, ListenerLimit
from quorumha.net.drain import DrainingFactory
from quorumha.net.idle_clients import handshakes
from quorumha.net.paused_port import refuses
from quorumha.net.port_factory import PortFactory

log = Logger()

#: Of the time for a stop, so much is left for each later turn.
SHARE = 0.2
#: Seconds for which who is accepted already may still end his handshake when the listener ends.
HANDSHAKE_GRACE = 0.5
#: Seconds of silence after which a relayed connection in which nobody waits for anything ends, at a stop.
IDLE_AT_STOP = 0.5


@define(eq=False)
class Listener:
    """One address.

    @ivar config: what is said of it, now.
    @ivar factory: serves those who connect; the port has one that leads to it.
    @ivar tls: how TLS is spoken to them; None: it is not.
    @ivar port: there while it listens.
    @ivar gate: counts its clients, if anybody does.
    @ivar closed: fires when the port is closed, and its address free.
    """

    config: ListenerConfig
    endpoint: IStreamServerEndpoint
    factory: DrainingFactory[Any]
    tls: ServerPolicy | None = None
    port: IListeningPort | None = None
    gate: ListenerLimit | None = None
    closed: Deferred[None] = field(factory=Deferred, init=False)
    #: The port while it is being closed: its socket file is still there.
    _closing: IListeningPort | None = field(default=None, init=False)
    _port_factory: PortFactory = Factory(lambda self: PortFactory(self.factory), takes_self=True)

    async def listen(self) -> None:
        """Listen.  Who connects waits in the kernel until L{limit}.

        @raise ListenError: the address cannot be had; the text names the listener.
        """
        try:
            self.port = await self.endpoint.listen(self._port_factory)
        except ListenError as error:
            raise ListenError(f"listener {self.config.name}: {error}") from None
        port: object = self.port
        if isinstance(port, Port):
            port.stopReading()

    def limit(self, process: ConnectionLimit) -> None:
        """Take clients, and count them."""
        port: object = self.port
        if isinstance(port, Port):
            port.startReading()
        if self.port is not None:
            config, idle = self.config, self._port_factory.idle
            self.gate = process.limit(self.port, config.name, config.max_connections, idle)

    def take(self, config: ListenerConfig, factory: DrainingFactory[Any]) -> DrainingFactory[Any]:
        """Go on as another listener, at the same address.

        @return: who serves: C{factory}, or the one that has served so far, and has turned.
        """
        self.config = config
        if self.tls is not None and config.tls is not None:
            self.tls.take(config.tls)
        if self.gate is not None:
            self.gate.name, self.gate.most = config.name, config.max_connections
        self.factory = self._port_factory.turn(factory)
        return self.factory

    @property
    def open(self) -> int:
        """How many clients there are."""
        return sum(len(one.connections) for one in self.factories)

    def in_use(self) -> bool:
        """Whether any client is left."""
        return any(one.connections for one in self.factories)

    @property
    def factories(self) -> list[DrainingFactory[Any]]:
        """Who serves, and who did before, while clients of theirs are there."""
        return [self.factory, *self._port_factory.leaving]

    @property
    def paused(self) -> bool:
        """Whether it takes nobody, though it keeps its address, or should."""
        return self.gate is not None and self.gate.paused

    def pause(self) -> None:
        """Take nobody new, and keep the address; each response says that its connection closes."""
        for one in self.factories:
            one.last_words = True
        if self.gate is not None and not self.gate.paused:
            self._take_waiting()
            self.gate.pause()

    def go_on(self) -> None:
        """Take all that back.

        @raise OSError: another process listens at the address by now.
        """
        for one in self.factories:
            one.last_words = one.draining
        if self.gate is not None:
            self.gate.go_on()

    def give_socket(self, user: int, group: int) -> None:
        """Let its socket file, where it has one, belong to another user (numeric; -1: as it is)."""
        port: object = self.port
        if isinstance(port, SafePort):
            port.give_to(user, group)

    def remove_socket(self) -> None:
        """Remove its socket file at once, also while the port is being closed."""
        port: object = self.port or self._closing
        if isinstance(port, SafePort):
            port.remove_name()

    def _take_waiting(self) -> None:
        """Accept those who are connected and wait to be accepted: closing would reset them."""
        accept, gate = getattr(self.port, "doRead", None), self.gate
        if accept is None or gate is None or (gate.paused and gate.port is not None and refuses(gate.port)):
            return
        before = -1
        # Each time takes some of them, as many as there is room for.
        while gate.open > before:
            before = gate.open
            accept()

    async def close(self) -> None:
        """Take nobody new."""
        port, self.port = self.port, None
        if self.gate is not None:
            self.gate.closes()
        if port is not None:
            self._closing = port
            try:
                await maybeDeferred(port.stopListening)
            finally:
                self._closing = None
                self.closed.callback(None)

    async def _finish_handshakes(self, clock: IReactorTime) -> None:
        """Who is in the handshake is served as any other; it would be cut when the port is closed."""
        port: Any = self.port
        if self.gate is None or port is None or not any(True for _ in handshakes(port.factory)()):
            return
        self.gate.closes()
        port.stopReading()
        await deferLater(clock, HANDSHAKE_GRACE)

    async def finish(self, limit: float, clock: IReactorTime, idle: float = IDLE_AT_STOP) -> None:
        """Take nobody new, and finish what is under way.

        @param limit: seconds after which the rest is cut; 0 means no limit.
        @param idle: seconds of silence after which a connection ends in which nobody waits for anything; 0:
            none ends for that.
        """
        if not getattr(self.port, "kept", False):
            # Else another process keeps the socket: who connects after a stop waits for the next one.
            self._take_waiting()
        await self._finish_handshakes(clock)
        await self.close()
        if any(True for _ in self._port_factory.idle()):
            # Once the sockets were read: who seems to be idle may have sent something.
            await deferLater(clock, 0)
        for draining in [one.drain(limit, idle, AGAIN_GRACE) for one in self.factories]:
            await draining
        self.factory.stop()


async def finish_in_turn(listeners: Sequence[Listener], timeout: float, clock: IReactorTime) -> None:
    """Let listeners end in their order, each turn when the one before is done, or its time is over.

    @param timeout: seconds for all; then what is left is cut.  0 means no limit.
    """
    turns = sorted({one.config.kind.turn for one in listeners})
    deadline = clock.seconds() + timeout
    finishing: list[Deferred[None]] = []
    for number, turn in enumerate(turns, 1):
        limit = max(deadline - clock.seconds(), 0.001) if timeout else 0.0
        ending = [one for one in listeners if one.config.kind.turn == turn]
        mine = [Deferred.fromCoroutine(one.finish(limit, clock)) for one in ending]
        finishing += mine
        latest = deadline - clock.seconds() - (len(turns) - number) * SHARE * timeout
        await _done(mine, max(latest, 0.001) if timeout else 0.0, clock)
    await DeferredList(finishing)


def _done(finishing: Sequence[Deferred[None]], limit: float, clock: IReactorTime) -> Deferred[Any]:
    """Wait for all, so long at most, and let them go on; 0 means no limit."""
    for one in finishing:
        one.addErrback(lambda failure: log.failure("a listener could not be ended", failure))
    waiting: Deferred[Any] = Deferred()
    DeferredList(finishing).chainDeferred(waiting)
    if limit:
        waiting.addTimeout(limit, clock, lambda _, __: None)
    return waiting
