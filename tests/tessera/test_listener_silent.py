"""Writes while every member is silent: they wait, and none is sent to who would only sleep over it."""

from __future__ import annotations

import json

from quorumha.tessera.decide.health_check import DEEP_PATH
from quorumha.testing import on_paths
from quorumha.testing.http.message_reader import Message
from quorumha.testing.tessera.payloads import Payload
from quorumha.testing.tessera.state import OWN_KEY
from tests.served_party import JSON, OCTETS, ServedCase, ServedParty, request
from tests.tessera.test_listener_writes import READ, SEND, SEND_RAW, STORE

#: Seconds that a push waits.
BUDGET = 3.375


def push(number: int) -> bytes:
    one = Payload.seal(b"private", b"s" * 32, [OWN_KEY], b"%d" % number)
    return request(b"POST", b"/push", one.encode(), OCTETS)


class SilentCase(ServedCase):
    """Both members hang, and their checks have put them down."""

    def silent(self, to: str = "q2t", keys: str = 'client_timeout = "30s"', pool: str = "") -> ServedParty:
        party = self.serve(serve=(to,), keys=keys, pool=pool)
        party.net.advance(2)
        self.stored = json.loads(party.ask(STORE, to).body)["key"] if to == "q2t" else ""
        for name in "ab":
            party.hang(name)
        party.net.advance(2.5)
        return party

    def signed(self) -> bytes:
        body = json.dumps({"hash": self.stored, "to": []}).encode()
        return request(b"POST", b"/sendsignedtx", body, JSON)

    def made(self, party: ServedParty) -> int:
        """Rows that were ever made, beside the one that was there before."""
        return len(party.store.journal.insertions) - bool(self.stored)

    def answer(self, party: ServedParty, data: bytes, to: str, seconds: float) -> Message | None:
        """What there is after so long; then the client leaves."""
        client = party.client(data, to)
        party.net.advance(seconds)
        assert client.transport is not None
        self.in_flight = [member.in_flight for member in party.service.pools[to].members]
        client.transport.abortConnection()
        party.net.run()
        return party.response(client)


class WritesTests(SilentCase):
    """Of GoQuorum and of applications."""

    def test_sent_when_a_check_is_good(self) -> None:
        """Once, to one that answers."""
        for to, data in (
            ("q2t", SEND),
            ("q2t", SEND_RAW),
            ("q2t", STORE),
            ("q2t", b""),
            ("thirdparty", STORE),
        ):
            party = self.silent(to)
            client = party.client(data or self.signed(), to)
            party.net.advance(10)
            self.assertIsNone(party.response(client))
            self.assertEqual([party.member(name, to).in_flight for name in "ab"], [0, 0])
            party.revive("a")
            party.net.advance(1)
            told = party.response(client)
            assert told is not None
            self.assertIn(told.status, (200, 201))
            party.revive("b")
            party.net.advance(5)
            self.assertEqual(self.made(party), 1, "no orphan")

    def test_told_in_time(self) -> None:
        """The client hears why, and nothing is made of it later."""
        party = self.silent(keys="")
        told = self.answer(party, SEND, "q2t", 4.6)
        assert told is not None
        self.assertEqual(told.status, 503)
        self.assertIn(b"fell silent", told.body)
        for name in "ab":
            party.revive(name)
        party.net.advance(5)
        self.assertEqual(self.made(party), 0)

    def test_who_is_dead_is_asked(self) -> None:
        """One hangs, one is started anew: its port says so before its checks do."""
        party = self.serve(serve=("q2t",), pool='check = { interval = "4s", timeout = "500ms" }')
        self.stored = ""
        party.net.advance(5)
        party.hang("a")
        party.kill("b")
        party.net.advance(9)
        self.assertEqual([party.member(name, "q2t").asleep for name in "ab"], [True, False])
        client = party.client(SEND, "q2t")
        party.net.advance(0.3)
        party.revive("b")
        party.net.advance(0.6)
        told = party.response(client)
        assert told is not None
        self.assertEqual(told.status, 201)
        party.revive("a")
        party.net.advance(9)
        self.assertEqual(self.made(party), 1)

    def test_checks_that_are_wrong(self) -> None:
        """Who answers a read is not silent, whatever its checks say."""
        party = self.silent(pool='check = { kind = "tessera", timeout = "500ms" }')
        for name, node in party.nodes.items():
            node.faults.only = on_paths(DEEP_PATH.decode())
            node.faults.hang = True
            party.revive(name)
        party.net.advance(3)
        client = party.client(SEND, "q2t")
        party.net.advance(3)
        self.assertIsNone(party.response(client))
        self.assertEqual(party.ask(READ, "q2t", within=1).status, 404)
        party.net.advance(1)
        told = party.response(client)
        assert told is not None
        self.assertEqual(told.status, 201)
        self.assertEqual(self.made(party), 1)

    def test_a_read_goes_on_beside_it(self) -> None:
        """One is killed in its sleep, which the write finds: whoever waits to read asks the other then."""
        party = self.serve(serve=("q2t",), keys='client_timeout = "30s"')
        party.net.advance(2)
        self.stored = ""
        for node in party.nodes.values():
            node.faults.database_silent = True
        reader = party.client(READ, "q2t")
        party.net.advance(6)
        self.assertEqual([party.member(name, "q2t").asleep for name in "ab"], [True, True])
        party.kill("a")
        before = party.member("b", "q2t").picked
        writer = party.client(SEND, "q2t")
        self.assertEqual(party.member("b", "q2t").picked, before + 1)
        self.assertNotIn(b"POST", {one.method for one in party.nodes["b"].q2t.requests})
        party.nodes["b"].faults.database_silent = False
        party.net.advance(3)
        told = [one.status for client in (reader, writer) if (one := party.response(client)) is not None]
        self.assertEqual(told, [404, 201])
        self.assertEqual(self.made(party), 1)

    def test_without_checks(self) -> None:
        """Nobody says that they hang."""
        party = self.silent(pool='check = "off"')
        self.assertIsNone(self.answer(party, SEND, "q2t", 1))
        self.assertEqual(sum(self.in_flight), 1)

    def test_once(self) -> None:
        """Class S stays as it is."""
        party = self.silent()
        data = request(b"POST", b"/createPrivacyGroup", b'{"addresses":[]}', JSON)
        self.assertIsNone(self.answer(party, data, "q2t", 1))
        self.assertEqual(sum(self.in_flight), 1)


