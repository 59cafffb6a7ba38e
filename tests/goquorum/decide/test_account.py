"""An account's calls: where they go, and what is remembered of them."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.account import MOST_UNSEEN, Account, Step, What

# Members are compared by identity.
A, B = "a", "b"


class AccountTests(SynchronousTestCase):
    """One account at home at "a", whose next member is "b"."""

    def setUp(self) -> None:
        """It is at home, behind a fence."""
        self.account: Account[str] = Account()
        self.account.fence_ended(A, 0.0, 0.0, passed=True)

    def step(self, order: str = "ab", now: float = 1.0, *, fence: bool = True, up: float = -1.0) -> Step[str]:
        """What a call does next."""
        members = [{"a": A, "b": B}[name] for name in order]
        return self.account.next_step(members, now, lambda member: up, fence=fence)

    def test_first_call_after_the_start_is_fenced(self) -> None:
        """What other proxies did, or this one before, is not known."""
        self.account = Account()
        self.assertEqual(self.step(), Step(What.FENCE, A))

    def test_calls_of_one_account_run_concurrently_at_its_member(self) -> None:
        """The node's own lock orders them."""
        for _ in range(3):
            self.assertEqual(self.step(), Step(What.GO, A))
            self.account.begin(A)
        self.assertEqual(self.account.under_way, 3)

    def test_a_move_waits_for_those_under_way(self) -> None:
        """And all calls that come meanwhile wait for it."""
        self.account.begin(A)
        self.assertEqual(self.step("b").what, What.WAIT)
        self.assertEqual(self.step("b", fence=False).what, What.WAIT)
        self.account.end()
        self.assertEqual(self.step("b"), Step(What.FENCE, B))
        self.account.fence_began(B)
        self.assertEqual(self.step("b").what, What.WAIT)
        self.account.fence_ended(B, 1.0, 1.1, passed=True)
        self.assertEqual(self.step("b", 1.2), Step(What.GO, B))

    def test_a_call_with_an_explicit_nonce_needs_no_fence(self) -> None:
        """The next one without needs it all the more."""
        self.assertEqual(self.step("b", fence=False), Step(What.GO, B))
        self.account.begin(B)
        self.assertEqual(self.step("b"), Step(What.FENCE, B))

    def test_going_home_is_a_move_like_any_other(self) -> None:
        """But where its fence does not pass the calls stay where they are, for a second."""
        self.account.fence_ended(B, 1.0, 1.0, passed=True)
        self.assertEqual(self.step("ab", 2.0), Step(What.FENCE, A, forced=False))
        self.account.fence_began(A)
        self.account.fence_ended(A, 2.0, 2.2, passed=False, forced=False)
        self.assertEqual(self.step("ab", 2.3), Step(What.GO, B))
        self.assertEqual(self.step("ab", 3.3).what, What.FENCE)

    def test_authentication_needed_is_asked_again_for_an_account_after_1_s(self) -> None:
        """A fault of a member is one for this account."""
        self.account.fault(A, 1.0)
        self.assertEqual(self.step("ab", 1.5), Step(What.FENCE, B))
        self.assertEqual(self.step("a", 1.5), Step(What.GO, A), "there is no other")
        self.assertEqual(self.step("ab", 2.0), Step(What.GO, A))

    def test_a_member_that_was_started_anew_is_fenced(self) -> None:
        """It has forgotten what others told it."""
        self.assertEqual(self.step("ab", up=0.5), Step(What.FENCE, A))

    def test_a_fence_of_the_moment_in_which_its_member_came_up_counts(self) -> None:
        """A call that waits for members is woken in that moment, and a fence with nothing to find out takes
        no time: else it would be asked for again and again.
        """
        self.account = Account()
        self.assertEqual(self.step(now=3.0, up=3.0), Step(What.FENCE, A))
        self.account.fence_began(A)
        self.account.fence_ended(A, 3.0, 3.0, passed=True)
        self.assertEqual(self.step(now=3.0, up=3.0), Step(What.GO, A))

    def test_a_member_in_doubt_goes_on_at_its_own(self) -> None:
        """Behind a fence: it may have been started anew."""
        self.account.begin(A)
        self.account.end()
        self.account.in_doubt(A, 1.0)
        self.assertEqual(self.step(), Step(What.FENCE, A))
        self.assertEqual(self.account.suspects(A), set())
        self.assertEqual(self.account.suspects(B), {A})

    def test_a_member_that_was_always_up_is_fenced_like_any_other(self) -> None:
        """After an unknown outcome, and after a call with a nonce of its own that came first."""
        never = float("-inf")
        self.account.in_doubt(A, 1.0)
        self.assertEqual(self.step(up=never), Step(What.FENCE, A))
        self.account.begin(B)
        self.assertEqual(self.step("b", up=never), Step(What.FENCE, B))

    def test_doubt_ends_when_it_acknowledges_what_came_a_second_later(self) -> None:
        """Or when each of its late answers has come."""
        self.account.in_doubt(A, 1.0)
        self.account.in_doubt(A, 1.0)
        self.account.answered(A, None, 1.5)
        self.assertIn(A, self.account.doubts)
        self.account.came_late(A, None)
        self.assertIn(A, self.account.doubts)
        self.account.came_late(A, "0x1")
        self.assertEqual(self.account.doubts, {})
        self.account.in_doubt(A, 2.0)
        self.account.answered(A, None, 3.0)
        self.assertEqual(self.account.doubts, {})

    def test_at_most_64_unseen(self) -> None:
        """The oldest is forgotten: nonces are compared as well."""
        for n in range(100):
            self.account.answered(A, f"0x{n}", 1.0)
        self.assertEqual(self.account.required(), [f"0x{n}" for n in range(100 - MOST_UNSEEN, 100)])

    def test_the_last_acknowledged_one_is_required_whichever_was_seen_first(self) -> None:
        """Who has the last one has no other of its nonce; two spread side by side."""
        for hash in ("0x1", "0x2"):
            self.account.answered(A, hash, 1.0)
        self.account.seen("0x2", A)
        self.assertEqual(set(self.account.required()), {"0x1", "0x2"})
        self.account.seen("0x1", A)
        self.assertEqual(self.account.required(), ["0x2"])
        for hash in ("0x3", "0x4"):
            self.account.answered(A, hash, 1.0)
        self.account.seen("0x4", A)
        self.account.fence_ended(B, 2.0, 2.0, passed=True)
        self.assertEqual(self.account.required(), ["0x4"])

    def test_what_went_with_its_member_is_not_waited_for(self) -> None:
        """Its client was told so; the account is in doubt."""
        self.account.answered(A, "0x1", 1.0)
        self.account.lost("0x1", A, 1.0)
        self.assertEqual((self.account.required(), self.account.suspects(B)), ([], {A}))

    def test_nobody(self) -> None:
        """No member may take it."""
        self.assertEqual(self.step("").what, What.NOBODY)
