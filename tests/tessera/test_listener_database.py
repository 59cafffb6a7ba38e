"""Writes through a whole configuration while the database goes away, as it does for real Tesseras."""

from __future__ import annotations

import json

from quorumha.tessera.decide.health_check import database_of
from quorumha.testing.tessera.payloads import Payload
from quorumha.testing.tessera.state import OWN_KEY
from tests.served_party import JSON, OCTETS, ServedCase, ServedParty, request

SEND = request(b"POST", b"/send", json.dumps({"payload": "aGVsbG8=", "to": []}).encode(), JSON)
STORE = request(b"POST", b"/storeraw", b'{"payload":"aGVsbG8="}', JSON)
DEEP = b"/transaction/" + b"A" * 86


def push(number: int = 0) -> bytes:
    """As another party's Tessera writes it."""
    payload = Payload.seal(b"private", b"s" * 32, [OWN_KEY], b"%d" % number)
    return request(b"POST", b"/push", payload.encode(), OCTETS, b"Accept: text/html, */*; q=.2")


class DatabaseCase(ServedCase):
    """Two nodes, checked, or too rarely for the checks to see anything."""

    def party(self, *serve: str, checked: bool = False, keys: str = "") -> ServedParty:
        rarely = "" if checked else 'check = { interval = "600s" }'
        party = self.serve(serve=serve, pool=rarely, keys=keys)
        for node in party.nodes.values():
            node.state.version = "22.1.7"
        party.net.advance(2)
        return party

    def asked(self, party: ServedParty, name: str, path: bytes, port: str = "q2t") -> int:
        """How often a node was asked for something."""
        requests = getattr(party.nodes[name], port).requests
        return sum(r.target.startswith(path) for r in requests)


class PushTests(DatabaseCase):
    """C{/push}: a 5xx that is no duplicate is asked again inside the sender's budget."""

    def failing(self, party: ServedParty, seconds: float) -> None:
        """Nobody has a database for so long, and says so at once."""
        for node in party.nodes.values():
            node.faults.database_dead = True

        def back() -> None:
            for node in party.nodes.values():
                node.faults.database_dead = False

        party.net.clock.callLater(seconds, back)

    def test_the_request_on_the_connection_that_breaks(self) -> None:
        """Both are told 500 at once; the sender is not."""
        party = self.party("p2p")
        for node in party.nodes.values():
            node.faults.first_request_500 = True
        self.assertEqual(party.ask(push(), within=3).status, 201)
        self.assertEqual(len(party.store.transactions), 1)

    def test_as_long_as_there_is_time(self) -> None:
        """Whenever the database is back: at the very end, too."""
        for seconds in (0.3, 1.1, 2.0, 2.9, 3.1):
            party = self.party("p2p")
            self.failing(party, seconds)
            self.assertEqual(party.ask(push(), within=3.7).status, 201, seconds)
            self.assertEqual(len(party.store.transactions), 1)

    def test_no_longer(self) -> None:
        """At last the sender is told what the members said, while it still waits."""
        party = self.party("p2p")
        self.failing(party, 60)
        begun = party.net.clock.seconds()
        self.assertEqual(party.ask(push(), within=3.75).status, 500)
        self.assertLess(party.net.clock.seconds() - begun, 3.7)
        tries = sum(len(party.seen(name, b"/push")) for name in "ab")
        self.assertTrue(10 <= tries <= 18, tries)
        party.net.advance(60)

    def test_a_row_that_the_first_try_left(self) -> None:
        """The database broke off while it was told to keep it: "duplicate key" on the repeat is success."""
        party = self.party("p2p")
        payload = Payload.seal(b"private", b"s" * 32, [OWN_KEY], b"0")
        party.store.insert(payload)
        for node in party.nodes.values():
            node.faults.first_request_500 = True
        self.assertEqual(party.ask(push(), within=3).status, 201)

    def test_a_row_of_another_push(self) -> None:
        """One that was seen to be taken is not this one: the sender must know."""
        party = self.party("p2p")
        self.assertEqual(party.ask(push()).status, 201)
        for node in party.nodes.values():
            node.faults.first_request_500 = True
        self.assertEqual(party.ask(push(), within=3).status, 500)

    def test_duplicate(self) -> None:
        """Is told at once, without a repeat."""
        party = self.party("p2p")
        party.ask(push())
        self.assertEqual(party.ask(push()).status, 500)

    def test_silent_database(self) -> None:
        """Away for 2 s, while a push is on its way."""
        party = self.party("q2t", "p2p", checked=True)
        for node in party.nodes.values():
            node.faults.database_silent = True
        client = party.client(push())
        party.net.advance(2)
        for node in party.nodes.values():
            node.faults.database_silent = False
        party.net.advance(1.5)
        told = party.response(client)
        assert told is not None
        self.assertEqual((told.status, len(party.store.transactions)), (201, 1))


