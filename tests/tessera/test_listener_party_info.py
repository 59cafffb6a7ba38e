"""Party infos through a whole configuration: who hears of them, when, and what is seen of it."""

from __future__ import annotations

import json
from typing import Any

from twisted.logger import capturedLogs

from quorumha.testing import RemoteParty, SimulatedTessera, on_paths
from quorumha.testing.tessera.payloads import PartyInfo
from quorumha.testing.tessera.state import key_text
from tests.served_party import JSON, OCTETS, PAIR_URL, ServedCase, ServedParty, party_info, party_url, request

PARTY_INFO = b"/partyinfo"
#: Seconds in which active checks find out, or bring back: two checks, each 0.4 s and a tenth.
SOON = 2.0


class PartyInfoCase(ServedCase):
    """See L{ServedCase}."""

    def bodies(self, party: ServedParty, name: str) -> list[bytes]:
        """The posts that a node worked on, in order."""
        handled = party.nodes[name].p2p.handled
        return [one.body for one in handled if (one.method, one.target) == (b"POST", PARTY_INFO)]


class ReachesEveryMemberTests(PartyInfoCase):
    """C{POST /partyinfo} reaches every member."""

    def test_byte_for_byte_with_its_headers_each_once(self) -> None:
        party = self.serve("abc")
        fields = (OCTETS, b"tesseraSupportedApiVersions: v1,v2", b"X-Odd:  two  words ", b"Accept: */*; q=.2")
        answer = party.ask(request(b"POST", PARTY_INFO, party_info(1), *fields))
        party.net.run()
        self.assertEqual(answer.status, 200)
        posts = [party.seen(name, PARTY_INFO) for name in "abc"]
        self.assertEqual([[post.body for post in seen] for seen in posts], [[party_info(1)]] * 3)
        for (post,) in posts:
            self.assertEqual(post.head, posts[0][0].head)
            self.assertEqual(post.get(b"host"), b"pair:9001")
            self.assertEqual(post.get(b"tesseraSupportedApiVersions"), b"v1,v2")
            self.assertIn((b"X-Odd", b"two  words"), post.headers)
        for name in "abc":
            self.assertEqual(party.knows(name), {party_url(1)})
        self.assertEqual(party.service.pools["p2p"].counters.mirrored, 2)

    def test_answered_by_whichever_answers_first(self) -> None:
        """A dead member, and one that hangs: the party gets its 200 in time, the third member hears."""
        for fault in ("kill", "hang"):
            for away in "abc":
                party = self.serve("abc")
                getattr(party, fault)(away)
                self.assertEqual(party.post_info(1, within=3.7), 200)
                party.net.advance(0.1)
                for name in set("abc") - {away}:
                    self.assertEqual(self.bodies(party, name), [party_info(1)], (fault, away, name))

    def test_a_party_sees_nothing_of_one_that_is_away(self) -> None:
        """It posts every five seconds as Tessera does, and never drops the pair."""
        party = self.serve()
        other = RemoteParty(party.net.clock, party.net.client_endpoint("pair:9001"), party_url(1), b"k" * 32)
        self.addCleanup(other.stop)
        other.start()
        for fault, away in (("kill", "a"), ("hang", "b"), ("hang", "a"), ("kill", "b")):
            party.net.advance(7.3)
            getattr(party, fault)(away)
            party.net.advance(20)
            party.revive(away)
        party.net.advance(10)
        self.assertEqual((other.drops, other.refused), ([], []))
        for name in "ab":
            self.assertEqual(party.knows(name), {party_url(1)})

    def test_get_goes_to_one_member_only(self) -> None:
        party = self.serve("abc", keys="party_info_interval = 0")
        self.assertEqual(party.ask(request(b"GET", PARTY_INFO)).status, 200)
        party.net.advance(1)
        self.assertEqual(sum(len(party.seen(name, PARTY_INFO, b"GET")) for name in "abc"), 1)
        self.assertEqual(sum(len(party.seen(name, PARTY_INFO)) for name in "abc"), 0)


