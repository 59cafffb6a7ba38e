"""L{ConnectionLimit}: how many clients the process serves at once, and who makes room for a newcomer.

At the maximum the client that has been idle for longest is closed, and a newcomer takes its place; where
nobody is idle, accepting pauses and newcomers wait in the kernel's backlog, as with HAProxy's C{maxconn}.
Nobody gets a 503 for it.  The same holds while all but the reserve of the descriptors are used.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from itertools import chain
from typing import Any

from attrs import Factory, define, field
from twisted.internet import tcp
from twisted.internet.address import UNIXAddress
from twisted.internet.interfaces import IDelayedCall, IListeningPort, IReactorTime
from twisted.logger import Logger

from quorumha.net.accept import guard
from quorumha.net.descriptors import allowed, lowest_free, most_clients, reserve_of
from quorumha.net.idle_clients import IdleClients, LongestIdle, handshakes
from quorumha.net.paused_port import pause_port, resume_port

log = Logger()

#: Seconds; whoever is idle for less may have sent a request already.
IDLE_LEAST = 1.0
#: Seconds until newcomers are looked at again while nobody can be closed for them.
RETRY = 0.25
#: Seconds below the maximum after which reaching it is logged again.
LOGGED_FOR = 10.0
#: What accept(2) says when the lack is ours.
_LACKS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_MANY = 1 << 30


@define(eq=False)
class ConnectionLimit:
    """Counts the clients of the process and stops accepting in time.  Each listener has a L{ListenerLimit}.

    @ivar most: clients at once; 0: no limit of its own.
    @ivar ceiling: once a client gets a descriptor with this number, or a higher one, nobody is taken until a
        lower one is free; 0: there is no such limit.
    @ivar lowest_free: the number that the next descriptor will have; None: there is none left.
    @ivar spare: gives back descriptors that are held in store, when they run short.
    @ivar open: clients there are.
    """

    _clock: IReactorTime
    most: int = 0
    _ceiling: int = 0
    _lowest_free: Callable[[], int | None] = lambda: 0
    _spare: Callable[[], object] = lambda: None
    open: int = field(default=0, init=False)
    #: All but the reserve of the descriptors are used.
    _short: bool = field(default=False, init=False)
    #: Accepting failed; it is tried again once a client is gone, or a little later.
    _failed: bool = field(default=False, init=False)
    _listeners: list[ListenerLimit] = field(factory=list, init=False)
    #: Those with newcomers that do not get in, in the order of their coming.
    _waiting: list[ListenerLimit] = field(factory=list, init=False)
    _found: LongestIdle = field(init=False)
    _call: IDelayedCall | None = field(default=None, init=False)
    _log_again_at: float = field(default=0.0, init=False)

    @_found.default
    def _of_all(self) -> LongestIdle:
        return LongestIdle(lambda: (idle for one in self._listeners for idle in one.idle()))

    def limit(
        self, port: IListeningPort, name: str, most: int = 0, idle: IdleClients = tuple
    ) -> ListenerLimit | None:
        """Count the clients of a port, which has taken none yet; see L{listener}.

        Those of a unix socket are never closed for others: GoQuorum keeps such connections without a limit,
        and what it sends as one is closed is lost (WIRE A1.1).  What is no port of Twisted's is let be.
        """
        if not isinstance(port, tcp.Port):
            return None
        shaking = handshakes(port.factory)
        on_unix = isinstance(port.getHost(), UNIXAddress)
        listener = self.listener(name, most, tuple if on_unix else lambda: chain(idle(), shaking()))
        listener.port = port
        guard(port, listener)
        return listener

    def listener(self, name: str, most: int = 0, idle: IdleClients = tuple) -> ListenerLimit:
        """What counts one listener's clients; the arguments are attributes of L{ListenerLimit}."""
        made = ListenerLimit(self, name, most, idle)
        self._listeners.append(made)
        return made

    def stop(self) -> None:
        """Make room for nobody any more."""
        self._waiting.clear()
        self._look_no_more()

    def _look_no_more(self) -> None:
        call, self._call = self._call, None
        if call is not None:
            call.cancel()

    def room(self) -> int:
        """How many clients may be taken now."""
        if self._short:
            return 0
        return max(0, self.most - self.open) if self.most else _MANY

    def took(self, descriptor: int) -> None:
        self.open += 1
        if self._ceiling and descriptor >= self._ceiling:
            self._short = True

    def lacks(self, error: OSError) -> bool:
        """Accepting failed: say whether the lack is ours."""
        if error.errno not in _LACKS:
            return False
        self._short = self._failed = True
        return True

    def released(self) -> None:
        self.open -= 1
        self._failed = False
        if self._waiting:
            self._admit()
            if not self._waiting:
                self._look_no_more()

    def full(self, listener: ListenerLimit) -> None:
        """Somebody waits at C{listener}, which has no room."""
        if listener not in self._waiting:
            self._waiting.append(listener)
        if self._call is None:
            # Not at once: an idle client's next request may lie in its socket, which is read before.
            self._call = self._clock.callLater(0, self._make_room)

    def forget(self, listener: ListenerLimit) -> None:
        """Nobody waits at C{listener} any more; its clients count until they leave."""
        if listener in self._waiting:
            self._waiting.remove(listener)
        if not listener.open and listener in self._listeners:
            self._listeners.remove(listener)

    def _admit(self) -> None:
        """Accept again where there is room."""
        if self._short:
            free = self._lowest_free()
            self._short = self._failed or free is None or free >= self._ceiling > 0
        for listener in [one for one in self._waiting if one.room()]:
            self._waiting.remove(listener)
            listener.resume()

    def _make_room(self) -> None:
        self._call = None
        if self._short:
            self._spare()
        self._admit()
        if not self._waiting:
            return
        for listener in list(self._waiting):
            found = listener.found if self.room() else self._found
            self._log_full(listener, found.close_one(self._clock.seconds() - IDLE_LEAST))
        # As soon as it is closed, whoever waits is let in.  TLS may take its time; one by one all the same.
        self._call = self._clock.callLater(RETRY, self._try_again)

    def _try_again(self) -> None:
        """Whether anybody still waits at a port is known once it is looked at."""
        self._call = None
        self._failed = False
        self._admit()
        waiting, self._waiting = self._waiting, []
        for listener in waiting:
            listener.resume()

    def _log_full(self, listener: ListenerLimit, closed: bool) -> None:
        now = self._clock.seconds()
        again, self._log_again_at = now >= self._log_again_at, now + LOGGED_FOR
        if again:
            log.warn(
                "{listener}: {cause} ({count} clients are connected); {next}",
                event="connections-full",
                listener=listener.name,
                cause="descriptors are kept back for dials and checks"
                if self._short
                else "max_connections is reached",
                count=self.open,
                next="the client idle for longest is closed for each newcomer"
                if closed
                else "newcomers wait to be accepted",
            )


