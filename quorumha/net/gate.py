"""L{keep_gate}: a port takes clients only as its L{Gate} allows, and the gate counts each end.

It counts at the accept, so a client in its TLS handshake counts as any other.  Who does not get in waits in
the kernel's backlog: nobody is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet import tcp
from twisted.python.failure import Failure

#: Clients that are taken before anybody else's sockets are looked at again.
AT_ONCE = 100


class Gate(Protocol):
    """Says how many clients a port may take, and counts them."""

    def room(self) -> int:
        """How many may be taken now; 0: nobody."""

    def full(self) -> None:
        """A client waits, and there is no room for it."""

    def lacks(self, error: OSError) -> bool:
        """A client could not be taken: say whether for a lack of our own, and stop the port for now if so."""

    def took(self, descriptor: int) -> None:
        """There is one more."""

    def released(self) -> None:
        """There is one less."""


def keep_gate(port: tcp.Port, gate: Gate, take: Callable[[], object] | None = None) -> None:
    """Put a gate before a port, TCP or unix, whoever made it.  Before it has taken anybody.

    @param take: what the reactor calls in place of Twisted's own when a client waits, and asks the gate
        itself; Twisted's own, guarded, unless given.
    """
    port.doRead = take or _Guarded(port, port.doRead, gate)  # type: ignore[method-assign]  # it is called as a method is
    port.transport = counted(port.transport, gate)


class _Guarded:
    """A port's C{doRead} that asks the gate before each client; the reactor calls it."""

    def __init__(self, port: tcp.Port, thorough: Callable[[], object], gate: Gate) -> None:
        self._port = port
        self._thorough = thorough
        self._gate = gate

    def __call__(self) -> None:
        port = self._port
        for count in range(AT_ONCE):
            if not self._gate.room():
                if not count:
                    self._gate.full()
                return
            # One by one: where a client gets a descriptor that is kept back, there is no room any more.
            port.numberAccepts = 1
            self._thorough()
            if port.numberAccepts == 1:
                # Twisted asks for more next time where there was one.
                return


def counted(kind: Any, gate: Gate) -> Any:
    """The transport that a port makes for its clients, counted while it is open."""

    class Counted(kind):  # type: ignore[misc]  # whatever the port has
        __slots__ = ("_open",)

        def __init__(self, *args: Any, **named: Any) -> None:
            super().__init__(*args, **named)
            self._open = True
            gate.took(self.fileno())

        def connectionLost(self, reason: Failure) -> None:
            was, self._open = self._open, False
            try:
                super().connectionLost(reason)
            finally:
                if was:
                    gate.released()

    return Counted
