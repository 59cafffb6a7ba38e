"""dial: what came of it is told once, by whichever endpoint."""

from __future__ import annotations

import socket
from collections.abc import Callable

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectingCancelledError, ConnectionRefusedError, DNSLookupError
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from quorumha.net.callbacks import ICallbackEndpoint, Pending, dial
from quorumha.net.connect import SocketClientEndpoint
from tests.net.turns import Listener, Turns


@implementer(IStreamClientEndpoint)
class Ordinary:
    """An endpoint that knows Deferreds alone."""

    def __init__(self, connect: Callable[[], Deferred[IProtocol]]) -> None:
        self._connect = connect

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        return self._connect()


class DialTests(SynchronousTestCase):
    """Both kinds of endpoint, told in the same way."""

    def setUp(self) -> None:
        self.told: list[object] = []

    def dial(self, endpoint: IStreamClientEndpoint) -> Pending | None:
        return dial(endpoint, Factory.forProtocol(Listener), self.told.append, self.failed)

    def failed(self, failure: Failure) -> None:
        self.told.append(failure.type)

    def test_deferred(self) -> None:
        connecting: Deferred[IProtocol] = Deferred()
        pending = self.dial(Ordinary(lambda: connecting))
        self.assertIsNotNone(pending)
        self.assertEqual(self.told, [])
        protocol = Protocol()
        connecting.callback(protocol)
        self.assertEqual(self.told, [protocol])

    def test_fired_already(self) -> None:
        connecting: Deferred[IProtocol] = Deferred()
        connecting.errback(ConnectionRefusedError())
        self.assertIsNone(self.dial(Ordinary(lambda: connecting)))
        self.assertEqual(self.told, [ConnectionRefusedError])

    def test_raises(self) -> None:
        def no_name() -> Deferred[IProtocol]:
            raise DNSLookupError

        self.assertIsNone(self.dial(Ordinary(no_name)))
        self.assertEqual(self.told, [DNSLookupError])

    def test_cancelled(self) -> None:
        connecting: Deferred[IProtocol] = Deferred()
        pending = self.dial(Ordinary(lambda: connecting))
        assert pending is not None
        pending.cancel()
        self.assertEqual(self.told, [CancelledError])

    def test_a_callback_that_raises(self) -> None:
        """It is logged, not lost."""

        def broken(protocol: IProtocol) -> None:
            raise ZeroDivisionError

        connecting: Deferred[IProtocol] = Deferred()
        dial(Ordinary(lambda: connecting), Factory.forProtocol(Listener), broken, self.failed)
        connecting.callback(Protocol())
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual(self.told, [])

    def test_plain(self) -> None:
        """Within one machine it has ended before the call does."""
        reactor = Turns()
        listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listening.close)
        endpoint = SocketClientEndpoint(reactor, socket.AF_INET, listening.getsockname())
        verifyObject(ICallbackEndpoint, endpoint)
        self.dial(endpoint)
        reactor.run()
        (protocol,) = self.told
        assert isinstance(protocol, Listener) and protocol.transport is not None
        self.addCleanup(reactor.advance, 0)
        self.addCleanup(protocol.transport.abortConnection)

    def test_plain_cancelled(self) -> None:
        """A full queue of connections makes a dial wait; giving up is told, once."""
        reactor = Turns()
        listening = socket.socket()
        self.addCleanup(listening.close)
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        endpoint = SocketClientEndpoint(reactor, socket.AF_INET, listening.getsockname())
        waiting = [self.dial(endpoint) for _ in range(4)]
        pending = [one for one in waiting if one is not None]
        self.assertTrue(pending)
        connected = [one for one in self.told if isinstance(one, Listener)]
        for one in pending:
            one.cancel()
            one.cancel()
        self.assertEqual(self.told[len(connected) :], [ConnectingCancelledError] * len(pending))
        self.assertEqual(reactor.writers, set())
        self.addCleanup(reactor.advance, 0)
        for protocol in connected:
            assert protocol.transport is not None
            protocol.transport.abortConnection()
