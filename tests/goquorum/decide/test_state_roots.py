"""Tests for L{quorumha.goquorum.decide.state_roots}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.facts import PrivateStateDiffers
from quorumha.goquorum.decide.state_roots import AGAIN, Divergence, RootVerdict, groups_of, root_verdict

SAME = {"a1": "0x1", "a2": "0x1"}
OTHER = {"a1": "0x1", "a2": "0x2", "a3": "0x1"}


class DivergenceTests(SynchronousTestCase):
    """What is noted of it."""

    def test_at_once_and_every_10_minutes_while_it_lasts(self) -> None:
        divergence = Divergence()
        self.assertIsNone(divergence.take("q", 5, SAME, 0.0))
        self.assertEqual(divergence.take("q", 6, OTHER, 10.0), PrivateStateDiffers("q", 6, "a1, a3 | a2"))
        noted = [now for now in range(20, 1500, 10) if divergence.take("q", now, OTHER, now) is not None]
        self.assertEqual(noted, [10 + AGAIN, 10 + 2 * AGAIN])
        self.assertEqual(divergence.take("q", 7, SAME, 1500.0), PrivateStateDiffers("q", 7, ""))
        self.assertIsNone(divergence.take("q", 8, SAME, 5000.0))

    def test_other_groups(self) -> None:
        """They are another difference."""
        divergence = Divergence()
        divergence.take("q", 6, OTHER, 0.0)
        found = divergence.take("q", 7, {**OTHER, "a3": "0x3"}, 10.0)
        self.assertEqual(found, PrivateStateDiffers("q", 7, "a1 | a2 | a3"))

    def test_one_alone(self) -> None:
        """It shows nothing, and takes nothing back."""
        divergence = Divergence()
        divergence.take("q", 6, OTHER, 0.0)
        self.assertIsNone(divergence.take("q", 7, {"a1": "0x1"}, 10.0))
        self.assertIsNone(divergence.take("q", 8, OTHER, 20.0))

    def test_groups(self) -> None:
        """Names alone, no roots."""
        self.assertEqual((groups_of(SAME), groups_of(OTHER), groups_of({})), ("", "a1, a3 | a2", ""))


class VerdictTests(SynchronousTestCase):
    """What a member answers."""

    def test_roots(self) -> None:
        for body, root in (
            (b'[{"jsonrpc":"2.0","id":1,"result":"0xab"}]\n', "0xab"),
            (b'[{"jsonrpc":"2.0","id":1,"result":null}]', None),
            (b'[{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"unknown block"}}]', None),
            (b'{"jsonrpc":"2.0","id":null,"error":{"code":-32600}}', None),
            (b"x", None),
        ):
            self.assertEqual(root_verdict(200, body), RootVerdict(root=root), body)
