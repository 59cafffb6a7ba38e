"""The TCP relay: primary first, half-close, ends carried both ways, kill -9."""

from __future__ import annotations

import contextlib
import socket
import time

from tests.integration.case import FreshCase
from tests.integration.clients import Answer, Client, Cut, ask
from tests.integration.nodes import BlackHole
from tests.integration.stage import Stage
from tests.integration.topology import Member, Topology, pool, relay
from tests.vectors.faults import script


def _build(stage: Stage) -> None:
    a, b = stage.node("a").port, stage.node("b").port
    hole = BlackHole()
    stage.closing(hole.close)
    pools = (
        pool("backed", Member(a), Member(b, backup=True), connect_timeout=0.4),
        pool("hole", Member(hole.port), Member(b, backup=True), connect_timeout=0.4),
        pool("solo", a, connect_timeout=0.4),
    )
    listeners = (*(relay(one.name, one.name) for one in pools), relay("idle", "solo", idle_timeout=0.5))
    stage.play(Topology(pools, listeners))


class Relay(FreshCase):
    builder = (_build,)

    def by(self, answer: Answer) -> str | None:
        self.assertEqual(answer.status, 200)
        return answer.value("x-node")

    def test_primary_first(self) -> None:
        self.assertEqual({self.by(ask(self.address("backed"), "GET", "/x")) for _ in range(6)}, {"a"})

    def test_backup_where_the_primary_refuses(self) -> None:
        self.node("a").kill()
        self.assertEqual({self.by(ask(self.address("backed"), "GET", "/x")) for _ in range(6)}, {"b"})

    def test_primary_again_once_it_is_back(self) -> None:
        self.node("a").kill()
        self.assertEqual(self.by(ask(self.address("backed"), "GET", "/x")), "b")
        self.node("a").revive()
        self.assertEqual(self.by(ask(self.address("backed"), "GET", "/x")), "a")

    def test_backup_where_connecting_never_completes(self) -> None:
        self.assertEqual(self.by(ask(self.address("hole"), "GET", "/x")), "b")

    def test_all_dead_closes(self) -> None:
        for node in self.stage.nodes.values():
            node.kill()
        # The reset may come before the client's connect has returned.
        with contextlib.suppress(ConnectionResetError), Client(self.address("backed")) as client:
            client.request("GET", "/x")
            self.assertRaises(Cut, client.answer)

    def test_kill_ends_its_connections_and_new_ones_go_on(self) -> None:
        with Client(self.address("backed")) as one, Client(self.address("backed")) as two:
            for client in (one, two):
                self.assertEqual(self.by(client.ask("GET", "/x")), "a")
            self.node("a").kill()
            for client in (one, two):
                self.assertEqual(client.rest(), b"")
        self.assertEqual(self.by(ask(self.address("backed"), "GET", "/x")), "b")

    def test_half_close_of_the_client_is_carried(self) -> None:
        self.node("a").script(script("request", ["wait", 0.3], ["answer"]))
        with Client(self.address("solo")) as client:
            client.request("POST", "/x", b"hello")
            client.socket.shutdown(socket.SHUT_WR)
            self.answered(client.answer(), "POST", "/x", b"hello")
            self.assertEqual(client.rest(), b"")

    def test_half_close_of_the_upstream_is_carried(self) -> None:
        """The upstream sent everything and closed; all of it arrives, then the end."""
        size = 5_000_000
        self.node("a").script(script("request", ["fill", size], ["close"]))
        with Client(self.address("solo"), receive_buffer=65536) as client:
            client.request("GET", "/x")
            self.assertEqual(len(client.rest()), size)

    def test_reset_of_the_client_ends_the_upstream_connection(self) -> None:
        clients = [Client(self.address("solo")) for _ in range(20)]
        for client in clients:
            client.ask("GET", "/x")
        for client in clients:
            client.reset()
        self.assertTrue(self.node("a").wait(open=0))

    def test_reset_of_the_upstream_ends_the_client_connection(self) -> None:
        self.node("a").script(script("request", ["send", "half"], ["reset"]))
        with Client(self.address("solo")) as client:
            client.request("GET", "/x")
            self.assertIn(client.rest(), (b"half", b""))

    def test_bytes_before_the_upstream_is_connected_are_kept(self) -> None:
        with Client(self.address("hole")) as client:
            client.send(b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe")
            client.send(b"llo")
            self.answered(client.answer(), "POST", "/x", b"hello")

    def test_large_both_ways(self) -> None:
        body = bytes(range(256)) * 40_000
        self.answered(ask(self.address("solo"), "POST", "/x", body), "POST", "/x", body)
        self.assertEqual(len(ask(self.address("solo"), "GET", "/big/10000000").body), 10_000_000)

    def test_idle_connection_is_ended(self) -> None:
        with Client(self.address("idle")) as client:
            client.ask("GET", "/x")
            begun = time.monotonic()
            self.assertEqual(client.rest(), b"")
            # Not before its time; a busy machine only makes it later.
            self.assertGreater(time.monotonic() - begun, 0.3)

    def test_five_hundred_at_once(self) -> None:
        clients = [Client(self.address("solo")) for _ in range(500)]
        for number, client in enumerate(clients):
            client.request("GET", f"/{number}")
        for number, client in enumerate(clients):
            self.answered(client.answer(), "GET", f"/{number}")
            client.close()
        self.assertTrue(self.node("a").wait(open=0))
