"""Who is tried for one request; that each is tried once: L{tests.pool.test_pool}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.pool.candidates import AwakeCandidates
from quorumha.pool.pool import Member, UpstreamPool
from tests.pool.test_pool import upstream


class AwakeTests(SynchronousTestCase):
    """Without those that fell silent."""

    def setUp(self) -> None:
        self.pool = UpstreamPool("p", [upstream("a"), upstream("b"), upstream("c")])
        self.a, self.b, self.c = self.pool.members

    def down(self, member: Member, *, silent: bool) -> None:
        member.silent = silent
        self.pool.checked(member, "bad", 0.0, "")

    def names(self, candidates: AwakeCandidates) -> list[str]:
        found = []
        while (member := candidates.take(0.0)) is not None:
            found.append(member.upstream.name)
        return sorted(found)

    def test_all(self) -> None:
        """One late answer to a check is no silence yet; who is down for another reason may do better."""
        self.a.silent = True
        self.down(self.b, silent=False)
        self.assertEqual(self.names(AwakeCandidates(self.pool)), ["a", "b", "c"])

    def test_without_the_silent(self) -> None:
        self.down(self.a, silent=True)
        self.assertEqual(self.names(AwakeCandidates(self.pool)), ["b", "c"])
        for member in (self.b, self.c):
            self.down(member, silent=True)
        self.assertEqual(self.names(AwakeCandidates(self.pool)), [])
        self.a.silent = False
        self.assertEqual(self.names(AwakeCandidates(self.pool)), ["a"])

    def test_besides(self) -> None:
        """As they are when the next one is taken."""
        besides = {self.a}
        candidates = AwakeCandidates(self.pool, besides)
        besides.add(self.c)
        self.assertEqual(self.names(candidates), ["b"])
