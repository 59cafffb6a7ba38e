"""Tests for L{quorumha.postgresql.one_primary}: the rows of its rules, by number; L{RoleWord}s go in.

1: who may be written to.  2: the lease, a higher timeline, a split.  3: a writer that says nothing.  4: what
outlasts the process (with the disk: test_writer_group).  5: each change is one fact (test_writer_news).
"""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from quorumha.pool.one_writer import Undecidable
from quorumha.postgresql.one_primary import OnePrimary
from quorumha.postgresql.role_word import RoleWord
from quorumha.postgresql.writer_decision import Cause, Decision, Nobody, SavedWriter, Writer

LEASE = 3.0
NEARLY = 2.9


def primary(timeline: int, system: str = "7", *, read_only: bool = False) -> RoleWord:
    """What a primary says."""
    return RoleWord(True, timeline, system, read_only)


def standby(timeline: int, system: str = "7") -> RoleWord:
    """What a standby says."""
    return RoleWord(False, timeline, system)


class Members:
    """A L{OnePrimary}, its members, and its clock."""

    def __init__(self, saved: SavedWriter | None = None, system: str = "", names: str = "ab") -> None:
        self.now = 100.0
        self.one = OnePrimary(LEASE, SavedWriter() if saved is None else saved, system)
        self.one.members(list(names), self.now)

    def say(self, **words: RoleWord | None) -> Decision:
        """Members say this, or nothing; what follows."""
        for place, word in words.items():
            if word is None:
                self.one.unreachable(place, self.now)
            else:
                self.one.observed(place, word, self.now, self.now)
        return self.one.decision

    def wait(self, seconds: float) -> Decision:
        """Time passes."""
        self.now += seconds
        self.one.tick(self.now)
        return self.one.decision

    def use(self, place: str) -> Decision:
        """A person decides."""
        self.one.use(place, self.now)
        return self.one.decision

    def restarted(self) -> Members:
        """The process starts anew."""
        return Members(self.one.saved)


class Row1CandidateTests(SynchronousTestCase):
    """Who may be written to: in no recovery, not read-only, of the system, on no lower timeline."""

    def test_row_1_a_primary(self) -> None:
        """Of a primary and its standby."""
        self.assertEqual(Members().say(a=primary(1), b=standby(1)), Writer("a", 1))

    def test_row_1_standby(self) -> None:
        """It is in recovery."""
        self.assertEqual(Members().say(a=standby(1), b=None), Nobody(Cause.STANDBY, ("a",)))

    def test_row_1_read_only(self) -> None:
        """It takes no writes; until it does."""
        members = Members()
        decision = members.say(a=primary(1, read_only=True), b=standby(1))
        self.assertEqual(decision, Nobody(Cause.READ_ONLY, ("a",)))
        self.assertEqual(members.say(a=primary(1)), Writer("a", 1))
        self.assertEqual(members.say(a=primary(1, read_only=True)), Nobody(Cause.READ_ONLY, ("a",), 1))

    def test_row_1_says_no_timeline(self) -> None:
        """Nobody can know how old it is."""
        self.assertIsInstance(Members().say(a=primary(0), b=None), Nobody)

    def test_row_1_says_no_system(self) -> None:
        """Nobody can know which database it is."""
        self.assertEqual(Members().say(a=primary(1, ""), b=None), Nobody(Cause.OTHER_SYSTEM, ("a",)))

    def test_row_1_another_system_than_pinned(self) -> None:
        """The configuration says which one."""
        decision = Members(system="7").say(a=primary(1, "8"), b=standby(1))
        self.assertEqual(decision, Nobody(Cause.OTHER_SYSTEM, ("a",), 1))

    def test_row_1_another_system_than_learnt(self) -> None:
        """The first writer's is pinned: a database that was made anew is not written to."""
        members = Members()
        members.say(a=primary(1), b=None)
        self.assertEqual(members.one.saved.system, "7")
        self.assertEqual(members.say(a=primary(9, "8")), Nobody(Cause.OTHER_SYSTEM, ("a",), 1))

    def test_row_1_two_systems_at_first(self) -> None:
        """Nobody knows which one is meant, until it is said."""
        members = Members()
        decision = members.say(a=primary(1, "7"), b=primary(1, "8"))
        self.assertEqual(decision, Nobody(Cause.SYSTEMS, ("a", "b")))
        members.one.pin("8")
        self.assertEqual(members.wait(0.0), Writer("b", 1))

    def test_row_1_lower_timeline(self) -> None:
        """An old primary, back and writable, with nobody else there."""
        members = Members()
        members.say(a=primary(1), b=standby(1))
        self.assertEqual(members.say(b=primary(2)), Writer("b", 2))
        members.say(a=None, b=None)
        members.wait(10.0)
        self.assertEqual(members.say(a=primary(1)), Writer("b", 2, paused=True))
        self.assertEqual(members.say(b=standby(2)), Nobody(Cause.OLD, ("a",), 2))

    def test_row_1_a_standbys_timeline_was_seen(self) -> None:
        """It follows one that was promoted, whom we may not reach: the writer is an old one."""
        members = Members(names="abc")
        members.say(a=primary(1), b=standby(1), c=None)
        self.assertEqual(members.say(b=standby(2)), Nobody(Cause.OLD, ("a",), 2))
        self.assertEqual(members.say(c=primary(2)), Writer("c", 2))

    def test_row_1_fail_back(self) -> None:
        """It is a promotion of the old one."""
        members = Members()
        members.say(a=standby(1), b=primary(2))
        self.assertEqual(members.say(a=standby(2)), Writer("b", 2))
        self.assertEqual(members.say(a=primary(3)), Writer("a", 3))


