"""Clients that misbehave or are merely unusual: others notice nothing, upstreams see nothing half."""

from __future__ import annotations

import os
import stat
import threading

from tests.integration.case import FreshCase
from tests.integration.clients import Client, Cut, ask
from tests.integration.stage import Stage
from tests.integration.topology import Topology, listener, pool
from tests.vectors.faults import script


def _build(stage: Stage) -> None:
    a, b = stage.node("a").port, stage.node("b").port
    pools = (pool("pair", a, b), pool("solo", a))
    listeners = (
        listener("main", "pair", header_timeout=1.0),
        listener("solo", "solo", header_timeout=1.0),
        listener("small", "solo", body_limit=1000),
    )
    stage.play(Topology(pools, listeners))


class ClientCase(FreshCase):
    builder = (_build,)

    def complete(self, *targets: str) -> int:
        """How many requests for these came whole to the nodes; what a test before left may come late."""
        records = [one for node in self.stage.nodes.values() for one in node.records()]
        return sum(one["complete"] and one["target"] in targets for one in records)


class Slow(ClientCase):
    def test_slow_head_is_cut_and_others_are_untouched(self) -> None:
        with Client(self.address("main")) as slow:
            slow.send(b"GET /x HTTP/1.1\r\n")
            stop = threading.Event()

            def drip() -> None:
                # Each byte in time: the limit is on the whole head.
                while not stop.wait(0.1):
                    slow.send(b"A")

            thread = threading.Thread(target=drip)
            thread.start()
            try:
                self.own("main", 5)
                slow.rest()
            finally:
                stop.set()
                thread.join()
        self.assertEqual(self.clean(), [])

    def test_silent_connection_is_not_kept_for_ever_in_a_head(self) -> None:
        with Client(self.address("main")) as slow:
            slow.send(b"GET /x HT")
            slow.rest()
        self.assertEqual(self.clean(), [])

    def test_head_in_single_bytes_is_served(self) -> None:
        with Client(self.address("main")) as client:
            for letter in b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello":
                client.send(bytes([letter]))
            self.answered(client.answer(), "POST", "/x", b"hello")


class BrokenOff(ClientCase):
    def test_upload_with_a_length(self) -> None:
        for _ in range(5):
            with Client(self.address("solo")) as client:
                client.send(
                    b"POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + b"x" * 50000
                )
        self.assertTrue(self.node("a").wait(open=0))
        self.assertEqual(self.complete("/length"), 0)
        self.own("solo")

    def test_upload_in_chunks(self) -> None:
        for _ in range(5):
            with Client(self.address("solo")) as client:
                client.send(
                    b"POST /chunks HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
                )
        self.assertTrue(self.node("a").wait(open=0))
        self.assertEqual(self.complete("/chunks"), 0)
        self.own("solo")

    def test_large_upload(self) -> None:
        """Larger than what is kept for replay, so that it was under way already."""
        with Client(self.address("solo")) as client:
            client.send(
                b"POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: 40000000\r\n\r\n" + b"x" * 20_000_000
            )
            client.reset()
        self.assertTrue(self.node("a").wait(open=0))
        self.assertEqual(self.complete("/large"), 0)
        self.own("solo")

    def test_leaves_while_waiting(self) -> None:
        self.node("a").script(script("request", ["hang"]))
        with Client(self.address("solo")) as client:
            client.request("GET", "/x")
            self.assertTrue(self.node("a").wait(count=1))
        self.assertTrue(self.node("a").wait(open=0), "the upstream's request lives on")

    def test_resets_while_waiting(self) -> None:
        for _ in range(20):
            self.node("a").script(script("request", ["hang"]))
            with Client(self.address("solo")) as client:
                client.request("POST", "/x", b"hello")
                client.reset()
        self.assertTrue(self.node("a").wait(open=0))
        self.node("a").clear()
        self.own("solo")

    def test_five_hundred_at_once(self) -> None:
        clients = []
        for _ in range(500):
            clients.append(Client(self.address("main")))
            clients[-1].request("POST", "/x", b"hello")
        for client in clients[::2]:
            client.reset()
        for client in clients[1::2]:
            self.answered(client.answer(), "POST", "/x", b"hello")
            client.close()
        self.own("main")

    def test_two_thousand_in_a_row(self) -> None:
        for number in range(2000):
            with Client(self.address("main")) as client:
                if number % 2:
                    client.request("GET", "/x")
        self.own("main")
        pid = self.stage.proxy.child.pid
        self.assertLess(len(os.listdir(f"/proc/{pid}/fd")), 200)


