"""The database is silent: what needs none of it is answered all the same, and proves nothing."""

from __future__ import annotations

from quorumha.testing import on_paths
from tests.served_party import ServedCase, ServedParty, request
from tests.tessera.test_listener_database import SEND
from tests.tessera.test_listener_silent import push
from tests.tessera.test_listener_writes import READ

VERSION = request(b"GET", b"/version")


class DatabaseAwayTests(ServedCase):
    """Both nodes share one."""

    def away(self, *serve: str) -> ServedParty:
        party = self.serve(serve=serve)
        party.net.advance(2)
        for node in party.nodes.values():
            node.faults.database_silent = True
        party.net.advance(6)
        return party

    def asleep(self, party: ServedParty, pool: str) -> list[bool]:
        return [party.member(name, pool).asleep for name in "ab"]

    def test_a_party_info(self) -> None:
        """No push is sent because of it, nor waited for: the deep check of the other port knows better."""
        party = self.away("q2t", "p2p")
        for number in range(4):
            self.assertEqual(party.post_info(1, within=1), 200)
            self.assertEqual(party.ask(push(number)).status, 503)
            party.net.advance(0.7)
        self.assertEqual([party.seen(name, b"/push") for name in "ab"], [[], []])

    def test_a_version(self) -> None:
        """No write is sent because of it."""
        party = self.away("q2t")
        for _ in range(4):
            self.assertEqual(party.ask(VERSION, "q2t").status, 200)
            self.assertEqual(self.asleep(party, "q2t"), [True, True])
            client = party.client(SEND, "q2t")
            party.net.advance(0.7)
            self.assertIsNone(party.response(client))
        self.assertEqual([party.member(name, "q2t").in_flight for name in "ab"], [0, 0])

    def test_a_response_that_needs_it(self) -> None:
        """That one proves it, whatever the check says."""
        party = self.away("q2t")
        for node in party.nodes.values():
            node.faults.database_silent = False
            node.faults.hang = True
            node.faults.only = on_paths("/transaction/" + "A" * 86 + "%3D%3D")
        party.net.advance(3)
        self.assertEqual(self.asleep(party, "q2t"), [True, True])
        self.assertEqual(party.ask(READ, "q2t", within=1).status, 404)
        self.assertIn(False, self.asleep(party, "q2t"))

    def test_its_last_word(self) -> None:
        """A 500 after half a minute says that it is away still."""
        party = self.serve(serve=("q2t",), keys='client_timeout = "60s"')
        party.net.advance(2)
        for node in party.nodes.values():
            node.faults.database_silent = True
        client = party.client(SEND, "q2t")
        party.net.advance(29)
        self.assertEqual(self.asleep(party, "q2t"), [True, True])
        for _ in range(6):
            party.net.advance(0.5)
            self.assertEqual(self.asleep(party, "q2t"), [True, True])
        self.assertIsNone(party.response(client))
        self.assertEqual([party.member(name, "q2t").in_flight for name in "ab"], [0, 0])
        for node in party.nodes.values():
            node.faults.database_silent = False
        party.net.advance(2)
        told = party.response(client)
        assert told is not None
        self.assertEqual((told.status, len(party.store.journal.insertions)), (201, 1))

    def test_a_port_that_is_silent_itself(self) -> None:
        """Where the check needs no database, whoever responds is not silent."""
        party = self.serve(serve=("p2p",))
        party.net.advance(2)
        for node in party.nodes.values():
            node.faults.hang = True
            node.faults.only = on_paths("/upcheck")
        party.net.advance(3)
        self.assertEqual(self.asleep(party, "p2p"), [True, True])
        self.assertEqual(party.post_info(1, within=1), 200)
        self.assertIn(False, self.asleep(party, "p2p"))
        self.assertEqual(party.ask(push(1), within=1).status, 201)