class Row2LeaseTests(SynchronousTestCase):
    """While the writer's word counts nobody replaces it, but who has a higher timeline."""

    def setUp(self) -> None:
        self.members = Members()
        self.members.say(a=primary(1), b=standby(1))

    def test_row_2_higher_timeline_at_once(self) -> None:
        """Though the writer has just said that it is the primary."""
        self.assertEqual(self.members.say(a=primary(1), b=primary(2)), Writer("b", 2))

    def test_row_2_of_the_same_member(self) -> None:
        """It was promoted where it is."""
        self.assertEqual(self.members.say(a=primary(2)), Writer("a", 2))

    def test_row_2_split(self) -> None:
        """Two say that they are the primary of one timeline."""
        self.assertEqual(self.members.say(b=primary(1)), Nobody(Cause.SPLIT, ("a", "b"), 1))

    def test_row_2_split_with_who_is_silent(self) -> None:
        """Where the writer fell silent, another one of its timeline is never its successor."""
        self.members.wait(60.0)
        self.assertEqual(self.members.say(a=None, b=primary(1)), Nobody(Cause.SPLIT, ("a", "b"), 1))

    def test_row_2_split_with_who_steps_down(self) -> None:
        """Whoever had the sessions of a timeline, nobody else gets those of the same."""
        self.members.say(a=standby(1))
        self.assertEqual(self.members.say(b=primary(1)), Nobody(Cause.SPLIT, ("a", "b"), 1))

    def test_row_2_split_before_any_writer(self) -> None:
        """Who said so and fell silent before it got a session may go on with it."""
        members = Members()
        members.say(a=primary(1))
        members.wait(LEASE)
        self.assertEqual(members.wait(LEASE), Nobody(Cause.SILENT))
        self.assertEqual(members.say(b=primary(1)), Nobody(Cause.SPLIT, ("a", "b"), 1))

    def test_row_2_split_lasts(self) -> None:
        """One of them steps down, falls silent, is read-only, is removed; the process is started anew."""
        self.members.say(b=primary(1))
        for word in (standby(1), None, primary(1, read_only=True)):
            self.members.say(b=word)
            decision = self.members.wait(60.0)
            assert isinstance(decision, Nobody)
            self.assertEqual(decision.cause, Cause.SPLIT)
        self.members.one.members(["a"], self.members.now)
        self.assertEqual(self.members.say(a=primary(1)), Nobody(Cause.SPLIT, ("a",), 1))
        again = self.members.restarted()
        self.assertEqual(again.one.decision, Nobody(Cause.SPLIT, ("a", "b"), 1))
        self.assertEqual(again.say(a=primary(1), b=standby(1)), Nobody(Cause.SPLIT, ("a", "b"), 1))

    def test_row_2_split_ends_by_promotion(self) -> None:
        """That is somebody's decision."""
        self.members.say(b=primary(1))
        self.assertEqual(self.members.say(b=primary(2)), Writer("b", 2))
        self.assertEqual(self.members.one.saved, SavedWriter(2, "7", "b"))

    def test_row_2_split_does_not_end_by_a_standby(self) -> None:
        """It follows one that was promoted: until that one is there nobody is written to."""
        self.members.say(b=primary(1))
        decision = self.members.say(b=standby(2))
        assert isinstance(decision, Nobody)
        self.assertEqual((decision.cause, decision.timeline), (Cause.SPLIT, 2))

    def test_row_2_split_ends_by_a_person(self) -> None:
        """From then on the other one of that timeline is ignored; after a restart, too."""
        self.members.say(b=primary(1))
        self.assertEqual(self.members.use("b"), Writer("b", 1))
        self.assertEqual(self.members.say(a=primary(1)), Writer("b", 1))
        again = self.members.restarted()
        self.assertEqual(again.say(a=primary(1), b=primary(1)), Writer("b", 1))
        self.assertEqual(again.say(b=standby(1)), Nobody(Cause.ELSEWHERE, ("a",), 1))
        self.assertEqual(again.say(a=primary(2)), Writer("a", 2))


