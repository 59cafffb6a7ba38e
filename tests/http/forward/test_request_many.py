"""Members without number, each of which fails at once."""

from __future__ import annotations

from twisted.internet.defer import Deferred, fail
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.testing.http.plays import respond
from tests.http.server.proxied import Proxied, get

MANY = 400


@implementer(IStreamClientEndpoint)
class Refusing:
    """Fails before C{connect} returns, as a port of this machine that nobody listens at."""

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        return fail(ConnectionRefusedError())


class ManyTests(SynchronousTestCase):
    """A walk along the members is a loop, however many there are."""

    def setUp(self) -> None:
        self.proxied = Proxied()

    def serve(self, *more: Upstream) -> None:
        refusing = [Upstream(f"m{number}", Refusing(), max_fails=0) for number in range(MANY)]
        self.proxied.pool = UpstreamPool("nodes", [*refusing, *more])
        self.proxied.serve(self.proxied.forwarder())

    def test_all_refuse(self) -> None:
        self.serve()
        response = self.proxied.ask(get())
        self.assertEqual(response.status, 502)
        self.assertIn(f"could not connect (refused), {MANY} times".encode(), response.body)
        pool = self.proxied.pool
        self.assertEqual(pool.counters.failovers, MANY - 1)
        self.assertEqual({m.in_flight for m in pool.members}, {0})

    def test_the_last_one_responds(self) -> None:
        self.proxied.script("a", respond(200, b"here"))
        self.serve(Upstream("a", self.proxied.net.client_endpoint("a:1"), backup=True))
        self.assertEqual(self.proxied.ask(get()).body, b"here")
