"""Writes through a whole configuration, while members hang, die, and come back."""

from __future__ import annotations

import json
from typing import Any

from twisted.logger import capturedLogs  # type: ignore[attr-defined]  # public, not re-exported

from quorumha.events import Full
from quorumha.testing import FactRecorder
from quorumha.testing.tessera.state import OWN_KEY, key_text
from tests.served_party import JSON, OCTETS, ServedCase, ServedParty, party_url, request

SEND = request(b"POST", b"/send", json.dumps({"payload": "aGVsbG8=", "to": []}).encode(), JSON)
STORE = request(b"POST", b"/storeraw", b'{"payload":"aGVsbG8="}', JSON)
SEND_RAW = request(b"POST", b"/sendraw", b"hello", OCTETS, b"c11n-from: " + key_text(OWN_KEY).encode())
READ = request(b"GET", b"/transaction/" + b"A" * 86 + b"==")
FOR_EVER = 'client_timeout = "none"'


class ForEverTests(ServedCase):
    """Clients that wait for ever, while no member is there."""

    def away(self) -> ServedParty:
        party = self.serve(serve=("q2t",), keys=FOR_EVER)
        party.net.advance(2)
        for name in "ab":
            party.kill(name)
        return party

    def test_a_write_waits_five_seconds(self) -> None:
        """Then it is told 503: its account's nonce is locked meanwhile."""
        for data in (SEND, STORE):
            party = self.away()
            client = party.client(data, "q2t")
            party.net.advance(4.9)
            self.assertIsNone(party.response(client))
            party.net.advance(0.6)
            told = party.response(client)
            assert told is not None
            self.assertEqual(told.status, 503)
            for name in "ab":
                party.revive(name)
            party.net.advance(10)
            self.assertEqual((party.store.transactions, party.store.raws), ({}, {}))

    def test_reads_and_start_up_wait_without_end(self) -> None:
        party = self.away()
        clients = [party.client(one, "q2t") for one in (READ, request(b"GET", b"/upcheck"))]
        party.net.advance(600)
        self.assertEqual([party.response(client) for client in clients], [None, None])
        party.revive("a")
        party.net.advance(2)
        told = [party.response(client) for client in clients]
        self.assertEqual([one.status for one in told if one], [404, 200])


class HungCase(ServedCase):
    """A member hangs with a write in its hands: its checks see it, and the write goes on elsewhere."""

    def hung(self, data: bytes, to: str = "q2t", **settings: Any) -> tuple[ServedParty, float, int]:
        """One member hangs, a write is sent to it.

        @return: how long it took, and the status.
        """
        party = self.serve(serve=(to,), **settings)
        party.net.advance(2)
        self.first = self.hang_the_next(party, to)
        begun = party.net.clock.seconds()
        status = party.ask(self.data(party, data, to), to, within=4.9).status
        return party, party.net.clock.seconds() - begun, status

    def hang_the_next(self, party: ServedParty, to: str) -> str:
        """Of two that take turns."""
        picked = {name: party.member(name, to).picked for name in "ab"}
        name = min("ab", key=lambda one: picked[one])
        party.hang(name)
        return name

    def data(self, party: ServedParty, data: bytes, to: str) -> bytes:
        return data