class Row3SilentWriterTests(SynchronousTestCase):
    """A writer whose word is older than the lease: its sessions pause."""

    def setUp(self) -> None:
        self.members = Members()
        self.members.say(a=primary(1), b=standby(1))

    def test_row_3_a_blip(self) -> None:
        """Shorter than the lease it changes nothing."""
        self.members.say(a=None)
        self.assertEqual(self.members.wait(NEARLY), Writer("a", 1))
        self.members.say(a=primary(1))
        self.assertEqual(self.members.wait(NEARLY), Writer("a", 1))

    def test_row_3_paused(self) -> None:
        """It lasts, however long; its next good word ends it."""
        self.assertEqual(self.members.wait(LEASE), Writer("a", 1, paused=True))
        self.assertEqual(self.members.wait(600.0), Writer("a", 1, paused=True))
        self.assertEqual(self.members.say(b=standby(1), a=primary(1)), Writer("a", 1))

    def test_row_3_back_while_the_other_one_is_gone(self) -> None:
        """That one was asked just before, in vain: it is not waited for again."""
        self.members.wait(LEASE)
        self.members.say(b=None)
        self.members.wait(1.0)
        self.assertEqual(self.members.say(a=primary(1)), Writer("a", 1))

    def test_row_3_a_word_is_as_old_as_its_question(self) -> None:
        """It may have been true only then."""
        self.members.wait(LEASE)
        self.members.one.observed("a", primary(1), self.members.now - LEASE, self.members.now)
        self.assertEqual(self.members.one.decision, Writer("a", 1, paused=True))
        self.members.one.observed("a", primary(1), self.members.now - 1.0, self.members.now)
        self.assertEqual(self.members.one.due(self.members.now), self.members.now - 1.0 + LEASE)

    def test_row_3_words_that_overtake(self) -> None:
        """What was asked for first counts no more; but its timeline was there."""
        self.members.wait(1.0)
        self.members.say(a=standby(1))
        self.members.one.observed("a", primary(1), self.members.now - 0.5, self.members.now)
        self.assertEqual(self.members.one.decision, Nobody(Cause.STANDBY, ("a", "b"), 1))
        self.members.one.observed("b", primary(2), self.members.now - 2.0, self.members.now)
        self.assertEqual(self.members.one.decision.timeline, 2)

    def test_row_3_higher_timeline_meanwhile(self) -> None:
        """Another one was promoted, and fell silent itself: the old one's good word resumes nothing."""
        self.members.wait(LEASE)
        self.members.say(b=standby(2))
        self.assertEqual(self.members.say(a=primary(1)), Nobody(Cause.OLD, ("a",), 2))

    def test_row_3_cut_by_a_promotion(self) -> None:
        """The one that was promoted is written to at once."""
        self.members.wait(LEASE)
        self.assertEqual(self.members.say(b=primary(2)), Writer("b", 2))

    def test_row_3_cut_by_its_own_word(self) -> None:
        """It is a standby now, read-only, another database, or lost its timeline."""
        for word, cause in (
            (standby(1), Cause.STANDBY),
            (primary(1, read_only=True), Cause.READ_ONLY),
            (primary(1, "8"), Cause.OTHER_SYSTEM),
            (primary(0), Cause.OLD),
        ):
            members = Members()
            members.say(a=primary(1), b=None)
            self.assertEqual(members.wait(LEASE), Writer("a", 1, paused=True))
            self.assertEqual(members.say(a=word), Nobody(cause, ("a",), 1))

    def test_row_3_confirmed(self) -> None:
        """Who says the same again, before that is old, counts for longer, and nothing is decided anew."""
        members, said = self.members, []
        for _ in range(4):
            members.now += 1.0
            for name, word in (("a", primary(1)), ("b", standby(1))):
                said.append(members.one.observed(name, word, members.now, members.now))
        # Their first words of all would be old in the third second.
        self.assertEqual(said, [False] * 4 + [True] + [False] * 3)
        self.assertEqual(members.wait(NEARLY), Writer("a", 1))
        self.assertEqual(members.wait(LEASE - NEARLY), Writer("a", 1, paused=True))

    def test_row_3_the_others_are_asked_first(self) -> None:
        """A proxy that slept: another one may have been promoted meanwhile, so its word comes first."""
        self.members.now += 10
        paused = Writer("a", 1, paused=True)
        self.assertEqual(self.members.say(a=primary(1)), paused)
        self.assertEqual(self.members.say(b=primary(2)), Writer("b", 2))

    def test_row_3_the_others_were_asked(self) -> None:
        """They are what they were, or are asked in vain: it goes on."""
        for word in (standby(1), None):
            self.members.now += 10
            self.assertEqual(self.members.say(a=primary(1)), Writer("a", 1, paused=True))
            self.assertEqual(self.members.say(b=word), Writer("a", 1))

    def test_row_3_the_others_cannot_be_asked(self) -> None:
        """It waits for them no longer than the lease, however often it says so itself."""
        self.members.now += 10
        self.members.say(a=primary(1))
        self.assertEqual(self.members.one.due(self.members.now + LEASE / 2), self.members.now + LEASE)
        self.members.now += NEARLY
        self.assertEqual(self.members.say(a=primary(1)), Writer("a", 1, paused=True))
        self.assertEqual(self.members.wait(0.1), Writer("a", 1))

    def test_row_3_nobody_before_a_standstill(self) -> None:
        """Nobody was written to when it began: what it ends with is as at a start, all are asked first."""
        members = self.members
        starting = Nobody(Cause.STARTING, ("b",), 1)
        self.assertEqual(members.say(a=standby(1)), Nobody(Cause.STANDBY, ("a", "b"), 1))
        slept_at, members.now = members.now, members.now + 10
        # A response that lay in the socket meanwhile says nothing of how it is now.
        members.one.observed("b", standby(1), slept_at, members.now)
        self.assertEqual(members.say(a=primary(1)), starting)
        self.assertEqual(members.say(b=primary(2)), Writer("b", 2))

    def test_row_3_nobody_soon_after_a_standstill(self) -> None:
        """The writer is for a moment none, before the others were asked: they are yet to be."""
        members = self.members
        members.now += 10
        self.assertEqual(members.say(a=primary(1)), Writer("a", 1, paused=True))
        self.assertEqual(members.say(a=primary(1, read_only=True)), Nobody(Cause.READ_ONLY, ("a",), 1))
        self.assertEqual(members.say(a=primary(1)), Nobody(Cause.STARTING, ("b",), 1))
        self.assertEqual(members.say(b=None), Writer("a", 1))

    def test_row_3_nobody_waits_no_longer_than_the_lease(self) -> None:
        """Who cannot be asked at all."""
        members = self.members
        members.say(a=standby(1))
        members.now += 10
        members.say(a=primary(1))
        members.now += NEARLY
        self.assertEqual(members.say(a=primary(1)), Nobody(Cause.STARTING, ("b",), 1))
        self.assertEqual(members.wait(0.1), Writer("a", 1))

    def test_row_3_the_same_again_after_a_standstill(self) -> None:
        """Who was asked just before it was over is asked when it says so once more."""
        members = self.members
        members.say(a=standby(1))
        members.now += 10
        members.one.observed("a", primary(1), members.now - 0.1, members.now)
        self.assertEqual(members.say(b=None), Nobody(Cause.STARTING, ("a",), 1))
        members.now += 0.5
        self.assertEqual(members.say(a=primary(1)), Writer("a", 1))

    def test_row_3_another_one_after_a_standstill(self) -> None:
        """Nobody takes the writer's place before all were asked: there may have been two promotions."""
        members = Members(names="abc")
        members.say(a=primary(1), b=standby(1), c=standby(1))
        members.now += 10
        self.assertEqual(members.say(b=primary(2)), Nobody(Cause.STARTING, ("a", "c"), 2))
        self.assertEqual(members.say(a=None, c=primary(3)), Writer("c", 3))

    def test_row_3_promoted_anew_after_a_standstill(self) -> None:
        """The writer itself, and then perhaps another one."""
        members = self.members
        members.now += 10
        self.assertEqual(members.say(a=primary(2)), Nobody(Cause.STARTING, ("b",), 2))
        self.assertEqual(members.wait(LEASE / 2), Nobody(Cause.STARTING, ("b",), 2))
        members.say(a=primary(2))
        self.assertEqual(members.wait(LEASE / 2), Writer("a", 2))

    def test_row_3_when_it_is_due(self) -> None:
        """The clock has to wake it then, and not before."""
        one, now = self.members.one, self.members.now
        self.assertEqual(one.due(now), now + LEASE)
        self.members.wait(LEASE)
        self.assertIsNone(one.due(self.members.now))