class SendTests(DatabaseCase):
    """C{/send}: after a member's first 500 its deep check is asked once."""

    def first(self, party: ServedParty) -> str:
        """Who gets the next request."""
        before = {name: self.asked(party, name, b"/version") for name in party.nodes}
        party.ask(request(b"GET", b"/version"), "q2t")
        (asked,) = [name for name in party.nodes if self.asked(party, name, b"/version") > before[name]]
        return "b" if asked == "a" else "a"

    def test_its_database_is_dead(self) -> None:
        """The next member does it: nobody sees anything."""
        party = self.party("q2t")
        name = self.first(party)
        party.nodes[name].faults.database_dead = True
        deep = self.asked(party, name, DEEP)
        self.assertEqual(party.ask(SEND, "q2t").status, 201)
        self.assertEqual(self.asked(party, name, DEEP) - deep, 1)
        self.assertEqual(len(party.store.transactions), 1)

    def test_its_database_is_silent(self) -> None:
        """As a real one is, after the 500 to who was on a connection."""
        party = self.party("q2t")
        name = self.first(party)
        party.nodes[name].faults.database_silent = True
        party.nodes[name].faults.first_request_500 = True
        begun = party.net.clock.seconds()
        self.assertEqual(party.ask(SEND, "q2t", within=2).status, 201)
        self.assertLess(party.net.clock.seconds() - begun, 1)

    def test_its_database_is_there(self) -> None:
        """The 500 is the response: recipients may have taken the payload, and would get it again."""
        party = self.party("q2t")
        name = self.first(party)
        party.nodes[name].faults.first_request_500 = True
        other = "b" if name == "a" else "a"
        self.assertEqual(party.ask(SEND, "q2t").status, 500)
        self.assertEqual(self.asked(party, other, b"/send"), 0)

    def test_known_already(self) -> None:
        """Then nobody is asked."""
        party = self.party("q2t")
        name = self.first(party)
        party.nodes[name].faults.database_dead = True
        database_of(party.member(name, "q2t")).dead = True
        deep = self.asked(party, name, DEEP)
        self.assertEqual(party.ask(SEND, "q2t").status, 201)
        self.assertEqual(self.asked(party, name, DEEP), deep)

    def test_both_are_dead(self) -> None:
        """Each is asked once; where checks know it, it is waited for."""
        party = self.party("q2t", checked=True)
        for node in party.nodes.values():
            node.faults.database_dead = True
        client = party.client(SEND, "q2t")
        party.net.advance(2)
        self.assertIsNone(party.response(client))
        for node in party.nodes.values():
            node.faults.database_dead = False
        party.net.advance(2)
        told = party.response(client)
        assert told is not None
        self.assertEqual((told.status, len(party.store.transactions)), (201, 1))

    def test_alone(self) -> None:
        """With nobody else to ask it waits for its database."""
        party = self.serve("a", serve=("q2t",))
        party.net.advance(2)
        party.nodes["a"].faults.database_dead = True
        client = party.client(SEND, "q2t")
        party.net.advance(1)
        party.nodes["a"].faults.database_dead = False
        party.net.advance(2)
        told = party.response(client)
        assert told is not None
        self.assertEqual(told.status, 201)

    def test_what_pushes_to_nobody(self) -> None:
        """C{/storeraw} harms nobody where it is done twice: the next member at once, and no question."""
        for port in ("q2t", "thirdparty"):
            party = self.party(port)
            for node in party.nodes.values():
                node.faults.first_request_500 = node is party.nodes["a"]
            deep = sum(self.asked(party, name, DEEP) for name in "ab")
            for _ in range(2):
                self.assertEqual(party.ask(STORE, port).status, 200)
            self.assertEqual(sum(self.asked(party, name, DEEP) for name in "ab"), deep)


class KnownEverywhereTests(DatabaseCase):
    """What the deep check of a node says counts in every pool that has this node."""

    def test_pushes_go_elsewhere(self) -> None:
        """With a listener for GoQuorum in the process, no push is sent to a node without a database."""
        party = self.party("q2t", "p2p", checked=True)
        party.nodes["a"].faults.database_silent = True
        party.net.advance(3)
        for number in range(8):
            begun = party.net.clock.seconds()
            self.assertEqual(party.ask(push(number)).status, 201)
            self.assertEqual(party.net.clock.seconds(), begun)
        self.assertEqual(party.seen("a", b"/push"), [])
