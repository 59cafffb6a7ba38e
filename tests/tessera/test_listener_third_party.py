"""The third party listener through a whole configuration, beside the one for GoQuorum."""

from __future__ import annotations

import json
from functools import partial

from quorumha.testing import on_paths
from quorumha.testing.http.message_reader import Message
from quorumha.testing.tessera.payloads import Payload
from quorumha.testing.tessera.state import OWN_KEY, key_text
from tests.served_party import JSON, OCTETS, ServedCase, ServedParty, party_info, request

STORE = request(b"POST", b"/storeraw", b'{"payload":"aGVsbG8="}', JSON)
PARTY = 'party = "ours"'


def signed(key: str) -> bytes:
    """C{/sendsignedtx} for what was stored."""
    return request(b"POST", b"/sendsignedtx", json.dumps({"hash": key, "to": []}).encode(), JSON)


class ReadTests(ServedCase):
    """C{/keys} and C{/partyinfo/keys}: any member."""

    def test_whoever_is_away(self) -> None:
        for fault in ("kill", "hang"):
            for away in "ab":
                party = self.serve(serve=("thirdparty",))
                getattr(party, fault)(away)
                for path in (b"/keys", b"/partyinfo/keys"):
                    answer = party.ask(request(b"GET", path), "thirdparty", within=4.5)
                    self.assertEqual(answer.status, 200)
                    said = [one["key"] for one in json.loads(answer.body)["keys"]]
                    self.assertEqual(said, [key_text(OWN_KEY)])

    def test_every_read_treated_otherwise(self) -> None:
        """What the proxy asks by itself does not hang on how calls are treated."""
        paths = ('"/keys"', '"/partyinfo/keys"', '"/"')
        routes = ", ".join(
            f'{{ path = {path}, match = "{match}", treat_as = "once" }}'
            for path, match in zip(paths, ("exact", "exact", "prefix"), strict=True)
        )
        party = self.serve(serve=("thirdparty",), keys=f"routes = [{routes}]")
        self.assertEqual(party.ask(request(b"GET", b"/keys"), "thirdparty").status, 200)

    def test_other_parties_keys(self) -> None:
        """Every member says the same of other parties, because each heard of them."""
        party = self.serve(serve=("p2p", "thirdparty"))
        party.ask(request(b"POST", b"/partyinfo", party_info(1), OCTETS))
        answers = {party.ask(request(b"GET", b"/partyinfo/keys"), "thirdparty").body for _ in range(4)}
        (body,) = answers
        self.assertEqual(len(json.loads(body)["keys"]), 2)


class StoreRawTests(ServedCase):
    """C{/storeraw} makes something new: again only when nothing was done."""

    def store(self, party: ServedParty, within: float = 0) -> Message:
        return party.ask(STORE, "thirdparty", within=within)

    def test_one_is_dead(self) -> None:
        for away in "ab":
            party = self.serve(serve=("thirdparty",))
            party.kill(away)
            for _ in range(3):
                self.assertEqual(self.store(party).status, 200)
            self.assertEqual(len(party.store.raws), 3)

    def test_the_key_is_not_known_to_one(self) -> None:
        """404 is that member's alone: it does not have the key of C{from}."""
        for without in "ab":
            party = self.serve(serve=("thirdparty",))
            party.nodes[without].state.keys = (b"x" * 32,)
            body = json.dumps({"payload": "aGVsbG8=", "from": key_text(OWN_KEY)}).encode()
            for _ in range(2):
                answer = party.ask(request(b"POST", b"/storeraw", body, JSON), "thirdparty")
                self.assertEqual(answer.status, 200)

    def test_not_repeated_after_a_long_wait(self) -> None:
        """Who only slept acts on it yet: the client hears in time, nobody else is asked."""
        party = self.serve(serve=("thirdparty",), pool='check = "off"')
        for node in party.nodes.values():
            node.faults.hang = True
        answer = self.store(party, within=5)
        self.assertGreaterEqual(answer.status, 500)
        self.assertLess(party.net.clock.seconds(), 5)
        for node in party.nodes.values():
            node.faults.hang = False
        party.net.advance(1)
        self.assertEqual(len(party.store.raws), 1)


class SignedTests(ServedCase):
    """C{/storeraw} here, then C{/sendsignedtx} at the listener for GoQuorum: one party, one memory."""

    def stored(self) -> tuple[ServedParty, str]:
        party = self.serve(serve=("q2t", "thirdparty"), keys=PARTY)
        answer = party.ask(STORE, "thirdparty")
        return party, json.loads(answer.body)["key"]

    def test_one_memory(self) -> None:
        sites = self.stored()[0].sites
        self.assertIs(sites["q2t"].state.memory, sites["thirdparty"].state.memory)
        apart = self.serve(serve=("q2t", "thirdparty")).sites
        self.assertIsNot(apart["q2t"].state.memory, apart["thirdparty"].state.memory)

    def test_whoever_is_dead(self) -> None:
        for away in "ab":
            party, key = self.stored()
            party.kill(away)
            answer = party.ask(signed(key), "q2t")
            self.assertEqual(answer.status, 201)
            made = json.loads(answer.body)["key"].encode()
            read = request(b"GET", b"/transaction/" + made.replace(b"/", b"%2F"))
            self.assertEqual(party.ask(read, "q2t").status, 200)

    def test_dies_after_it_stored_it(self) -> None:
        """An unknown outcome is looked up: the client gets the true answer."""
        for first in "ab":
            party, key = self.stored()
            faults = party.nodes[first].faults
            faults.only = on_paths("/sendsignedtx")
            faults.on_death = partial(party.kill, first)
            faults.die_after_commit = True
            answer = party.ask(signed(key), "q2t", within=4.5)
            self.assertEqual(answer.status, 201)
            self.assertEqual(len(party.store.transactions), 1)

    def test_pushed_to_one_known_to_the_other(self) -> None:
        """What another party pushed exists: a 404 for it is never told to GoQuorum."""
        party = self.serve(serve=("q2t", "p2p"), keys=PARTY)
        self.assertEqual(len(party.service.parts["q2t"].state.memory), 0)
        one = Payload.seal(b"private", b"s" * 32, [OWN_KEY], b"1")
        self.assertEqual(party.ask(request(b"POST", b"/push", one.encode(), OCTETS)).status, 201)
        self.assertEqual(len(party.service.parts["q2t"].state.memory), 1)
        party.store.delete(one.hash)
        read = request(b"GET", b"/transaction/" + key_text(one.hash).replace("/", "%2F").encode())
        answer = party.ask(read, "q2t", within=5)
        self.assertEqual(answer.status, 503)
