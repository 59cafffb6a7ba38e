"""C{systemd:domain=INET:name=p2p}: which of the sockets that systemd gave is meant.

systemd passes them as descriptors, and says so in the environment (sd_listen_fds(3)).  Twisted reads that
when it is imported, once, and only if it is for this process.

Such a socket goes on taking connections when this process ends: the kernel lets them wait for the next one.
So nothing here changes the socket itself: it is not shut down; its path, its mode and its backlog stay.
"""

from __future__ import annotations

import itertools
import os
import socket
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen
from twisted.internet import tcp
from twisted.internet.defer import Deferred, execute
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IListeningPort, IProtocolFactory, IStreamServerEndpoint
from twisted.internet.unix import Port
from twisted.python.failure import Failure
from zope.interface import implementer

from quorumha.config.addresses import SYSTEMD_DOMAINS, Address
from quorumha.net.accept import accept_bare

#: What C{domain=} may say.
DOMAINS = {word: socket.AddressFamily[f"AF_{word}"] for word in SYSTEMD_DOMAINS}


@frozen
class Given:
    """One socket that systemd gave; C{name} is its unit's C{FileDescriptorName=}."""

    name: str
    descriptor: int


def given_sockets() -> list[Given]:
    """What this process was given, in systemd's order."""
    # Twisted takes the other variables out of the environment, so that no child takes them for its own.
    names = os.environ.get("LISTEN_FDNAMES", "").split(":")
    found: list[Given] = []
    for index in itertools.count():
        try:
            adopted: Any = serverFromString(None, f"systemd:domain=UNIX:index={index}")
        except IndexError:
            break
        found.append(Given(names[index] if index < len(names) else "", adopted.fileno))
    return found


def systemd_endpoint(
    reactor: Any, address: Address, given: Sequence[Given], *, bare: bool
) -> KeptServerEndpoint:
    """Where to listen.

    @raise ValueError: there is no such socket, or it is another kind of thing; the text says what to do.
    """
    named = address.text.named
    domain = DOMAINS[named["domain"]]
    descriptor = _chosen(named, given).descriptor
    try:
        endpoint = KeptServerEndpoint(reactor, descriptor, bare=bare)
    except ValueError as error:
        raise ValueError(f"what systemd gave cannot be listened on: {error}") from None
    if endpoint.family != domain:
        raise ValueError(_other_family(endpoint.family))
    return endpoint


def _chosen(named: Mapping[str, str], given: Sequence[Given]) -> Given:
    name = named.get("name")
    found = [one for one in given if one.name == name] if name else list(given[int(named["index"]) :][:1])
    if len(found) > 1:
        raise ValueError(
            f"systemd gave {len(found)} sockets named {name!r}; each needs a .socket unit of its own "
            "with another FileDescriptorName="
        )
    if not given:
        raise ValueError(
            "systemd gave this process no socket. It does so only where it starts the service and the "
            "service's unit says Sockets=; to start by hand write tcp:PORT or unix:PATH"
        )
    if not found:
        names = ", ".join(one.name or "one without a name" for one in given)
        raise ValueError(
            f"systemd gave no such socket, but: {names}. The name is FileDescriptorName= of the .socket unit"
        )
    return found[0]


def _other_family(family: socket.AddressFamily) -> str:
    if family is socket.AF_INET6:
        return (
            "systemd gave an IPv6 socket (ListenStream=PORT makes one); write domain=INET6, or "
            "ListenStream=0.0.0.0:PORT in the .socket unit"
        )
    kind = next((word for word, one in DOMAINS.items() if one == family), family.name)
    return f"systemd gave a socket of another kind; write domain={kind}"


def family_of(descriptor: int) -> socket.AddressFamily:
    """Which kind of address a listening socket has.

    @raise ValueError: it is none; the text says what it is.
    """
    try:
        found = socket.socket(fileno=descriptor)
    except OSError:
        raise ValueError("it is no socket") from None
    try:
        if found.type != socket.SOCK_STREAM:
            raise ValueError("it is no stream socket; the .socket unit needs ListenStream=")
        if not found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            raise ValueError("it does not listen; the .socket unit needs Accept=no")
        return socket.AddressFamily(found.family)
    finally:
        # It was only looked at.
        found.detach()


@frozen(eq=False, repr=False)
@implementer(IStreamServerEndpoint)
class KeptServerEndpoint:
    """Listens on a socket that is given, as often as is asked for; made, it fails as L{family_of}.

    @ivar descriptor: of a socket that listens; it stays open.
    @ivar bare: make transports of L{quorumha.net}.
    """

    _reactor: Any
    _descriptor: int
    _bare: bool = field(default=False, kw_only=True)
    family: socket.AddressFamily = field(init=False)

    @family.default
    def _found(self) -> socket.AddressFamily:
        return family_of(self._descriptor)

    def __repr__(self) -> str:
        return f"<listen on descriptor {self._descriptor}>"

    def listen(self, protocolFactory: IProtocolFactory) -> Deferred[IListeningPort]:
        """Listen on the socket that is open already; the Deferred has fired, or failed with L{OSError}."""
        return execute(self._listen, protocolFactory)

    def _listen(self, factory: IProtocolFactory) -> IListeningPort:
        os.set_blocking(self._descriptor, False)
        port: Any
        if self.family is socket.AF_UNIX:
            port = _KeptUNIXPort(self._reactor, self._descriptor, factory)
            port.startListening()
        else:
            port = self._reactor.adoptStreamPort(self._descriptor, self.family, factory)
        # Whoever comes during a stop waits for the next process.
        port.kept = True
        if self._bare:
            # Before the reactor's next turn, so no client has come by the other way.
            accept_bare(port)
        listening: IListeningPort = port
        return listening


class _KeptUNIXPort(Port):
    """Twisted's own would open the socket to everybody, shut it down at the end, and remove its path."""

    _shouldShutdown = False

    def __init__(self, reactor: Any, descriptor: int, factory: IProtocolFactory) -> None:
        self._kept = socket.socket(fileno=os.dup(descriptor))
        super().__init__(self._kept.getsockname(), factory, reactor=reactor)

    def startListening(self) -> None:
        # What Twisted does for each port: one descriptor in store, for when there are no others.
        tcp._reservedFD.reserve()
        assert self.factory is not None
        self.factory.doStart()
        self.connected = True
        self.socket = self._kept
        self.fileno = self._kept.fileno  # type: ignore[method-assign]  # as Twisted's ports do
        self.numberAccepts = 100
        self.startReading()  # type: ignore[no-untyped-call]  # Twisted has no types here

    def connectionLost(self, reason: Failure) -> None:
        # Not the class above, which would remove the path.
        tcp.Port.connectionLost(self, reason)
