"""Which member made a filter, without members."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.known_filters import UNUSED_FOR, KnownFilters
from quorumha.pool.member import Member
from quorumha.pool.upstream import Upstream
from quorumha.testing.net.memory import MemoryTopology


class KnownFiltersTests(SynchronousTestCase):
    """By id."""

    def setUp(self) -> None:
        endpoint = MemoryTopology().client_endpoint("a:1")
        self.member = Member(Upstream("a", endpoint, b"a:1"))
        self.known = KnownFilters.of_size(3)

    def test_remembered(self) -> None:
        """Until it is forgotten."""
        self.known.put("0x1", self.member, 0.0)
        self.assertIs(self.known.member_of("0x1", 1.0), self.member)
        self.assertIsNone(self.known.member_of("0x2", 1.0))
        self.known.forget("0x1")
        self.known.forget("0x1")
        self.assertIsNone(self.known.member_of("0x1", 1.0))

    def test_forgotten_after_5_minutes_unused(self) -> None:
        """As the node forgets it."""
        self.known.put("0x1", self.member, 0.0)
        for now in (299.0, 598.0):
            self.assertIs(self.known.member_of("0x1", now), self.member)
        self.assertIsNone(self.known.member_of("0x1", 598.0 + UNUSED_FOR))
        self.assertEqual(len(self.known), 0)

    def test_memory(self) -> None:
        """Who was used least recently goes."""
        for n in range(3):
            self.known.put(f"0x{n}", self.member, 0.0)
        self.known.member_of("0x0", 1.0)
        self.known.put("0x3", self.member, 1.0)
        self.assertEqual(len(self.known), 3)
        self.assertIsNone(self.known.member_of("0x1", 1.0))
        self.assertIsNotNone(self.known.member_of("0x0", 1.0))

    def test_less_memory(self) -> None:
        """From the next one on."""
        for n in range(3):
            self.known.put(f"0x{n}", self.member, 0.0)
        self.known.follow(1)
        self.known.put("0x3", self.member, 0.0)
        self.assertEqual(len(self.known), 1)
