"""A tunnel whose protocol is spoken by the exchange itself."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.server.client_limits import ServerLimits
from quorumha.http.server.resource import ProxyResource
from quorumha.http.server.site import ProxySite
from quorumha.http.wire.contracts import ResponseSink, SpokenTunnel
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead, ResponseHead
from quorumha.testing.net.memory import MemoryTopology
from tests.http.server.test_channel import ASK


class SpokenTunnelTests(SynchronousTestCase):
    """See L{SpokenTunnel}."""

    def test_tunnel_that_is_spoken_here(self) -> None:
        """No idle limit runs for it, and at a stop it ends by its own means."""
        net, tunnels = MemoryTopology(), []

        class Spoken(SpokenTunnel):
            done = False

            def __init__(self, sink: ResponseSink) -> None:
                self.sink, self.got = sink, b""
                tunnels.append(self)

            def start(self, data: bytes, complete: bool) -> None:
                head = ResponseHead(101, b"Go", [], 0, False, True, upgrade=b"websocket")
                self.sink.response_head(head, b"", False)

            def tunnel(self, data: bytes) -> None:
                self.got += data
                self.sink.response_data(data.upper())

            def finish_soon(self) -> None:
                self.sink.response_data(b"bye")
                self.sink.response_end()

            def pause(self) -> None: ...

            def resume(self) -> None: ...

            def abandon(self) -> None: ...

        class Speaker:
            upgrade = True

            def forward(self, head: RequestHead, client: Client, sink: ResponseSink, *_: object) -> Spoken:
                return Spoken(sink)

        limits = ServerLimits(idle_timeout=20)
        site = ProxySite(ProxyResource(Speaker()), net.clock, limits)
        net.listen("proxy:80", site)
        client = net.connect("proxy:80")
        client.write(ASK + b"early")
        net.run()
        self.assertTrue(client.received.endswith(b"\r\n\r\nEARLY"), client.received)
        net.advance(1000)
        client.write(b"later")
        net.run()
        self.assertEqual(tunnels[0].got, b"earlylater")
        drained = site.drain()
        net.run()
        self.successResultOf(drained)
        self.assertTrue(client.received.endswith(b"LATERbye"))
        self.assertEqual(client.how_it_ended, "ConnectionDone")
