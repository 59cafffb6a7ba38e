"""Time limits and addresses through a whole configuration: what other parties and applications are told."""

from __future__ import annotations

import json
from functools import partial

from quorumha.testing import on_paths
from quorumha.testing.tessera.payloads import Payload
from quorumha.testing.tessera.state import OWN_KEY
from tests.served_party import JSON, OCTETS, ServedCase, party_info, request

SENDER = b"s" * 32
#: Seconds that another Tessera waits, with the usual interval of 5 s.
PATIENCE = 3.75
SEALED = Payload.seal(b"private", SENDER, [OWN_KEY], b"1")
SEND = json.dumps({"payload": "aGVsbG8=", "to": []}).encode()

CALLS = {
    "partyinfo": request(b"POST", b"/partyinfo", party_info(1), OCTETS),
    "table": request(b"GET", b"/partyinfo"),
    "validate": request(b"POST", b"/partyinfo/validate", SEALED.encode(), OCTETS),
    "push": request(b"POST", b"/push", SEALED.encode(), OCTETS),
    "upcheck": request(b"GET", b"/upcheck"),
    "version": request(b"GET", b"/version"),
    "apis": request(b"GET", b"/version/api"),
}


class LimitsTests(ServedCase):
    """From 3.75 s: a hung member leaves room for another try."""

    def slowest(self, names: str, hung: str, more: str = "", patience: float = PATIENCE) -> None:
        for call, data in CALLS.items():
            for _ in names:
                party = self.serve(names, keys=more, pool='check = "off"')
                for name in hung:
                    party.hang(name)
                answer = party.ask(data, within=patience)
                self.assertIn(answer.status, (200, 201), call)

    def test_one_of_two_hangs(self) -> None:
        for hung in "ab":
            self.slowest("ab", hung)

    def test_two_of_three_hang(self) -> None:
        for hung in ("ab", "bc", "ac"):
            self.slowest("abc", hung)

    def test_shorter_interval(self) -> None:
        """Of parties with C{partyInfoInterval} 2 s."""
        for hung in "ab":
            self.slowest("ab", hung, "client_timeout = 1.5", 1.5)

    def test_all_hang(self) -> None:
        """The party hears it before it gives up, so it does not drop the pair."""
        for call, data in CALLS.items():
            party = self.serve()
            for name in "ab":
                party.hang(name)
            answer = party.ask(data, within=PATIENCE)
            self.assertIn(answer.status, (502, 503, 504), call)
            self.assertLess(party.net.clock.seconds(), PATIENCE)

    def test_all_away_for_a_moment(self) -> None:
        """A request waits for the first that is back."""
        for fault in ("kill", "hang"):
            party = self.serve()
            for name in "ab":
                getattr(party, fault)(name)
            client = party.client(CALLS["push"])
            party.net.advance(1)
            self.assertIsNone(party.response(client))
            party.revive("b")
            party.net.advance(2)
            answer = party.response(client)
            assert answer is not None
            self.assertEqual(answer.status, 201)


class QuestionTests(ServedCase):
    """What the proxy asks by itself."""

    def test_not_by_the_limits_of_another_call(self) -> None:
        """Whether a transaction was made is asked as any read is, whatever holds for single calls."""
        routes = 'routes = [{ path = "/encodedpayload", match = "prefix", first_byte_timeout = "10ms" }]'
        party = self.serve(serve=("q2t",), keys=routes)
        stored = party.ask(request(b"POST", b"/storeraw", b'{"payload":"aGVsbG8="}', JSON), "q2t")
        # The one whose turn it is.
        dying, living = party.nodes["b"].faults, party.nodes["a"].faults
        dying.die_after_commit, dying.only = True, on_paths("/sendsignedtx")
        dying.on_death = partial(party.kill, "b")
        living.lag = 0.1
        key = json.loads(stored.body)["key"]
        data = request(b"POST", b"/sendsignedtx", json.dumps({"hash": key, "to": []}).encode(), JSON)
        self.assertEqual(party.ask(data, "q2t", within=1.0).status, 201)
        self.assertFalse(dying.die_after_commit)


class AddressTests(ServedCase):
    """C{Location} and C{Host} are right for the client whichever member answered."""

    def test_location(self) -> None:
        for host, more in ((b"pair:9101", ""), (b"c", ""), (b"pair:9101", 'host = "upstream"')):
            for away in "ab":
                party = self.serve(serve=("q2t",), keys=more)
                party.kill(away)
                data = request(b"POST", b"/send", SEND, JSON).replace(b"pair:9001", host)
                answer = party.ask(data, "q2t")
                self.assertEqual(answer.status, 201)
                location = answer.get(b"location")
                assert location is not None
                self.assertTrue(location.startswith(b"http://%b/transaction/" % host), (location, more))
                path = location.removeprefix(b"http://" + host)
                self.assertEqual(party.ask(request(b"GET", path), "q2t").status, 200)

    def test_host(self) -> None:
        """Members see the address that the party knows; so do copies, and what is brought later."""
        party = self.serve()
        party.kill("b")
        for data in CALLS.values():
            party.ask(data)
        party.revive("b")
        party.net.advance(2)
        seen = [r for name in "ab" for r in party.nodes[name].p2p.requests if r.method == b"POST"]
        self.assertEqual({r.get(b"host") for r in seen}, {b"pair:9001"})
        self.assertTrue(party.seen("b", b"/partyinfo"))

    def test_own_address_in_the_table(self) -> None:
        """Parties find the pair at one address, whoever is asked."""
        for away in "ab":
            party = self.serve()
            party.kill(away)
            said = json.loads(party.ask(CALLS["table"]).body)
            self.assertEqual(said["url"], "http://pair:9001/")