class Row4RestartTests(SynchronousTestCase):
    """What outlasts the process."""

    def test_row_4_no_fail_back_by_a_restart(self) -> None:
        """The old primary is the first one that says anything, and the only one."""
        members = Members()
        members.say(a=primary(1), b=primary(2))
        again = members.restarted()
        self.assertEqual(again.say(a=primary(1), b=None), Nobody(Cause.OLD, ("a",), 2))
        self.assertEqual(again.say(b=primary(2)), Writer("b", 2))

    def test_row_4_who_was_written_to(self) -> None:
        """Another one of the same timeline is no successor, after a restart neither."""
        members = Members()
        members.say(a=primary(1), b=standby(1))
        again = members.restarted()
        self.assertEqual(again.say(a=None, b=primary(1)), Nobody(Cause.SPLIT, ("a", "b"), 1))

    def test_row_4_the_first_decision_waits_for_all(self) -> None:
        """Else the old primary could be first; no longer than the lease."""
        members = Members()
        self.assertEqual(members.say(a=primary(1)), Nobody(Cause.STARTING, ("b",)))
        self.assertEqual(members.say(b=primary(2)), Writer("b", 2))
        members = Members()
        members.say(a=primary(1))
        members.wait(NEARLY)
        members.say(a=primary(1))
        self.assertEqual(members.wait(LEASE - NEARLY), Writer("a", 1))

    def test_row_4_nobody_can_be_asked(self) -> None:
        """When the lease is over is no standstill, though a clock is always a little late."""
        one, now = OnePrimary(LEASE, SavedWriter()), 100.0
        one.members(["a", "b"], now)
        for _ in range(2):
            due = one.due(now)
            assert due is not None
            self.assertEqual(one.decision, Nobody(Cause.STARTING, ("a", "b")))
            now = due + 0.01
            one.tick(now)
        self.assertEqual((one.decision, one.due(now)), (Nobody(Cause.SILENT), None))

    def test_row_4_another_system_is_configured(self) -> None:
        """What is on disk is of another database: it does not count."""
        saved = SavedWriter(5, "7", "a", split=5)
        self.assertEqual(Members(saved, "8").say(a=None, b=primary(1, "8")), Writer("b", 1))
        self.assertEqual(Members(saved, "7").one.saved, saved)

    def test_row_4_all_that_is_kept(self) -> None:
        """It changes with what it is of, before anybody is written to."""
        members = Members()
        members.say(a=primary(1), b=standby(1))
        self.assertEqual(members.one.saved, SavedWriter(1, "7", "a"))
        members.say(b=primary(2))
        self.assertEqual(members.one.saved, SavedWriter(2, "7", "b"))
        members.say(a=primary(2))
        self.assertEqual(members.one.saved, SavedWriter(2, "7", split=2))
        members.use("a")
        self.assertEqual(members.one.saved, SavedWriter(2, "7", "a", chosen=True))


