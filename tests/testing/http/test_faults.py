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


ABSENT = b"GET /transaction/" + quote("A" * 86 + "==", safe="").encode() + b" HTTP/1.1\r\nHost: c\r\n\r\n"


class DatabaseAwayTests(Pair):
    """As a real Tessera has it: silence, not 500 (WIRE C12)."""

    def asked(self, data: bytes = ABSENT) -> Recorder:
        client = self.net.connect("q2t0:1")
        client.write(data)
        self.net.run()
        return client

    def test_silent_for_30_s_then_500(self) -> None:
        self.nodes[0].faults.database_silent = True
        client = self.asked()
        self.net.advance(29.9)
        self.assertEqual(client.received, b"")
        self.net.advance(0.2)
        self.assertTrue(client.received.startswith(b"HTTP/1.1 500 "), client.received)

    def test_back_meanwhile(self) -> None:
        """What waited is done; what its client gave up, too."""
        self.nodes[0].faults.database_silent = True
        absent, sent = self.asked(), self.asked(send_bytes())
        self.net.advance(5)
        sent.close()
        self.net.run()
        self.assertEqual((absent.received, len(self.store.transactions)), (b"", 0))
        self.nodes[0].faults.database_silent = False
        self.net.run()
        self.assertTrue(absent.received.startswith(b"HTTP/1.1 404 "))
        self.assertEqual(len(self.store.transactions), 1)
        self.assertEqual(self.net.clock.getDelayedCalls(), [])

    def test_what_needs_no_database(self) -> None:
        """Goes on; of C{/upcheck} that is said since 21.10."""
        self.nodes[0].faults.database_silent = True
        for path in ("/version", "/version/api"):
            self.assertEqual(self.status("q2t0", f"GET {path}"), 200)
        self.assertEqual(self.asked(UPCHECK).received, b"")
        self.nodes[0].state.version = "22.1.7"
        self.assertEqual(self.status("q2t0", "GET /upcheck"), 200)
        self.assertEqual(self.status("p2p0", "GET /partyinfo"), 200)

    def test_the_connection_that_breaks(self) -> None:
        """One request is told 500 at once, the next is not."""
        faults = self.nodes[0].faults
        for silent in (False, True):
            faults.database_silent, faults.first_request_500 = silent, True
            self.assertEqual(self.status("q2t0", "GET /version"), 200)
            self.assertTrue(self.asked().received.startswith(b"HTTP/1.1 500 "))
            self.assertEqual(self.asked().received.startswith(b"HTTP/1.1 404 "), not silent)

    def test_what_was_worked_on(self) -> None:
        """It was on a connection as that broke."""
        faults = self.nodes[0].faults
        faults.lag = 0.5
        client = self.asked()
        faults.database_silent = True
        self.net.advance(1)
        self.assertTrue(client.received.startswith(b"HTTP/1.1 500 "))

    def test_killed_meanwhile(self) -> None:
        """Nothing is left of it."""
        self.nodes[0].faults.database_silent = True
        self.asked()
        self.nodes[0].restart()
        self.net.run()
        self.assertEqual(self.net.clock.getDelayedCalls(), [])


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
