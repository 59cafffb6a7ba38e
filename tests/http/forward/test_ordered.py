"""Whom to ask, in another order than the pool's own."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.ordered import with_candidates
from quorumha.pool.candidates import OrderedCandidates
from tests.http.server.proxied import Proxied


class ChoosingTests(SynchronousTestCase):
    """L{with_candidates}."""

    def test_like_another(self) -> None:
        """All else stays."""
        proxied = Proxied("ab")
        like = proxied.forwarder(replay_limit=7)
        other = with_candidates(like, lambda pool: OrderedCandidates(pool, pool.members[::-1]))
        self.assertIs(other.pool, like.pool)
        self.assertIs(other.budget, like.budget)
        self.assertEqual((other.replay_limit, other.limits), (7, like.limits))