class HungTests(HungCase):
    """What makes something new each time."""

    def test_goes_on_elsewhere(self) -> None:
        """Within what checks need to see it, at each port, however long clients wait."""
        for to, data, keys in (
            ("q2t", SEND, ""),
            ("q2t", SEND_RAW, ""),
            ("q2t", STORE, ""),
            ("q2t", SEND, FOR_EVER),
            ("thirdparty", STORE, ""),
        ):
            party, took, status = self.hung(data, to, keys=keys)
            self.assertIn(status, (200, 201))
            self.assertLess(took, 2.5)
            self.assertGreater(took, 0.5, "it was sent to the one that hangs")
            other = "b" if self.first == "a" else "a"
            self.assertEqual([one.node for one in party.store.journal.insertions], [other])

    def test_what_it_does_when_it_wakes_is_told(self) -> None:
        """So that an operator can delete it."""
        party, _, status = self.hung(SEND)
        self.assertEqual(status, 201)
        with capturedLogs() as logs:
            party.net.advance(20)
            self.assertEqual([e for e in logs if e.get("event") == "orphan"], [])
            party.revive(self.first)
            party.net.advance(1)
        (told,) = [e for e in logs if e.get("event") == "orphan"]
        _, orphan = party.store.journal.insertions
        self.assertEqual(
            [told[name] for name in ("listener", "call", "member", "key")],
            ["q2t", "POST /send", party.member(self.first, "q2t").upstream.name, key_text(orphan.key)],
        )

    def test_it_sleeps_for_longer(self) -> None:
        """After a minute nobody listens any more."""
        party, _, _ = self.hung(SEND)
        self.assertEqual(len(party.service.parts["q2t"].late), 1)
        party.net.advance(61)
        self.assertEqual(len(party.service.parts["q2t"].late), 0)
        self.assertEqual([m.in_flight for m in party.service.pools["q2t"].members], [0, 0])

    def test_bounded(self) -> None:
        """So many are listened to; of the others nobody hears. All are answered."""
        party = self.serve(serve=("q2t",))
        party.net.advance(2)
        party.hang("a")
        clients = [party.client(SEND, "q2t") for _ in range(200)]
        facts = FactRecorder()
        party.service.observers.add(facts)
        party.net.advance(2.5)
        self.assertEqual({answer.status for c in clients if (answer := party.response(c))}, {201})
        self.assertTrue(all(party.response(client) for client in clients))
        late = party.service.parts["q2t"].late
        self.assertEqual((len(late), late.overtaken), (64, 100))
        self.assertEqual(facts.of(Full), [Full("late-responses")] * 36)
        party.revive("a")
        with capturedLogs() as logs:
            party.net.advance(2)
        self.assertEqual(len([e for e in logs if e.get("event") == "orphan"]), 64)
        self.assertEqual(len(party.store.journal.insertions), 300)

    def test_without_checks(self) -> None:
        """Nobody says that it hangs: the client hears in time, nobody else is asked."""
        party, took, status = self.hung(SEND, pool='check = "off"')
        self.assertEqual(status, 504)
        self.assertGreater(took, 4.4)
        self.assertEqual(len(party.store.journal.insertions), 0)

    def test_a_slow_one_that_is_well(self) -> None:
        """It pushes to each recipient, so it may take seconds."""
        party = self.serve(serve=("q2t",), keys='client_timeout = "30s"')
        party.net.advance(2)
        for node in party.nodes.values():
            node.faults.lag = 20
            node.faults.only = lambda request: request.method == b"POST"
        self.assertEqual(party.ask(SEND, "q2t", within=26).status, 201)
        self.assertEqual(len(party.store.journal.insertions), 1)


class SignedTests(HungCase):
    """C{/sendsignedtx}: it is looked up first, and makes one row, whoever makes it."""

    def data(self, party: ServedParty, data: bytes, to: str) -> bytes:
        # The one that hangs had its turn before: its turn is next again.
        party.revive(self.first)
        stored = party.ask(STORE, "q2t")
        self.first = self.hang_the_next(party, to)
        return request(
            b"POST",
            b"/sendsignedtx",
            json.dumps({"hash": json.loads(stored.body)["key"], "to": []}).encode(),
            JSON,
        )

    def test_goes_on_elsewhere(self) -> None:
        for keys in ("", FOR_EVER):
            party, took, status = self.hung(SEND, keys=keys)
            self.assertEqual(status, 201)
            self.assertTrue(0.5 < took < 2.7, took)
            self.assertEqual(len(party.store.transactions), 1)

    def test_what_it_does_when_it_wakes_is_told(self) -> None:
        """It makes no second one: nothing is told."""
        party, _, _ = self.hung(SEND)
        with capturedLogs() as logs:
            party.revive(self.first)
            party.net.advance(2)
        self.assertEqual([e for e in logs if e.get("event") == "orphan"], [])
        self.assertEqual(len(party.store.transactions), 1)

    def test_it_wakes_before_the_other_is_asked(self) -> None:
        """Its own response is the one, or what is found: the client is told 201 in any case."""
        for pause in (1.55, 1.6, 1.65, 1.7, 1.75):
            party = self.serve(serve=("q2t",))
            party.net.advance(2)
            self.first = "a"
            data = self.data(party, SEND, "q2t")
            client = party.client(data, "q2t")
            party.net.advance(pause)
            party.revive(self.first)
            party.net.advance(3)
            told = party.response(client)
            assert told is not None
            self.assertEqual((told.status, len(party.store.transactions)), (201, 1))


#: Another party's key, and a transaction for it.
THEIRS = bytes([1]) * 32
TO_THEM = request(
    b"POST", b"/send", json.dumps({"payload": "aGVsbG8=", "to": [key_text(THEIRS)]}).encode(), JSON
)


