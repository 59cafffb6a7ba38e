"""Limits are asked for at use: for the members that are enabled then."""

from __future__ import annotations

from quorumha.testing import Recorder
from tests.served_party import OCTETS, ServedCase, ServedParty, party_info, request


class FirstByteTests(ServedCase):
    """C{/partyinfo} of a client that waits 3 s: each enabled member has its turn, 2 s at most."""

    def party(self) -> ServedParty:
        """Three members that nobody checks; C{a} is asked first, and hangs."""
        pool = 'check = "off"\nbalance = "primary-first"'
        party = self.serve("abc", keys='client_timeout = "3s"', pool=pool)
        party.hang("a")
        return party

    def limit(self, party: ServedParty) -> float:
        """Seconds after which a member is given up that took a post and does not respond."""
        begun, failed = party.net.clock.seconds(), party.member("a").failed
        party.net.connect("pair:9001").write(request(b"POST", b"/partyinfo", party_info(1), OCTETS))
        while party.member("a").failed == failed:
            self.assertLess(party.net.clock.seconds(), begun + 5)
            party.net.advance(0.01)
        return round(party.net.clock.seconds() - begun, 2)

    def test_three(self) -> None:
        self.assertEqual(self.limit(self.party()), 0.81)

    def test_two_are_disabled_at_run_time(self) -> None:
        """And one of them is enabled again."""
        for enabled, limit in (False, 2.0), (True, 1.22):
            party = self.party()
            for name in "bc":
                party.member(name).enabled = False
            party.member("c").enabled = enabled
            self.assertEqual(self.limit(party), limit)

    def test_two_are_removed(self) -> None:
        """And one is added again."""
        for added, limit in (False, 2.0), (True, 1.22):
            party = self.party()
            pool = party.service.pools["p2p"]
            gone = pool.members[1:]
            for member in gone:
                pool.remove(member)
            if added:
                pool.add(gone[0].upstream)
            self.assertEqual(self.limit(party), limit)

    def test_a_configuration_removes_two_and_changes_the_listener(self) -> None:
        party = self.party()
        pool = 'check = "off"\nbalance = "primary-first"'
        keys = 'client_timeout = "3s"\nwaiting_requests = 9'
        gone = ', "http://10.0.0.2:9001", "http://10.0.0.3:9001"'
        party.apply(party.toml(("p2p",), keys, pool).replace(gone, ""))
        self.assertEqual(len(party.service.pools["p2p"].members), 1)
        self.assertEqual(self.limit(party), 2.0)


class WaitingTests(ServedCase):
    """A request that waits for a member."""

    def waits(self, party: ServedParty) -> Recorder:
        for name in party.nodes:
            party.kill(name)
        client = party.net.connect("pair:9001")
        client.write(request(b"GET", b"/partyinfo"))
        party.net.advance(0.3)
        self.assertEqual(client.received, b"")
        return client

    def test_woken_by_one_that_is_added(self) -> None:
        party = self.serve("abc", pool='check = "off"')
        pool = party.service.pools["p2p"]
        gone = pool.members[2]
        self.successResultOf(pool.remove(gone))
        client = self.waits(party)
        party.revive("c")
        pool.add(gone.upstream)
        party.net.run()
        self.assertIn(b"200", client.received[:20])

    def test_member_that_is_removed_while_it_is_asked(self) -> None:
        """Its response is delivered all the same, and the pool hears when nothing is in flight."""
        party = self.serve("ab", pool='check = "off"\nbalance = "primary-first"')
        pool = party.service.pools["p2p"]
        a = pool.members[0]
        party.nodes["a"].faults.lag = 1.0
        client = party.net.connect("pair:9001")
        client.write(request(b"GET", b"/partyinfo"))
        party.net.advance(0.5)
        done = pool.remove(a)
        self.assertNoResult(done)
        party.net.advance(0.6)
        self.assertIn(b"200", client.received[:20])
        self.successResultOf(done)
        party.net.run()
        self.assertEqual(party.ask(request(b"GET", b"/partyinfo")).status, 200)
        self.assertEqual(pool.members[0].picked, 1)
