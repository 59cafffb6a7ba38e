"""Another party's Tessera, met from outside."""

from __future__ import annotations

from base64 import b64decode

from twisted.internet.defer import Deferred

from quorumha.testing import PushFailed, RemoteParty
from quorumha.testing.tessera.payloads import PartyInfo, Payload
from quorumha.testing.tessera.state import OWN_KEY
from tests.testing.goquorum.test_geth_requests import captured
from tests.testing.tessera_pair import OTHER_KEY, OTHER_URL, Pair
from tests.testing.test_corpus import OWN_B, URL_B, load


class PartyCase(Pair):
    def setUp(self) -> None:
        super().setUp()
        self.other = self.party()

    def party(self, configured: bool = True) -> RemoteParty:
        endpoint = self.net.client_endpoint("p2p0:1")
        party = RemoteParty(self.net.clock, endpoint, OTHER_URL, OTHER_KEY, configured=configured)
        self.addCleanup(party.stop)
        return party

    def pushed(self, salt: bytes = b"1") -> Deferred[bytes]:
        pushing = self.other.push(Payload.seal(b"private", OTHER_KEY, [OWN_KEY], salt))
        self.net.advance(8)
        return pushing

    def refusal(self, pushing: Deferred[bytes]) -> int:
        problem = self.failureResultOf(pushing, PushFailed).value
        assert isinstance(problem, PushFailed)
        return problem.status


class PostTests(PartyCase):
    def test_every_five_seconds_on_one_connection(self) -> None:
        self.other.start()
        self.net.advance(20)
        self.assertEqual((self.other.posts, self.other.caller.made), (5, 1))
        self.assertEqual(self.nodes[0].state.parties[OTHER_URL].versions, "v1,v2")
        self.assertEqual(self.nodes[0].state.parties[OTHER_URL].keys, {OTHER_KEY})

    def test_drops_whom_it_cannot_reach_and_takes_up_again(self) -> None:
        self.other.start()
        self.net.run()
        self.nodes[0].faults.hang = True
        self.net.advance(8.7)
        self.assertFalse(self.other.dropped)
        self.net.advance(0.1)
        self.assertEqual((self.other.dropped, self.other.drops), (True, [8.75]))
        self.nodes[0].faults.hang = False
        self.net.advance(2)
        self.assertFalse(self.other.dropped)

    def test_one_that_was_only_discovered_is_not_polled_again(self) -> None:
        self.other = self.party(configured=False)
        self.net.kill("p2p0:1")
        self.other.start()
        self.net.run()
        self.net.revive("p2p0:1")
        self.net.advance(60)
        self.assertEqual((self.other.dropped, self.other.posts), (True, 0))

    def test_an_answer_that_is_no_success_is_no_reason_to_drop(self) -> None:
        self.other = RemoteParty(self.net.clock, self.net.client_endpoint("q2t0:1"), OTHER_URL, OTHER_KEY)
        posting = self.other.post()
        self.net.run()
        self.assertIs(self.successResultOf(posting), False)
        self.assertEqual((self.other.refused, self.other.dropped), ([404], False))


class PushTests(PartyCase):
    def test_taken(self) -> None:
        key = self.successResultOf(self.pushed())
        self.assertEqual((self.other.pushed, list(self.store.transactions)), ([key], [key]))

    def test_not_taken(self) -> None:
        self.store.dead = True
        self.assertEqual(self.refusal(self.pushed()), 500)
        self.assertFalse(self.other.dropped)

    def test_not_reached(self) -> None:
        self.net.kill("p2p0:1")
        self.assertEqual(self.refusal(self.pushed()), 410)
        self.assertEqual(self.refusal(self.pushed()), 404)
        self.assertEqual(len(self.other.errors), 2)


class CorpusTests(PartyCase):
    def test_requests_are_those_that_were_captured(self) -> None:
        compared: set[str] = set()
        for exchange in load("p2p-front"):
            path, octets = exchange["path"], b64decode(exchange["request"]["body"])
            if exchange["method"] != "POST" or path == "/partyinfo/validate":
                continue
            parties = PartyInfo.decode(octets).parties if path == "/partyinfo" else ()
            knows = tuple(url.decode() for url in parties[:-1])
            host = dict(exchange["request"]["headers"])["Host"]
            endpoint = self.net.client_endpoint("p2p0:1")
            other = RemoteParty(self.net.clock, endpoint, URL_B, OWN_B, host, knows=knows)
            asking = other.post() if path == "/partyinfo" else other.push(Payload.decode(octets))
            asking.addErrback(lambda _: None)
            self.net.run()
            request = self.nodes[0].p2p.requests[-1]
            self.assertEqual(request.head + request.body, captured(exchange))
            compared.add(path)
        self.assertEqual(compared, {"/partyinfo", "/push"})
