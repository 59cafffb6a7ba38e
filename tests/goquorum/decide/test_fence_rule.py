"""When a member is known to know what an account did."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.account import Account
from quorumha.goquorum.decide.fence_rule import FenceRule


class FenceRuleTests(SynchronousTestCase):
    """Account's calls go from "a" to "b"."""

    def setUp(self) -> None:
        """Two acknowledged transactions, of which the first was seen at a second member."""
        self.account: Account[str] = Account()
        self.account.begin("a")
        for hash in ("0x1", "0x2"):
            self.account.answered("a", hash, 0.0)
        self.account.seen("0x1", "a")
        self.account.end()
        self.rule = FenceRule(self.account, "b")

    def test_the_last_acknowledged_one_and_every_unseen_one_are_asked_for(self) -> None:
        """By hash."""
        self.assertEqual(self.rule.hashes(), ["0x1", "0x2"])
        self.assertFalse(self.rule.passes(1.0, ["0x1"], 2, {}))
        self.assertTrue(self.rule.passes(1.02, ["0x1", "0x2"], 2, {}))

    def test_its_pending_nonce_is_not_below_that_of_any_other_writable_member(self) -> None:
        """Those that do not say are not known, never bad."""
        known = ["0x1", "0x2"]
        self.assertFalse(self.rule.passes(1.0, known, 2, {"a": 3, "c": None}))
        self.assertTrue(self.rule.passes(1.0, known, 3, {"a": 3, "c": None}))
        self.assertTrue(self.rule.passes(1.0, known, None, {"a": 3}))

    def test_in_doubt_until_its_nonce_has_stood_still_for_a_second(self) -> None:
        """A member that got a call may act on it yet, and tell others."""
        known = ["0x1", "0x2"]
        self.account.in_doubt("a", 1.0)
        self.assertEqual(self.rule.suspects(), {"a"})
        self.assertFalse(self.rule.passes(1.0, known, 2, {}))
        self.assertFalse(self.rule.passes(1.5, known, 3, {}))
        self.assertFalse(self.rule.passes(2.4, known, 3, {}))
        self.assertTrue(self.rule.passes(2.5, known, 3, {}))

    def test_in_doubt_until_that_member_refuses_connections(self) -> None:
        """And what it told others before it died has arrived."""
        known = ["0x1", "0x2"]
        self.account.in_doubt("a", 1.0)
        self.assertFalse(self.rule.passes(1.0, known, 2, {}, {"a"}))
        self.assertTrue(self.rule.passes(1.1, known, 2, {}, {"a"}))

    def test_a_late_hash_is_not_waited_for_when_its_member_is_dead(self) -> None:
        """Its client was told that nobody knows."""
        self.account.in_doubt("a", 1.0)
        self.account.came_late("a", "0x3")
        self.assertEqual(self.rule.hashes(), ["0x1", "0x2", "0x3"])
        self.assertEqual(self.rule.hashes({"a"}), ["0x1", "0x2"])

    def test_or_the_operator_disables_the_old_member(self) -> None:
        """Nothing of its own is asked for any more."""
        self.account.in_doubt("a", 1.0)
        rule = FenceRule(self.account, "b", lambda member: member == "a")
        self.assertEqual((rule.hashes(), rule.suspects()), ([], set()))
        self.assertTrue(rule.passes(1.0, [], 2, {}))


class GoingHomeTests(SynchronousTestCase):
    """The calls could stay at "b"; "a" is home."""

    def setUp(self) -> None:
        """They went to "b" at 0 s, when the next nonce was 5."""
        self.account: Account[str] = Account()
        self.account.fence_ended("b", 0.0, 0.0, passed=True)
        self.account.counted(5, 0.0)
        self.rule = FenceRule(self.account, "a")

    def test_alone(self) -> None:
        """All that it did came through here."""
        self.account.answered("b", "0x1", 0.5)
        self.assertTrue(self.rule.may_leave(1.0, {"b": 6}))

    def test_not_at_once(self) -> None:
        """Another proxy may send less often."""
        self.assertFalse(self.rule.may_leave(0.9, {"b": 5}))
        self.assertTrue(self.rule.may_leave(1.0, {"b": 5}))

    def test_another_proxy_is_at_work(self) -> None:
        """Until it has been quiet for a second: both stay, and give no nonce twice."""
        self.account.answered("b", "0x1", 0.5)
        self.assertFalse(self.rule.may_leave(1.0, {"b": 7}))
        self.assertFalse(self.rule.may_leave(1.9, {"b": 7}))
        self.assertFalse(self.rule.may_leave(2.0, {"b": 8}))
        self.assertTrue(self.rule.may_leave(3.0, {"b": 8}))

    def test_not_known(self) -> None:
        """Nobody looked when they went there: from now on somebody does."""
        self.account.counted(None, 0.0)
        self.assertFalse(self.rule.may_leave(1.0, {"b": 5}))
        self.assertTrue(self.rule.may_leave(2.0, {"b": 5}))
        self.assertFalse(self.rule.may_leave(3.0, {}))
