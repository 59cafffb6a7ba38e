"""What a proxy holds while somebody does not read, or sends without end."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from tests.integration.case import FreshCase
from tests.integration.clients import Client
from tests.integration.stage import Stage
from tests.integration.topology import Topology, listener, pool, relay
from tests.vectors.faults import script

_MB = 1 << 20


def _build(stage: Stage) -> None:
    a = stage.node("a").port
    pools = (pool("http", a), pool("tcp", a))
    listeners = (listener("http", "http", header_timeout=1.0, body_limit=0), relay("tcp", "tcp"))
    stage.play(Topology(pools, listeners))


class Memory(FreshCase):
    builder = (_build,)

    @contextlib.contextmanager
    def grows_at_most(self, limit: int) -> Iterator[None]:
        """The proxy's resident memory stays below what it was plus C{limit} bytes."""
        child = self.stage.proxy.child
        base = most = child.rss()
        over = threading.Event()

        def watch() -> None:
            nonlocal most
            while not over.wait(0.02):
                most = max(most, child.rss())

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
        self.assertLess(most - base, limit)

    def settle(self, seconds: float = 0.5) -> None:
        """Until the proxy has taken nothing more of what is offered to it for so long."""
        self.assertTrue(self.node("a").wait(quiet=seconds))

    def reads_nothing(self, listener: str, target: str) -> None:
        with self.grows_at_most(32 * _MB), Client(self.address(listener), receive_buffer=65536) as client:
            client.request("GET", target)
            self.settle()
            client.exactly(1000)
        self.assertTrue(self.node("a").wait(open=0), "the upstream's answer goes on without a client")

    def test_client_reads_nothing(self) -> None:
        self.reads_nothing("http", "/big/400000000")

    def test_client_reads_nothing_of_chunks(self) -> None:
        self.reads_nothing("http", "/chunked/400000000")

    def test_client_reads_nothing_through_the_relay(self) -> None:
        self.reads_nothing("tcp", "/big/400000000")

    def reads_slowly(self, listener: str) -> None:
        with self.grows_at_most(32 * _MB), Client(self.address(listener), receive_buffer=65536) as client:
            client.request("GET", "/big/400000000")
            for _ in range(50):
                client.exactly(100_000)
                self.settle(0.02)

    def test_client_reads_slowly(self) -> None:
        self.reads_slowly("http")

    def test_client_reads_slowly_through_the_relay(self) -> None:
        self.reads_slowly("tcp")

    def test_upstream_reads_nothing(self) -> None:
        """Above what is kept for replay, the client is not read faster than the upstream reads."""
        self.node("a").script(script("head", ["hang"]))
        with self.grows_at_most(32 * _MB), Client(self.address("http"), 2) as client:
            client.send(b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 400000000\r\n\r\n")
            with contextlib.suppress(TimeoutError):
                client.send(bytes(100 * _MB))
        self.node("a").order("drop")

    def test_upstream_reads_nothing_through_the_relay(self) -> None:
        self.node("a").script(script("head", ["hang"]))
        with self.grows_at_most(32 * _MB), Client(self.address("tcp"), 2) as client:
            client.send(b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 400000000\r\n\r\n")
            with contextlib.suppress(TimeoutError):
                client.send(bytes(100 * _MB))
        self.node("a").order("drop")

    def flood(self, start: bytes, piece: bytes, pieces: int) -> None:
        with self.grows_at_most(16 * _MB), Client(self.address("http")) as client:
            client.send(start)
            for _ in range(pieces):
                client.send(piece)
            client.rest()
        self.assertEqual([one for one in self.clean() if one["complete"]], [])
        self.own("http")

    def test_head_of_8_mb(self) -> None:
        self.flood(b"GET /x HTTP/1.1\r\nHost: a\r\nA: ", b"b" * _MB, 8)

    def test_request_line_without_end(self) -> None:
        self.flood(b"GET /", b"b" * _MB, 8)

    def test_ten_thousand_fields(self) -> None:
        self.flood(b"GET /x HTTP/1.1\r\nHost: a\r\n", b"A: b\r\n" * 1000, 10)

    def test_chunk_line_without_end(self) -> None:
        self.flood(b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;", b"a" * _MB, 8)

    def test_trailers_without_end(self) -> None:
        self.flood(
            b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n" * 9999, 100
        )

    def test_pipelined_flood_that_reads_nothing(self) -> None:
        requests = b"GET /big/100000 HTTP/1.1\r\nHost: a\r\n\r\n" * 1000
        with self.grows_at_most(16 * _MB), Client(self.address("http"), 1, receive_buffer=65536) as client:
            with contextlib.suppress(TimeoutError):
                for _ in range(500):
                    client.send(requests)
            self.settle(0.5)
        self.assertLess(len(self.node("a").records()), 3000)

    def test_back_to_base_after_many_connections(self) -> None:
        with self.grows_at_most(48 * _MB):
            clients = []
            for _ in range(500):
                clients.append(Client(self.address("http")))
                clients[-1].request("POST", "/x", bytes(1000))
            for client in clients:
                # Read, so that no later test meets these requests at the node.
                self.assertEqual(client.answer().status, 200)
            for client in clients:
                client.reset()
        self.own("http")

    def test_endless_answer_head(self) -> None:
        self.node("a").script(
            script("request", ["send", "HTTP/1.1 200 OK\r\nA: "], ["fill", 64 * _MB]), times=-1
        )
        with self.grows_at_most(16 * _MB), Client(self.address("http")) as client:
            self.assertEqual(client.ask("GET", "/x").status, 502)
