"""Accounts that are remembered."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.known_accounts import KnownAccounts


class KnownAccountsTests(SynchronousTestCase):
    """Two of them at most."""

    def setUp(self) -> None:
        """None yet."""
        self.known = KnownAccounts.of_size(2)

    def test_least_recently_used_is_forgotten(self) -> None:
        """What is known of it is found out again."""
        for address in (b"1", b"2", b"1", b"3"):
            self.known.enter(address).callers -= 1
        self.assertIsNone(self.known.find(b"2"))
        self.assertIsNotNone(self.known.find(b"1"))

    def test_one_with_calls_is_not_forgotten(self) -> None:
        """Two readings of one account would give one nonce twice."""
        for address in (b"1", b"2", b"3"):
            found = self.known.enter(address)
            found.account.under_way += 1
            found.callers -= 1
        self.assertIsNotNone(self.known.find(b"1"))
        self.assertIs(self.known.enter(b"3"), self.known.find(b"3"))

    def test_nor_one_that_has_just_come(self) -> None:
        """Though all others are busy."""
        for address in (b"1", b"2"):
            self.known.enter(address)
        self.assertIs(self.known.enter(b"3"), self.known.find(b"3"))

    def test_follow(self) -> None:
        """More, from now on."""
        self.known.follow(3)
        for address in (b"1", b"2", b"3"):
            self.known.enter(address).callers -= 1
        self.assertIsNotNone(self.known.find(b"1"))
