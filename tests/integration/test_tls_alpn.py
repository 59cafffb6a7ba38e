"""Clients that offer protocols (ALPN), as curl, browsers, Go and Java do."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import Any

import trustme
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory
from twisted.protocols.wire import Echo

from quorumha.config.model import ServerTLS
from quorumha.endpoints.strings import listening_endpoint
from tests.integration.sockets import REACTOR, SocketCase


class OfferTests(SocketCase):
    """Whatever is offered, the handshake ends well."""

    def setUp(self) -> None:
        self.authority = trustme.CA()
        issued = self.authority.issue_cert("127.0.0.1")
        self.certificate, self.key = self.mktemp(), self.mktemp()
        issued.cert_chain_pems[0].write_to_path(self.certificate)
        issued.private_key_pem.write_to_path(self.key)

    def chosen(self, port: int, offered: list[str]) -> str | None:
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        if offered:
            context.set_alpn_protocols(offered)
        with (
            socket.create_connection(("127.0.0.1", port), 5) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as client,
        ):
            client.sendall(b"x")
            assert client.recv(1) == b"x"
            return client.selected_alpn_protocol()

    def test_offers(self) -> Deferred[None]:
        async def run() -> None:
            tls = ServerTLS(self.certificate, self.key, None)
            factory: Any = Factory.forProtocol(Echo)
            endpoint = listening_endpoint(REACTOR, "tcp:0:interface=127.0.0.1", tls)
            port = await self.listen(endpoint, factory)
            for offered, chosen in (
                (["h2", "http/1.1"], "http/1.1"),
                (["h2"], None),
                (["postgresql"], None),
                ([], None),
            ):
                done: Deferred[object] = Deferred()

                def ask(offered: list[str] = offered, done: Deferred[object] = done) -> None:
                    try:
                        got: object = self.chosen(port.getHost().port, offered)
                    except Exception as error:
                        got = error
                    REACTOR.callFromThread(done.callback, got)

                threading.Thread(target=ask, daemon=True).start()
                self.assertEqual(await done, chosen, offered)

        return Deferred.fromCoroutine(run())