class PersonTests(SynchronousTestCase):
    """A person's word."""

    def refused(self, members: Members, place: str = "a") -> str:
        """Why."""
        before = members.one.decision, members.one.saved
        error = self.assertRaises(Undecidable, members.use, place)
        self.assertEqual((members.one.decision, members.one.saved), before)
        return str(error)

    def test_use_refused(self) -> None:
        """Of a standby, of one that says nothing now, takes no writes, or is another database."""
        members = Members()
        members.say(a=standby(1), b=primary(1))
        self.assertIn("is a standby", self.refused(members))
        self.assertIn("does not say", self.refused(members, "c"))
        members.say(a=primary(1, read_only=True))
        self.assertIn("read-only", self.refused(members))
        members.say(a=primary(1, "8"))
        self.assertIn("system_identifier is 8, not 7", self.refused(members))
        members.say(a=primary(0))
        self.assertIn("timeline", self.refused(members))
        members.say(a=primary(1))
        members.wait(LEASE)
        self.assertIn("does not say", self.refused(members))

    def test_use_refused_beside_a_higher_timeline(self) -> None:
        """That one would be written to at once again."""
        members = Members()
        members.say(a=primary(1), b=primary(2))
        self.assertIn("another member that responds on 2: stop that one first", self.refused(members))

    def test_use_a_lower_timeline(self) -> None:
        """Of those with the higher one, that a person gave up, none is written to when it is back."""
        members = Members()
        members.say(a=primary(1), b=primary(2))
        members.wait(LEASE)
        members.say(a=primary(1))
        self.assertEqual(members.use("a"), Writer("a", 1))
        self.assertEqual(members.say(b=primary(2)), Writer("a", 1))
        again = members.restarted()
        self.assertEqual(again.say(a=primary(1), b=primary(2)), Writer("a", 1))
        self.assertEqual(again.say(a=primary(2)), Writer("a", 2), "it was promoted itself")
        self.assertEqual(again.say(b=primary(2)), Writer("a", 2))
        self.assertEqual(again.say(b=primary(3)), Writer("b", 3))

    def test_use_says_which_database_it_is(self) -> None:
        """Where that was not known."""
        members = Members()
        members.say(a=primary(1, "7"), b=primary(4, "8"))
        self.assertEqual(members.use("a"), Writer("a", 1))
        self.assertEqual(members.say(b=primary(4, "8")), Writer("a", 1))

    def test_forget(self) -> None:
        """All begins anew: nothing said before counts."""
        members = Members()
        members.say(a=primary(5), b=standby(5))
        members.one.forget(members.now)
        self.assertEqual(members.one.saved, SavedWriter())
        self.assertEqual(members.one.decision, Nobody(Cause.STARTING, ("a", "b")))
        self.assertEqual(members.say(a=primary(1, "8"), b=None), Writer("a", 1))

    def test_forget_refused(self) -> None:
        """The configuration would say the same again."""
        members = Members(system="7")
        error = self.assertRaises(Undecidable, members.one.forget, members.now)
        self.assertIn("`system_identifier` is 7", str(error))


