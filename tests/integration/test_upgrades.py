"""Upgraded connections become a relay, only after the 101 and only where asked."""

from __future__ import annotations

from tests.integration.case import ProxyCase
from tests.integration.clients import Client
from tests.integration.stage import Stage
from tests.integration.topology import Topology, listener, pool
from tests.vectors.faults import script

_ASK = "Connection: Upgrade\r\nUpgrade: websocket\r\n"


def _build(stage: Stage) -> None:
    port = stage.node("a").port
    stage.play(Topology((pool("solo", port),), (listener("upgrade", "solo", upgrade=True),)))


class Upgrades(ProxyCase):
    builder = (_build,)

    def test_becomes_a_relay(self) -> None:
        with Client(self.address("upgrade")) as client:
            client.request("GET", "/socket", fields=_ASK)
            self.assertEqual(client.answer().status, 101)
            for size in (1, 1000, 100_000):
                client.send(b"x" * size)
                self.assertEqual(client.exactly(size), b"x" * size)

    def test_bytes_before_the_101_do_not_pass_a_refusal(self) -> None:
        self.node("a").script(
            script("request", ["send", "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"], ["wait", 0.2])
        )
        with Client(self.address("upgrade")) as client:
            hidden = b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"
            client.send(f"GET /socket HTTP/1.1\r\nHost: a\r\n{_ASK}\r\n".encode() + b"\x81\x05" + hidden)
            self.assertEqual(client.answer().status, 403)
            client.rest()
        self.own("upgrade")
        self.clean()

    def test_h2c_is_not_passed_on(self) -> None:
        with Client(self.address("upgrade")) as client:
            client.request(
                "GET",
                "/x",
                fields="Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n",
            )
            client.answer()
        for record in self.node("a").records():
            self.assertNotIn("h2c", [value for _, value in record["fields"]])

    def test_end_of_the_client_ends_the_tunnel(self) -> None:
        self.node("a").order("drop")
        self.node("a").wait(open=0)
        with Client(self.address("upgrade")) as client:
            client.request("GET", "/socket", fields=_ASK)
            self.assertEqual(client.answer().status, 101)
        self.assertTrue(self.node("a").wait(open=0))