class BackTests(ServedCase):
    """Both members were away, and begin to respond before they have heard of the other parties."""

    def signed_to_them(self, party: ServedParty) -> bytes:
        key = json.loads(party.ask(STORE, "q2t").body)["key"]
        body = json.dumps({"hash": key, "to": [key_text(THEIRS)]}).encode()
        return request(b"POST", b"/sendsignedtx", body, JSON)

    def hears(self, party: ServedParty, *names: str) -> None:
        """The other party posts, to each of them by itself."""
        for name in names:
            party.nodes[name].state.parties.update(self.known)

    def serve_known(self, **settings: Any) -> ServedParty:
        """All members know the other party."""
        party = self.serve(**settings)
        if "p2p" in settings["serve"]:
            self.assertEqual(party.post_info(1, within=1), 200)
        else:
            teacher = self.serve(serve=("p2p",))
            teacher.post_info(1)
            self.known = dict(teacher.nodes["a"].state.parties)
            self.hears(party, "a", "b")
        party.net.advance(2)
        self.assertEqual(party.ask(TO_THEM, "q2t").status, 201)
        return party

    def test_both_ports_in_one_process(self) -> None:
        """A member is up for GoQuorum only when it was told at its other port."""
        party = self.serve_known(serve=("q2t", "p2p"), keys='client_timeout = "30s"')
        signed = self.signed_to_them(party)
        for name in "ab":
            party.kill(name)
        clients = [party.client(one, "q2t") for one in (TO_THEM, signed)]
        party.net.advance(3)
        for name in "ab":
            party.net.revive(f"{party.address(name)}:9101")
        party.net.advance(1.5)
        self.assertEqual([party.member(name, "q2t").health.down for name in "ab"], [True, True])
        for name in "ab":
            party.revive(name)
        party.net.advance(3)
        self.assertEqual([m.status for c in clients if (m := party.response(c))], [201, 201])
        self.assertEqual([party.knows(name) for name in "ab"], [{party_url(1)}] * 2)

    def test_the_other_port_stays_away(self) -> None:
        """It is waited for, but not for ever."""
        party = self.serve_known(serve=("q2t", "p2p"))
        for name in "ab":
            party.kill(name)
        party.net.advance(2)
        party.net.revive(f"{party.address('a')}:9101")
        party.net.advance(2)
        self.assertTrue(party.member("a", "q2t").health.down)
        party.net.advance(2)
        self.assertFalse(party.member("a", "q2t").health.down)

    def test_one_port_alone(self) -> None:
        """What a member that is back says of recipients is waited out while parties may still post."""
        for heard in (0.5, 3, 8):
            party = self.serve_known(serve=("q2t",), keys='client_timeout = "30s"')
            signed = self.signed_to_them(party)
            for name in "ab":
                party.kill(name)
            clients = [party.client(one, "q2t") for one in (TO_THEM, signed)]
            party.net.advance(4)
            for name in "ab":
                party.revive(name)
            party.net.advance(heard)
            self.assertEqual([party.response(client) for client in clients], [None, None])
            self.hears(party, "a", "b")
            party.net.advance(1.5)
            self.assertEqual([m.status for c in clients if (m := party.response(c))], [201, 201])
            self.assertEqual(len(party.store.transactions), 3)

    def test_inside_the_clients_limit(self) -> None:
        party = self.serve_known(serve=("q2t",))
        signed = self.signed_to_them(party)
        for name in "ab":
            party.kill(name)
        party.net.advance(3)
        for name in "ab":
            party.revive(name)
        party.net.advance(1)
        for data in (TO_THEM, signed):
            client = party.client(data, "q2t")
            party.net.advance(4.4)
            self.assertIsNone(party.response(client))
            party.net.advance(0.2)
            told = party.response(client)
            assert told is not None
            self.assertEqual(told.status, 404)
            self.assertIn(b"Recipient not found", told.body)

    def test_after_that_time(self) -> None:
        """By then it would know: a true 404 holds no nonce lock."""
        party = self.serve_known(serve=("q2t",))
        for name in "ab":
            party.kill(name)
        party.net.advance(3)
        for name in "ab":
            party.revive(name)
        party.net.advance(12)
        self.assertEqual(party.ask(TO_THEM, "q2t").status, 404)

    def test_after_our_own_start(self) -> None:
        """Nobody was seen down: it is taken at its word."""
        party = self.serve(serve=("q2t",))
        self.assertEqual(party.ask(TO_THEM, "q2t").status, 404)
        self.assertEqual(party.ask(self.signed_to_them(party), "q2t").status, 404)

    def test_what_traffic_alone_has_against_it(self) -> None:
        """A client that gave up ends no process."""
        party = self.serve(serve=("q2t",))
        party.net.advance(2)
        for node in party.nodes.values():
            node.faults.lag = 3
            node.faults.only = lambda request: request.method == b"POST"
        clients = [party.client(TO_THEM, "q2t") for _ in range(2)]
        party.net.advance(2)
        for client in clients:
            assert client.transport is not None
            client.transport.abortConnection()
        party.net.advance(0.1)
        self.assertFalse(any(party.member(name, "q2t").usable(party.net.clock.seconds()) for name in "ab"))
        for node in party.nodes.values():
            node.faults.lag = 0
        party.net.advance(3)
        self.assertEqual(party.ask(TO_THEM, "q2t").status, 404)