class MembersTests(SynchronousTestCase):
    """Members come and go."""

    def test_the_writer_is_removed(self) -> None:
        """Nobody is written to then; and it has no claim any more."""
        members = Members(names="abc")
        members.say(a=primary(1), b=standby(1), c=standby(1))
        members.one.members(["b", "c"], members.now)
        self.assertEqual(members.one.decision, Nobody(Cause.STANDBY, ("b", "c"), 1))
        self.assertEqual(members.say(b=primary(1)), Writer("b", 1))

    def test_the_writer_is_removed_and_comes_again(self) -> None:
        """So does its claim."""
        members = Members()
        members.say(a=primary(1), b=standby(1))
        members.one.members(["b"], members.now)
        members.one.members(["a", "b"], members.now)
        self.assertEqual(members.say(b=primary(1)), Nobody(Cause.SPLIT, ("a", "b"), 1))

    def test_a_persons_choice_is_removed(self) -> None:
        """The person did not decide for the next one."""
        members = Members()
        members.say(a=primary(1), b=primary(1))
        members.use("a")
        members.one.members(["b"], members.now)
        self.assertEqual(members.say(b=primary(1)), Writer("b", 1))
        self.assertEqual(members.one.saved, SavedWriter(1, "7", "b"))

    def test_one_is_added(self) -> None:
        """That changes nothing before it says something."""
        members = Members()
        members.say(a=primary(1), b=standby(1))
        members.one.members(["a", "b", "c"], members.now)
        self.assertEqual(members.one.decision, Writer("a", 1))
        self.assertEqual(members.say(c=primary(2)), Writer("c", 2))

    def test_a_stranger(self) -> None:
        """What a member said that is none any more does not count."""
        members = Members()
        members.say(a=primary(1), b=standby(1))
        self.assertEqual(members.say(z=primary(9)), Writer("a", 1))