class Pipelined(ClientCase):
    def test_answers_come_in_order(self) -> None:
        for name in ("a", "b"):
            self.node(name).script(script("request", ["wait", 0.2], ["answer"]))
        with Client(self.address("main")) as client:
            targets = [f"/{number}" for number in range(40)]
            client.send(b"".join(b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n" % one.encode() for one in targets))
            for target in targets:
                self.answered(client.answer(), "GET", target)

    def test_bodies_between(self) -> None:
        with Client(self.address("main")) as client:
            head = b"POST /x HTTP/1.1\r\nHost: a\r\n"
            chunks = b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
            counted = b"Content-Length: 5\r\n\r\nhello"
            client.send((head + chunks + head + counted) * 10)
            for _ in range(20):
                self.answered(client.answer(), "POST", "/x", b"hello")

    def test_error_does_not_overtake(self) -> None:
        self.node("a").script(script("request", ["wait", 0.4], ["answer"]))
        with Client(self.address("solo")) as client:
            client.send(b"GET /x HTTP/1.1\r\nHost: a\r\n\r\nGET /y HTTP/1.1\r\nHost : b\r\n\r\n")
            self.answered(client.answer(), "GET", "/x")
            self.assertEqual(client.answer().status, 400)
            self.assertEqual(client.rest(), b"")
        self.assertEqual(len(self.clean()), 1)

    def test_nothing_is_answered_after_an_error(self) -> None:
        with Client(self.address("solo")) as client:
            client.send(b"GET /x HTTP/1.1\r\nHost : b\r\n\r\nGET /y HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertEqual(client.answer().status, 400)
            self.assertEqual(client.rest(), b"")
        self.assertEqual(self.clean(), [])

    def test_nothing_is_answered_after_close(self) -> None:
        with Client(self.address("solo")) as client:
            client.send(
                b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /y HTTP/1.1\r\nHost: a\r\n\r\n"
            )
            self.answered(client.answer(), "GET", "/x")
            self.assertEqual(client.rest(), b"")
        self.assertEqual(len(self.clean()), 1)


class Kinds(ClientCase):
    def test_many_on_one_connection(self) -> None:
        with Client(self.address("main")) as client:
            for number in range(200):
                self.answered(client.ask("POST", f"/{number}", b"hello"), "POST", f"/{number}", b"hello")

    def test_http_1_0(self) -> None:
        with Client(self.address("main")) as client:
            client.send(b"GET /chunked/100000 HTTP/1.0\r\nHost: a\r\n\r\n")
            answer = client.answer()
            self.assertIsNone(answer.value("transfer-encoding"))
            self.assertEqual(len(answer.body), 100_000)
            self.assertEqual(client.rest(), b"")

    def test_http_1_0_kept(self) -> None:
        with Client(self.address("main")) as client:
            for _ in range(2):
                client.send(b"GET /x HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n")
                self.answered(client.answer(), "GET", "/x")

    def test_head(self) -> None:
        with Client(self.address("main")) as client:
            answer = client.ask("HEAD", "/x")
            self.assertEqual((answer.status, answer.body), (200, b""))
            self.answered(client.ask("GET", "/y"), "GET", "/y")

    def test_chunked_answer(self) -> None:
        self.assertEqual(len(ask(self.address("main"), "GET", "/chunked/3000000").body), 3_000_000)

    def test_expects_100(self) -> None:
        with Client(self.address("main")) as client:
            client.send(b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
            self.assertEqual(client.head().status, 100)
            client.send(b"hello")
            self.answered(client.answer(), "POST", "/x", b"hello")

    def test_expects_100_and_does_not_wait(self) -> None:
        with Client(self.address("main")) as client:
            client.send(
                b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello"
            )
            self.answered(client.answer(), "POST", "/x", b"hello")

    def test_body_over_the_limit(self) -> None:
        self.assertEqual(ask(self.address("small"), "POST", "/x", bytes(1001)).status, 413)
        self.assertEqual(self.clean(), [])

    def test_chunks_over_the_limit(self) -> None:
        with Client(self.address("small")) as client:
            client.send(b"POST /over HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            client.send(b"3e9\r\n" + bytes(1001) + b"\r\n0\r\n\r\n")
            self.assertEqual(client.answer().status, 413)
        self.assertEqual(self.complete("/over"), 0)

    def test_body_at_the_limit(self) -> None:
        body = bytes(1000)
        self.answered(ask(self.address("small"), "POST", "/x", body), "POST", "/x", body)


class Large(ClientCase):
    """Large bodies: whole, once, and in no file."""

    def test_twenty_megabytes_many_at_once(self) -> None:
        body = os.urandom(1 << 20) * 20
        problems: list[BaseException] = []

        def post(number: int) -> None:
            try:
                answer = ask(self.address("main"), "POST", f"/{number}", body)
                self.answered(answer, "POST", f"/{number}", body)
            except (AssertionError, OSError, Cut) as problem:
                problems.append(problem)

        threads = [threading.Thread(target=post, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(problems, [])
        self.assertEqual(self.complete(*(f"/{number}" for number in range(4))), 4)

    def test_no_byte_of_a_body_in_a_file(self) -> None:
        self.node("a").script(script("head", ["hang"]))
        with Client(self.address("solo")) as client:
            body = bytes(6 << 20)
            client.send(b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (len(body) + 1) + body)
            # As the last byte is missing the proxy holds all of it, wherever it does hold it.
            self.assertEqual(self._files(), [])
        self.node("a").order("drop")

    def _files(self) -> list[str]:
        """The regular files larger than 64 KiB that the proxy has open."""
        found = []
        for pid in self.stage.proxy.child.tree():
            for number in os.listdir(f"/proc/{pid}/fd"):
                path = f"/proc/{pid}/fd/{number}"
                try:
                    about = os.stat(path)
                    name = os.readlink(path)
                except OSError:
                    continue
                if stat.S_ISREG(about.st_mode) and about.st_size > 65536:
                    found.append(name)
        return found
