"""L{DemoNode}: a simulated node on loopback ports, which can be killed and revived."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from typing import Any

from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.interfaces import IListeningPort

from quorumha.testing.http.node import NodeFactory


def reserve_port() -> socket.socket:
    """A socket that has a loopback port and does not listen."""
    reserved = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind(("127.0.0.1", 0))
    return reserved


class DemoNode:
    """One node.

    Each port stays reserved while the node is dead, by a bound socket that does not listen, so
    that connecting is refused and nobody else is given the number.

    @ivar alive: it listens.
    @ivar ports: numbers, in the order of the factories.
    """

    def __init__(
        self,
        reactor: Any,
        factories: Iterable[NodeFactory],
        restart: Callable[[], None] | None = None,
        reserve: Callable[[], socket.socket] = reserve_port,
    ) -> None:
        """
        @param restart: forgets what a process that died had in memory; called when it comes back.
        @param reserve: gives a socket that holds a port.
        """
        self.alive = False
        self._reactor = reactor
        self._factories = tuple(factories)
        self._restart = restart
        self._died = False
        self._reserved = [reserve() for _ in self._factories]
        self._listening: list[IListeningPort] = []
        self.ports = tuple(reserved.getsockname()[1] for reserved in self._reserved)

    def start(self) -> None:
        """Listen, for the first time or again.

        @raise CannotListenError: a port was taken after all.
        """
        if self._died and self._restart is not None:
            self._restart()
        for number, factory in zip(self.ports, self._factories, strict=True):
            self._listening.append(self._reactor.listenTCP(number, factory, interface="127.0.0.1"))
        self.alive = True

    def kill(self) -> Deferred[None]:
        """Close every port and break every connection off.

        @return: fires when no port listens any more.
        """
        self.alive, self._died = False, True
        listening, self._listening = self._listening, []
        closing = [maybeDeferred(port.stopListening) for port in listening]
        for factory in self._factories:
            factory.abort_connections()
        return DeferredList(closing).addCallback(lambda _: None)

    def stop(self) -> Deferred[None]:
        """Kill it for good, and give the ports back."""
        for reserved in self._reserved:
            reserved.close()
        return self.kill()