class MovedTests(SynchronousTestCase):
    """The name of a member leads to another machine, or to several."""

    def at(self, address: str, word: RoleWord) -> RoleWord:
        """It is said there."""
        return evolve(word, address=address)

    def setUp(self) -> None:
        self.members = Members()
        self.members.say(b=standby(1))
        self.first = self.members.say(a=self.at("10.0.0.1", primary(1)))

    def test_row_2_not_within_the_lease(self) -> None:
        """Two that take turns, as two addresses of one name do, are not written to in turns."""
        self.assertEqual(self.first, Writer("a", 1, address="10.0.0.1"))
        for _ in range(10):
            self.assertEqual(self.members.say(a=self.at("10.0.0.2", primary(1))), self.first)
            self.members.wait(1.0)
            self.assertEqual(self.members.say(b=standby(1), a=self.at("10.0.0.1", primary(1))), self.first)

    def test_row_2_after_the_lease(self) -> None:
        """It is the same member, and no split; but sessions are to be at the machine that said so."""
        self.members.wait(NEARLY)
        self.assertEqual(self.members.say(b=standby(1), a=self.at("10.0.0.2", primary(1))), self.first)
        self.assertEqual(self.members.wait(0.2), evolve(self.first, paused=True))
        self.assertEqual(
            self.members.say(a=self.at("10.0.0.2", primary(1))), Writer("a", 1, address="10.0.0.2")
        )

    def test_row_3_the_others_are_asked_first(self) -> None:
        """As ever after a sleep, wherever it is."""
        self.members.wait(LEASE)
        self.assertEqual(
            self.members.say(a=self.at("10.0.0.2", primary(1))), Writer("a", 1, True, "10.0.0.2")
        )
        self.assertEqual(self.members.say(b=standby(1)), Writer("a", 1, address="10.0.0.2"))

    def test_another_role_there(self) -> None:
        """That counts at once: a standby, a higher timeline, a lower one."""
        for word, decision in (
            (standby(1), Nobody(Cause.STANDBY, ("a", "b"), 1)),
            (primary(2), Writer("a", 2, address="10.0.0.2")),
            (primary(1), Nobody(Cause.OLD, ("a",), 2)),
        ):
            self.assertEqual(self.members.say(a=self.at("10.0.0.2", word)), decision)

    def test_a_standby(self) -> None:
        """Nobody is at it."""
        self.members.say(b=self.at("10.0.0.3", standby(1)))
        said = self.members.one.said("b")
        assert said is not None
        self.assertEqual(said.word.address, "10.0.0.3")
        self.assertEqual(self.members.one.decision, self.first)


