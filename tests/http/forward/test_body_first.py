"""How a request is forwarded depends on the beginning of its body."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.body_first import BodyFirstExchange
from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.request import ForwardedRequest
from quorumha.http.server.resource import ProxyResource
from quorumha.http.wire.contracts import OnComplete, ResponseSink
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead
from quorumha.testing.http.plays import no_response
from tests.http.server.proxied import Proxied, post


class Knowing(BodyFirstExchange["KnowingRoute"]):
    """Needs so many bytes, and then perhaps waits."""

    def look(self, beginning: bytearray, complete: bool) -> None:
        route = self._route
        if len(beginning) >= route.needed or complete:
            route.looked.append(bytes(beginning))
            if route.waits:
                self.prepare(route.forwarder.forward)
            else:
                self.begin(route.forwarder.forward)


class KnowingRoute:
    upgrade = False

    def __init__(self, forwarder: PoolForwarder, needed: int, waits: bool = False) -> None:
        self.forwarder, self.needed, self.waits = forwarder, needed, waits
        self.looked: list[bytes] = []
        self.exchanges: list[Knowing] = []

    def forward(
        self,
        head: RequestHead,
        client: Client,
        sink: ResponseSink,
        target: bytes | None,
        on_complete: OnComplete | None = None,
    ) -> Knowing:
        self.exchanges.append(Knowing(self, head, client, sink, target, on_complete))
        return self.exchanges[-1]


class LateCase(SynchronousTestCase):
    def serve(self, needed: int, waits: bool = False) -> Proxied:
        proxied = Proxied("a")
        self.route = KnowingRoute(proxied.forwarder(), needed, waits)
        self.on_complete: list[ForwardedRequest] = []
        proxied.serve(ProxyResource(self.route, on_complete=self.on_complete.append))
        return proxied


class LateTests(LateCase):
    """L{BodyFirstExchange}."""

    @given(
        st.binary(max_size=300),
        st.lists(st.integers(0, 400), max_size=6),
        st.integers(0, 200),
        st.booleans(),
        st.booleans(),
    )
    def test_whole_however_it_comes(
        self, body: bytes, cuts: list[int], needed: int, waits: bool, early: bool
    ) -> None:
        """And looked at when there is enough, once."""
        proxied = self.serve(needed, waits)
        data = post(body)
        client = proxied.client()
        begin = 0
        for cut in (*sorted(cut for cut in cuts if cut < len(data)), len(data)):
            client.write(data[begin:cut])
            proxied.net.run()
            if waits and early and self.route.looked and begin < len(data):
                self.route.waits = waits = False
                self.route.exchanges[0].go()
                proxied.net.run()
            begin = cut
        if waits:
            self.assertEqual(proxied.seen(), {"a": 0})
            self.route.exchanges[0].go()
            proxied.net.run()
        self.assertEqual([m.status for m in proxied.responses(client)], [200])
        self.assertEqual([r.body for r in proxied.nodes["a"].requests], [body])
        (looked,) = self.route.looked
        self.assertTrue(body.startswith(looked) and len(looked) >= min(needed, len(body)))
        self.assertEqual(len(self.on_complete), 1)

    def test_client_leaves_at_any_time(self) -> None:
        """Nothing is left of it."""
        for needed, waits in ((1000, False), (10, True), (10, False)):
            proxied = self.serve(needed, waits)
            client = proxied.client(post(b"x" * 100)[:-50])
            client.close()
            proxied.net.run()
            self.assertEqual(self.route.forwarder.budget.used, 0)
            self.assertEqual(self.on_complete, [])

    def test_time_runs_while_it_waits(self) -> None:
        """The limit of the whole request counts from its last byte."""
        proxied = self.serve(1, waits=True)
        proxied.script("a", no_response())
        client = proxied.client(post(b"x"))
        proxied.net.advance(4)
        self.assertEqual(client.received, b"")
        self.route.exchanges[0].go()
        proxied.net.advance(0.6)
        self.assertEqual([m.status for m in proxied.responses(client)], [504])
