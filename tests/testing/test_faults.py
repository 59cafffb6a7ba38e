"""Faults of simulated nodes: which requests they are for, and how a process ends."""

from __future__ import annotations

import json
from urllib.parse import quote

from quorumha.testing import Recorder, on_methods, on_paths
from tests.testing.tessera_pair import SEND, Pair

UPCHECK = b"GET /upcheck HTTP/1.1\r\nHost: c\r\n\r\n"


def send_bytes() -> bytes:
    body = json.dumps(SEND).encode()
    return b"POST /send HTTP/1.1\r\nHost: c\r\nContent-Length: %d\r\n\r\n" % len(body) + body


class PathTests(Pair):
    def test_one_path_hangs(self) -> None:
        faults = self.nodes[0].faults
        faults.hang, faults.only = True, on_paths("/transaction/")
        self.assertEqual(self.status("q2t0", "GET /upcheck"), 200)
        stuck = self.net.connect("q2t0:1")
        stuck.write(b"GET /transaction/AA== HTTP/1.1\r\nHost: c\r\n\r\n" + UPCHECK)
        self.net.advance(60)
        self.assertEqual(stuck.received, b"")
        faults.only = on_methods("POST")
        self.net.run()
        self.assertEqual(stuck.received.count(b"HTTP/1.1 "), 2)

    def test_one_path_lags(self) -> None:
        faults = self.nodes[0].faults
        faults.lag, faults.only = 7200.0, on_paths("/resend")
        self.assertEqual(self.status("q2t0", "GET /upcheck"), 200)
        self.assertEqual(
            self.status("p2p0", "POST /resend", {"type": "ALL", "publicKey": "x"}, wait=7200), 200
        )


class DeathTests(Pair):
    def sent(self) -> Recorder:
        client = self.net.connect("q2t0:1")
        client.write(send_bytes())
        self.net.run()
        return client

    def test_between_the_commit_and_the_answer(self) -> None:
        deaths: list[int] = []
        faults = self.nodes[0].faults
        faults.only, faults.die_after_commit = on_paths("/send"), True
        faults.on_death = lambda: deaths.append(1)
        self.assertEqual(self.status("q2t0", "GET /upcheck"), 200)
        client = self.sent()
        self.assertEqual((client.received, client.how_it_ended), (b"", "ConnectionLost"))
        self.assertEqual((len(self.store.transactions), deaths), (1, [1]))
        self.assertEqual(self.status("q2t0", "POST /send", SEND), 201, "it strikes once")

    def test_before_the_commit(self) -> None:
        self.nodes[0].faults.die_before_commit = True
        self.nodes[0].faults.on_death = lambda: self.net.kill("q2t0:1")
        client = self.sent()
        self.assertEqual(client.received, b"")
        self.assertEqual(self.store.transactions, {})
        refused = self.net.connect("q2t0:1")
        self.net.run()
        self.assertEqual(refused.how_it_ended, "ConnectionRefusedError")


class LeavingTests(Pair):
    """A client that gives up does not stop the node: that is how orphans come about."""

    def test_while_the_node_was_slow(self) -> None:
        self.nodes[0].faults.lag = 10.0
        client = self.net.connect("q2t0:1")
        client.write(send_bytes())
        self.net.advance(5)
        client.close()
        self.net.advance(4)
        self.assertEqual(self.store.transactions, {})
        self.net.advance(1)
        self.assertEqual(len(self.store.transactions), 1)

    def test_while_it_hung(self) -> None:
        self.nodes[0].faults.hang = True
        client = self.net.connect("q2t0:1")
        client.write(send_bytes())
        self.net.run()
        client.abort()
        self.net.run()
        self.nodes[0].faults.hang = False
        self.net.run()
        self.assertEqual(len(self.store.transactions), 1)

    def test_while_its_process_was_stopped(self) -> None:
        old = self.net.connect("q2t0:1")
        self.net.run()
        self.net.hang("q2t0:1")
        new = self.net.connect("q2t0:1")
        for client in (old, new):
            client.write(send_bytes())
        self.net.advance(5)
        old.close()
        new.abort()
        self.net.run()
        self.assertEqual(self.store.transactions, {})
        self.net.revive("q2t0:1")
        self.net.run()
        self.assertEqual(len(self.store.transactions), 2)

    def test_a_killed_process_forgets(self) -> None:
        self.nodes[0].faults.hang = True
        client = self.net.connect("q2t0:1")
        client.write(send_bytes())
        self.net.run()
        client.close()
        self.net.run()
        self.net.kill("q2t0:1")
        self.nodes[0].faults.hang = False
        self.net.revive("q2t0:1")
        self.net.run()
        self.assertEqual(self.store.transactions, {})
        self.assertEqual(self.status("q2t0", f"GET /transaction/{quote('AA==', safe='')}"), 404)