class RememberTests(SynchronousTestCase):
    """Another process kept something, whose place this one takes."""

    def kept(self, kept: SavedWriter, **words: RoleWord) -> tuple[SavedWriter, Decision]:
        """What is known, and decided, once that is known; C{a} is written to, on timeline 2."""
        members = Members()
        members.say(a=primary(2), b=standby(2))
        members.say(**words)
        members.one.remember(kept, members.now)
        return members.one.saved, members.one.decision

    def test_it_knew_more(self) -> None:
        """Nobody is written to on a lower timeline; whoever is on that one is."""
        kept = SavedWriter(3, "7", "b")
        self.assertEqual(self.kept(kept), (kept, Nobody(Cause.OLD, ("a",), 3)))
        self.assertEqual(self.kept(kept, b=primary(3)), (kept, Writer("b", 3)))

    def test_it_knew_less(self) -> None:
        """As it was behind, or of another database, or of none."""
        mine = SavedWriter(2, "7", "a"), Writer("a", 2)
        for kept in (SavedWriter(1, "7", "b"), SavedWriter(9, "8", "b"), SavedWriter(), SavedWriter(2, "7")):
            self.assertEqual(self.kept(kept), mine)

    def test_a_split(self) -> None:
        """It saw two, and here one was silent: a person has to decide."""
        kept = SavedWriter(2, "7", split=2)
        self.assertEqual(self.kept(kept)[1], Nobody(Cause.SPLIT, ("a", "b"), 2))
        self.assertEqual(self.kept(SavedWriter(2, "7", "b"))[1], Nobody(Cause.SPLIT, ("a", "b"), 2))

    def test_a_persons_word(self) -> None:
        """For the other one, or for an older timeline."""
        for kept in (SavedWriter(2, "7", "b", chosen=True), SavedWriter(1, "7", "b", True, overruled=2)):
            saved, decision = self.kept(kept, b=primary(kept.timeline))
            self.assertEqual((saved, decision), (kept, Writer("b", kept.timeline)))

    def test_a_persons_word_here(self) -> None:
        """It holds against what the other one found out by itself, the split that it ended included."""
        members = Members()
        members.say(a=primary(2), b=primary(2))
        members.use("a")
        for kept in (SavedWriter(2, "7", "b"), SavedWriter(2, "7", split=2)):
            members.one.remember(kept, members.now)
            self.assertEqual(members.one.decision, Writer("a", 2))