class PushTests(SilentCase):
    """Of other parties."""

    def test_waits_and_is_sent(self) -> None:
        party = self.silent("p2p", "")
        party.revive("a")
        told = self.answer(party, push(1), "p2p", 1.5)
        assert told is not None
        self.assertEqual(told.status, 201)
        party = self.silent("p2p", "")
        client = party.client(push(1))
        party.net.advance(0.2)
        self.assertEqual([party.member(name).in_flight for name in "ab"], [0, 0])
        for name in "ab":
            party.revive(name)
        party.net.advance(1.5)
        told = party.response(client)
        assert told is not None
        self.assertEqual(told.status, 201)

    def away(self, how: str) -> ServedParty:
        """A whole budget has passed without any member."""
        party = self.serve(serve=("p2p",))
        party.net.advance(2)
        for name in "ab":
            getattr(party, how)(name)
        client = party.client(push(0))
        party.net.advance(2)
        self.assertIsNone(party.response(client), "the first ones wait")
        party.net.advance(BUDGET + 0.5)
        return party

    def test_refused_at_once_after_a_whole_budget(self) -> None:
        """The sender's GoQuorum holds that account's nonce lock meanwhile."""
        for how in ("hang", "kill"):
            party = self.away(how)
            for number in range(3):
                told = self.answer(party, push(number), "p2p", 0)
                assert told is not None, how
                self.assertEqual(told.status, 503)
                party.net.advance(3)

    def test_until_a_check_is_good(self) -> None:
        for how in ("hang", "kill"):
            party = self.away(how)
            party.revive("b")
            party.net.advance(1.3)
            told = self.answer(party, push(7), "p2p", 1)
            assert told is not None, how
            self.assertEqual(told.status, 201)

    def test_other_calls_wait(self) -> None:
        """Only pushes hold an account."""
        party = self.away("hang")
        self.assertIsNone(self.answer(party, request(b"GET", b"/partyinfo"), "p2p", 3))

    def test_without_checks(self) -> None:
        """Nobody says that a check is good: each waits."""
        party = self.serve(serve=("p2p",), pool='check = "off"')
        for name in "ab":
            party.kill(name)
        party.net.advance(20)
        self.assertIsNone(self.answer(party, push(1), "p2p", 3))