class AppliedTests(PartyInfoCase):
    """Another configuration of the listener: nobody posts again for that."""

    def test_who_was_away_then(self) -> None:
        """Is told of whoever posted before."""
        party = self.serve()
        self.assertEqual(party.post_info(1), 200)
        party.kill("b")
        party.net.advance(SOON)
        party.apply(party.toml(("p2p",), keys="party_info_interval = 3\n"))
        party.revive("b")
        party.net.advance(SOON)
        self.assertEqual(party.knows("b"), {party_url(1)})
        self.assertEqual(len(party.seen("b", PARTY_INFO)), 2, "once before, and once now")
        party.net.advance(10)
        self.assertEqual(len(party.service.retired), 0)

    def test_a_post_under_way(self) -> None:
        """Reaches every member, and once."""
        party = self.serve()
        party.net.advance(SOON)
        for node in party.nodes.values():
            node.faults.lag = 0.5
        data = request(b"POST", b"/partyinfo", party_info(1), OCTETS)
        client = party.client(data)
        party.apply(party.toml(("p2p",), keys="party_info_interval = 3\n"))
        party.net.advance(SOON)
        told = party.response(client)
        self.assertEqual(told and told.status, 200)
        self.assertEqual([len(party.seen(name, PARTY_INFO)) for name in "ab"], [1, 1])

    def test_a_member_that_comes(self) -> None:
        """Is told as one that was away."""
        party = ServedParty("a", serve=("p2p",))
        self.addCleanup(party.stop)
        self.assertEqual(party.post_info(1), 200)
        node = SimulatedTessera(party.net.clock, party.store, name="b")
        party.net.listen("10.0.0.2:9001", node.p2p)
        text = party.toml(("p2p",))
        party.apply(text.replace('"http://10.0.0.1:9001"', '"http://10.0.0.1:9001", "http://10.0.0.2:9001"'))
        party.net.advance(10)
        self.assertEqual(set(node.state.parties), {party_url(1)})


class BackTests(PartyInfoCase):
    """A member that missed posts gets the newest of each party, before traffic does."""

    def missed(self, fault: str, interval: float, away: str = "b") -> ServedParty:
        """Party 1 posts before C{away} is away, and twice meanwhile; party 2 once; traffic all the time."""
        party = self.serve(keys=f"party_info_interval = {interval}")
        self.assertEqual(party.post_info(1), 200)
        party.net.advance(1)
        getattr(party, fault)(away)
        party.net.advance(SOON)
        self.before = len(party.nodes["b"].p2p.requests)
        self.assertEqual(party.post_info(1, "http://older/"), 200)
        self.assertEqual(party.post_info(2), 200)
        self.assertEqual(party.post_info(1, "http://newer/"), 200)
        party.net.advance(6)
        party.revive(away)
        for _ in range(40):
            party.ask(request(b"GET", b"/traffic"))
            party.net.advance(0.05)
        return party

    def test_after_it_was_disabled(self) -> None:
        """Its operator took it out of use, and a party came meanwhile: it hears once it is enabled."""
        party = self.serve(keys="party_info_interval = 0")
        party.member("b").enabled = False
        self.assertEqual(party.post_info(1), 200)
        party.net.advance(5)
        self.assertEqual(party.knows("b"), set())
        party.member("b").enabled = True
        party.net.run()
        self.assertEqual(party.knows("b"), {party_url(1)})

    def check(self, fault: str, interval: float = 5) -> None:
        with capturedLogs() as logs:
            party = self.missed(fault, interval)
        requests = [r.start_line for r in party.nodes["b"].p2p.requests[self.before :]]
        posts = [at for at, line in enumerate(requests) if line.startswith(b"POST /partyinfo ")]
        traffic = [at for at, line in enumerate(requests) if b"/traffic" in line]
        # By party, the last one that it worked on.
        last = {PartyInfo.decode(body).url: body for body in self.bodies(party, "b")}
        self.assertEqual(list(last.values()), [party_info(1, "http://newer/"), party_info(2)])
        self.assertTrue(traffic, "it is used again")
        self.assertLess(max(posts), min(traffic))
        self.assertEqual(party.knows("b"), party.knows("a"))
        self.told = [log for log in logs if log.get("event") == "partyinfo-caught-up"]

    def test_after_it_was_down(self) -> None:
        """Of what was said meanwhile it hears the newest alone."""
        # No comparison brings it anything before a check sees that it is back.
        self.check("kill", interval=60)
        self.assertEqual(
            [(log["upstream"], log["missing"], log["brought"]) for log in self.told],
            [("10.0.0.2:9001", 2, 2)],
        )

    def test_after_it_hung(self) -> None:
        """It works on what it was sent before, too, whenever it likes: the newest comes last all the same."""
        self.check("hang")

    def test_takes_no_posts(self) -> None:
        """It answers its checks and nothing else: it is not kept waiting for ever, and hears later."""
        party = self.serve(keys="party_info_interval = 1")
        party.kill("b")
        party.net.advance(SOON)
        party.post_info(1)
        faults = party.nodes["b"].faults
        faults.only = on_paths("/partyinfo")
        faults.hang = True
        party.revive("b")
        with capturedLogs() as logs:
            party.net.advance(1)
            self.assertFalse(party.member("b").usable(party.net.clock.seconds()))
            party.net.advance(3)
        self.assertTrue(party.member("b").usable(party.net.clock.seconds()))
        self.assertIn("upstream-unprepared", [log.get("event") for log in logs])
        faults.hang = False
        party.net.advance(10)
        self.assertEqual(party.knows("b"), {party_url(1)})

    def test_stopped_while_a_member_is_told(self) -> None:
        """The proxy waits for nothing then."""
        party = ServedParty("ab")
        party.kill("b")
        party.net.advance(SOON)
        party.post_info(1)
        party.nodes["b"].faults.only = on_paths("/partyinfo")
        party.nodes["b"].faults.hang = True
        party.revive("b")
        party.net.advance(1.5)
        self.assertTrue(party.seen("b", PARTY_INFO, b"GET"))
        with capturedLogs() as logs:
            party.stop()
        self.assertEqual([log["event"] for log in logs if "event" in log], [])
        self.assertEqual(party.net.clock.getDelayedCalls(), [])

    def test_restarted_between_two_posts(self) -> None:
        """It has forgotten what it had been told, and is told again: nobody need post."""
        party = self.serve()
        party.post_info(1)
        party.kill("b")
        party.net.advance(SOON)
        party.revive("b")
        party.net.advance(SOON)
        self.assertTrue(party.member("b").usable(party.net.clock.seconds()))
        self.assertEqual(party.knows("b"), {party_url(1)})


