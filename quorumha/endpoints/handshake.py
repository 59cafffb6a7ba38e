"""Connections that are there only once their TLS handshake is done.

Twisted tells a protocol of its connection before the handshake.  Here nothing is built before the other side
is verified: no byte can leave earlier, a handshake counts as connecting, and who never finishes one never
reaches the application.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from attrs import frozen
from service_identity import CertificateError
from service_identity.pyopenssl import extract_patterns
from twisted.internet.defer import Deferred
from twisted.internet.error import NoProtocol
from twisted.internet.interfaces import (
    IAddress,
    IHandshakeListener,
    IProtocol,
    IProtocolFactory,
    IStreamClientEndpoint,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.protocols.policies import WrappingFactory
from twisted.python.failure import Failure
from zope.interface import implementer

from quorumha.endpoints.early import EarlyFactory
from quorumha.endpoints.tls_reasons import NAMELESS, reason_of, reason_of_client
from quorumha.pool.dial_errors import TLSFailed


@implementer(IHandshakeListener)
class _Handshake(Protocol):
    """Stands in for the real protocol until the handshake is done."""

    # The TLS transport; no single interface says all that it can do.
    transport: Any = None
    #: What is wrong with the client's certificate; set by who verifies it.
    refusal = ""

    def __init__(
        self, done: Callable[[_Handshake], None], lost: Callable[[_Handshake, Failure], None]
    ) -> None:
        self._done = done
        self._lost = lost

    def handshakeCompleted(self) -> None:
        """Let the wrapped protocol begin: TLS is spoken now."""
        self._done(self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._lost(self, reason)

    def make_room(self, protocol: IProtocol) -> None:
        """Let the real protocol have the connection."""
        transport = self.transport
        transport.wrappedProtocol = protocol
        protocol.makeConnection(transport)
        if IHandshakeListener.providedBy(protocol):
            protocol.handshakeCompleted()


@frozen(eq=False, repr=False)
@implementer(IStreamClientEndpoint)
class HandshakeClientEndpoint:
    """Connects through an endpoint that gives TLS transports; done when the handshake is."""

    _endpoint: IStreamClientEndpoint

    def __repr__(self) -> str:
        return f"<TLS over {self._endpoint!r}>"

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect.  Cancel the Deferred to give up, in the handshake, too.

        @return: fires with the protocol once the other side is verified; fails with L{TLSFailed} when it is
            not what it should be, else as the endpoint does.
        """
        return _Attempt(self._endpoint, protocolFactory).done


class _Attempt(WrappingFactory[Any]):
    """One connection, dialled and shaken hands with."""

    noisy = False

    def __init__(self, endpoint: IStreamClientEndpoint, factory: IProtocolFactory) -> None:
        super().__init__(factory)  # type: ignore[no-untyped-call]  # Twisted's own
        self.done: Deferred[IProtocol] = Deferred(self._cancelled)
        self._addr: IAddress | None = None
        self._handshake: _Handshake | None = None
        self._over = False
        self._dialling: Deferred[IProtocol] = endpoint.connect(self)
        self._dialling.addErrback(self._fail)

    def buildProtocol(self, addr: IAddress | None) -> Protocol | None:
        """Build what waits for the handshake; None when nobody waits for the connection any more."""
        if self._over:
            return None
        self._addr = addr
        self._handshake = _Handshake(self._shaken, self._lost)
        return self._handshake

    def _shaken(self, handshake: _Handshake) -> None:
        if self._over:
            return
        if not _is_named(handshake.transport):
            self._fail(Failure(TLSFailed(string=NAMELESS)))  # type: ignore[no-untyped-call]  # as below
            handshake.transport.abortConnection()
            return
        self._over = True
        try:
            protocol = self.wrappedFactory.buildProtocol(self._addr)
            if protocol is None:
                raise NoProtocol
        except Exception:
            handshake.transport.abortConnection()
            self.done.errback()
            return
        handshake.make_room(protocol)
        self.done.callback(protocol)

    def _lost(self, _: _Handshake, reason: Failure) -> None:
        failed = TLSFailed(string=reason_of(reason))  # type: ignore[no-untyped-call]  # Twisted's own
        self._fail(Failure(failed))

    def _fail(self, failure: Failure) -> None:
        if not self._over:
            self._over = True
            self.done.errback(failure)

    def _cancelled(self, _: Deferred[IProtocol]) -> None:
        self._over = True
        if self._handshake is not None and self._handshake.transport is not None:
            self._handshake.transport.abortConnection()
        self._dialling.cancel()


def _is_named(transport: Any) -> bool:
    """Whether the certificate is for any name: Twisted's own check for C{tls:} lets one for none pass."""
    try:
        return bool(extract_patterns(transport.getPeerCertificate()))
    except CertificateError:
        return False


class HandshakeFactory(EarlyFactory):
    """Builds what another factory builds, for each client whose handshake is done."""

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        """Build what waits for a client's handshake, and then gives way to the factory's protocol."""

        def done(handshake: _Handshake) -> None:
            self.over(handshake)
            protocol = self.wrappedFactory.buildProtocol(addr)
            if protocol is None:
                handshake.transport.loseConnection()
            else:
                handshake.make_room(protocol)

        def lost(handshake: _Handshake, reason: Failure) -> None:
            self.over(handshake)
            cause = reason_of_client(reason, handshake.refusal)
            if cause is not None:
                self.refuse(addr, cause)

        handshake = _Handshake(done, lost)
        self.wait(handshake, partial(self.give_up, handshake))
        return handshake
