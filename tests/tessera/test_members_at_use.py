"""Limits are asked for at use: for the members that are enabled then."""

from __future__ import annotations

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