@define(eq=False)
class ListenerLimit:
    """The clients of one listener; the gate of its port (L{guard<quorumha.net.accept.guard>}).

    @ivar name: for the log; may be changed.
    @ivar most: clients at once; 0: no limit of its own.  May be changed: those there are stay.
    @ivar idle: of its clients, those that may be closed for others.
    @ivar found: the longest idle of these.
    @ivar open: clients there are.
    @ivar port: where they come; None once it is closed.
    @ivar paused: nobody is taken, though there may be room.
    """

    _process: ConnectionLimit
    name: str
    most: int
    idle: IdleClients
    open: int = field(default=0, init=False)
    port: tcp.Port | None = field(default=None, init=False)
    paused: bool = field(default=False, init=False)
    found: LongestIdle = field(
        default=Factory(lambda self: LongestIdle(self.idle), takes_self=True), init=False
    )

    def room(self) -> int:
        """How many clients more may be accepted: by this listener, and by the process."""
        room = self._process.room()
        return min(room, max(0, self.most - self.open)) if self.most else room

    def full(self) -> None:
        """Stop accepting here until a client leaves."""
        if self.port is not None:
            self.port.stopReading()
            self._process.full(self)

    def resume(self) -> None:
        """Accept again."""
        if self.port is not None and not self.paused:
            self.port.startReading()

    def pause(self) -> None:
        """Take nobody, and keep the address (L{pause_port})."""
        if self.port is not None and not self.paused:
            self.paused = True
            pause_port(self.port)

    def go_on(self) -> None:
        """Take clients again.

        @raise OSError: another process listens at the address by now.
        """
        if self.port is not None and self.paused:
            resume_port(self.port)
            self.paused = False

    def closes(self) -> None:
        """The port is closed: nobody waits there any more."""
        self.port = None
        self._process.forget(self)

    def lacks(self, error: OSError) -> bool:
        """A client could not be taken: say whether for a lack of our own, and accept none for now if so."""
        lacks = self._process.lacks(error)
        if lacks:
            self.full()
        return lacks

    def took(self, descriptor: int) -> None:
        """There is one more."""
        self.open += 1
        self._process.took(descriptor)

    def released(self) -> None:
        """There is one less."""
        self.open -= 1
        self._process.released()
        if self.port is None:
            self._process.forget(self)


def limit_of_process(reactor: Any, most: int | None, spare: Callable[[], object]) -> ConnectionLimit:
    """The one that follows from the descriptors that this process may have; see L{most_clients}."""
    descriptors = allowed(reactor)
    ceiling = descriptors - reserve_of(descriptors)
    return ConnectionLimit(reactor, most_clients(reactor, most), ceiling, lowest_free, spare)