class SendersTests(ServedCase):
    """GoQuorum sends to another party all the time, while members restart and forget whom they knew."""

    def test_recipient_is_always_found(self) -> None:
        """A member that comes back is told at once; until then its 404 asks the next one."""
        party = self.serve(serve=("q2t", "p2p"))
        other = RemoteParty(
            party.net.clock, party.net.client_endpoint("pair:9001"), party_url(1), b"\x01" * 32
        )
        self.addCleanup(other.stop)
        other.start()
        to = json.dumps({"payload": "aGVsbG8=", "to": [key_text(b"\x01" * 32)]}).encode()
        send = request(b"POST", b"/send", to, JSON)
        for name in "abab":
            for step in range(100):
                if step == 10:
                    party.kill(name)
                if step == 50:
                    party.revive(name)
                self.assertEqual(party.ask(send, "q2t").status, 201, (name, step))
                party.net.advance(0.05)
            self.assertEqual(party.knows(name), {party_url(1)}, "2.5 s after it is back")
        self.assertEqual(other.drops, [])


class DriftTests(PartyInfoCase):
    """The members' tables are compared by C{GET /partyinfo}."""

    def drifts(self, logs: Any) -> list[tuple[str, int]]:
        return [(log["upstream"], log["drift"]) for log in logs if log.get("event") == "partyinfo-drift"]

    def test_a_counter_and_a_log_event(self) -> None:
        """A member forgets, and no check sees it: it is told again, and that is logged once each way."""
        party = self.serve()
        party.post_info(1)
        party.net.advance(6)
        delivery = party.site.sync
        assert delivery is not None
        self.assertEqual(delivery.drift, {"10.0.0.1:9001": 0, "10.0.0.2:9001": 0})
        with capturedLogs() as logs:
            party.nodes["b"].state.parties.clear()
            party.net.advance(5.6)
            self.assertEqual(delivery.drift["10.0.0.2:9001"], 1)
            self.assertEqual(party.knows("b"), {party_url(1)})
            party.net.advance(6)
        self.assertEqual(delivery.drift, {"10.0.0.1:9001": 0, "10.0.0.2:9001": 0})
        self.assertEqual(self.drifts(logs), [("10.0.0.2:9001", 1), ("10.0.0.2:9001", 0)])
        self.assertEqual(len(party.seen("b", PARTY_INFO, b"POST")), 2, "once more, as it had lost it")

    def test_its_own_address_is_no_drift(self) -> None:
        party = self.serve()
        with capturedLogs() as logs:
            party.net.advance(12)
        self.assertEqual(self.drifts(logs), [])
        self.assertGreaterEqual(len(party.seen("a", PARTY_INFO, b"GET")), 2)
        self.assertEqual(party.nodes["a"].state.url, PAIR_URL)
