"""Tests for L{quorumha.postgresql.one_primary}: what other proxies have seen counts, too (row 1)."""

from __future__ import annotations

from quorumha.postgresql.role_word import HIGHEST
from quorumha.postgresql.writer_decision import Cause, Decision, Nobody, SavedWriter, Writer
from tests.postgresql.test_one_primary import LEASE, NEARLY, Members, SynchronousTestCase, primary, standby

P = "http://10.0.0.9:9901"


class Proxied(Members):
    """Members, and one other proxy that is asked."""

    def __init__(self, saved: SavedWriter | None = None, system: str = "", names: str = "ab") -> None:
        super().__init__(saved, system, names)
        self.one.ask_proxies([P], self.now)

    def proxy(self, timeline: int, system: str = "7") -> Decision:
        """It has seen this."""
        self.one.proxy_observed(P, {system: timeline}, self.now, self.now)
        return self.one.decision

    def nothing(self) -> Decision:
        """It is asked in vain."""
        self.one.unreachable(P, self.now)
        return self.one.decision


class Row1ProxiesTests(SynchronousTestCase):
    """Another proxy has seen a higher timeline."""

    def setUp(self) -> None:
        self.members = Proxied()
        self.members.proxy(1)
        self.assertEqual(self.members.say(a=primary(1), b=standby(1)), Writer("a", 1))

    def test_row_1_another_proxy_saw_a_promotion(self) -> None:
        """The writer is one no more, at once; whoever has that timeline is."""
        self.assertEqual(self.members.proxy(2), Nobody(Cause.PROXY, (P,), 2))
        self.assertEqual(self.members.one.saved, SavedWriter(2, "7"))
        self.assertEqual(self.members.say(a=primary(1)), Nobody(Cause.PROXY, (P,), 2))
        self.assertEqual(self.members.say(b=primary(2)), Writer("b", 2))

    def test_row_1_of_the_writer_itself(self) -> None:
        """It was promoted where it is, and says so later than the known."""
        self.members.proxy(2)
        self.assertEqual(self.members.say(a=primary(2)), Writer("a", 2))

    def test_row_1_what_a_proxy_says_makes_no_writer(self) -> None:
        """Nor keeps one, nor resumes one."""
        self.members.wait(LEASE)
        self.assertEqual(self.members.proxy(1), Writer("a", 1, paused=True))
        self.assertEqual(self.members.proxy(2), Nobody(Cause.SILENT, (), 2))

    def test_row_1_no_higher(self) -> None:
        """What is no higher, is of another database, or of a stranger, changes nothing."""
        self.assertEqual(self.members.proxy(1), Writer("a", 1))
        self.assertEqual(self.members.proxy(9, "8"), Writer("a", 1))
        self.members.one.proxy_observed("http://z", {"7": 9}, self.members.now, self.members.now)
        self.assertEqual(self.members.one.decision, Writer("a", 1))

    def test_row_1_a_silent_proxy_stops_nobody(self) -> None:
        """However long."""
        for _ in range(9):
            self.assertEqual(self.members.nothing(), Writer("a", 1))
            self.members.wait(1.0)
            self.members.say(a=primary(1), b=standby(1))

    def test_row_1_it_takes_nothing_back(self) -> None:
        """What was seen was seen: a proxy that says less, is silent or removed changes that no more."""
        self.members.proxy(2)
        self.members.proxy(1)
        self.members.nothing()
        self.assertEqual(self.members.say(a=primary(1)), Nobody(Cause.OLD, ("a",), 2))
        self.members.one.ask_proxies([], self.members.now)
        self.assertEqual(self.members.say(a=primary(1)), Nobody(Cause.OLD, ("a",), 2))
        self.assertEqual(self.members.restarted().say(a=primary(1), b=None), Nobody(Cause.OLD, ("a",), 2))

    def test_row_1_a_split_lasts(self) -> None:
        """Until a member claims that timeline."""
        self.members.say(b=primary(1))
        self.assertEqual(self.members.proxy(2), Nobody(Cause.SPLIT, ("a", "b"), 2))
        self.assertEqual(self.members.say(b=primary(2)), Writer("b", 2))

    def test_row_1_two_that_know_the_same(self) -> None:
        """A member said it, too: the cause is the member's."""
        self.members.proxy(2)
        self.members.say(b=standby(2))
        self.assertEqual(self.members.one.decision, Nobody(Cause.OLD, ("a",), 2))


class Row4StartTests(SynchronousTestCase):
    """A first start beside a proxy that knows better."""

    def test_row_4_it_waits_for_proxies(self) -> None:
        """Until it has said something, or was asked in vain; no longer than the lease."""
        for ends in (lambda one: one.proxy(0), Proxied.nothing, lambda one: one.wait(LEASE - NEARLY)):
            members = Proxied()
            members.wait(NEARLY)
            self.assertEqual(members.say(a=primary(1), b=None), Nobody(Cause.STARTING, (P,)))
            self.assertEqual(ends(members), Writer("a", 1))

    def test_row_4_the_system_is_not_known_yet(self) -> None:
        """What another one says before counts once it is."""
        members = Proxied()
        self.assertIsInstance(members.proxy(2), Nobody)
        self.assertEqual(members.say(a=primary(1), b=None), Nobody(Cause.PROXY, (P,), 2))
        self.assertEqual(members.one.saved, SavedWriter(2, "7"))
        self.assertEqual(members.say(b=primary(2)), Writer("b", 2))

    def test_row_4_only_a_standby_is_there(self) -> None:
        """Nobody is written to, and it is said why there may be a primary somewhere."""
        members = Proxied(system="7")
        members.proxy(2)
        self.assertEqual(members.say(a=standby(1), b=None), Nobody(Cause.PROXY, (P,), 2))

    def test_row_4_one_that_comes_and_goes(self) -> None:
        """One that is removed is waited for no more; one that is added later is not waited for."""
        members = Proxied()
        members.say(a=primary(1), b=standby(1))
        members.one.ask_proxies([], members.now)
        self.assertEqual(members.one.decision, Writer("a", 1))
        members.one.ask_proxies([P], members.now)
        self.assertEqual(members.one.decision, Writer("a", 1))
        self.assertEqual(members.proxy(2), Nobody(Cause.PROXY, (P,), 2))


class Row3SleepTests(SynchronousTestCase):
    """The proxy stood still."""

    def setUp(self) -> None:
        self.members = Proxied()
        self.members.proxy(1)
        self.members.say(a=primary(1), b=standby(1))
        self.members.now += 10

    def test_row_3_proxies_are_asked_first(self) -> None:
        """One may know of a promotion."""
        self.assertEqual(self.members.say(a=primary(1), b=standby(1)), Writer("a", 1, paused=True))
        self.assertEqual(self.members.proxy(2), Nobody(Cause.PROXY, (P,), 2))

    def test_row_3_asked_in_vain(self) -> None:
        """Then it goes on; or after the lease."""
        self.members.say(a=primary(1), b=standby(1))
        self.assertEqual(self.members.nothing(), Writer("a", 1))

    def test_row_3_what_was_said_before(self) -> None:
        """It is read late, and no question of now; what it has seen counts."""
        self.members.say(a=primary(1), b=standby(1))
        self.members.one.proxy_observed(P, {"7": 1}, self.members.now - 10, self.members.now)
        self.assertEqual(self.members.one.decision, Writer("a", 1, paused=True))
        self.members.one.proxy_observed(P, {"7": 2}, self.members.now - 10, self.members.now)
        self.assertEqual(self.members.one.decision, Nobody(Cause.PROXY, (P,), 2))


class PersonTests(SynchronousTestCase):
    """A person's word, and a proxy's."""

    def test_use_overrules(self) -> None:
        """what others say is given up, after a restart, too; not what is higher."""
        members = Proxied()
        members.proxy(HIGHEST - 1)
        members.say(a=primary(1), b=None)
        self.assertEqual(members.use("a"), Writer("a", 1))
        self.assertEqual(members.proxy(HIGHEST - 1), Writer("a", 1))
        again = Proxied(members.one.saved)
        again.proxy(HIGHEST - 1)
        self.assertEqual(again.say(a=primary(1), b=None), Writer("a", 1))
        self.assertEqual(again.proxy(HIGHEST), Nobody(Cause.PROXY, (P,), HIGHEST))

    def test_use_before_the_system_is_known(self) -> None:
        """What a proxy had said of it is given up, too."""
        members = Proxied()
        members.proxy(5)
        members.say(a=primary(1, "7"), b=primary(1, "8"))
        self.assertEqual(members.use("a"), Writer("a", 1))
        self.assertEqual(members.proxy(5), Writer("a", 1))
        self.assertEqual(members.proxy(6), Nobody(Cause.PROXY, (P,), 6))

    def test_forget(self) -> None:
        """What others had said does not count, until it is something else."""
        members = Proxied()
        members.proxy(4)
        members.say(a=primary(1), b=None)
        members.one.forget(members.now)
        self.assertEqual(members.say(a=primary(1), b=None), Nobody(Cause.STARTING, (P,)))
        self.assertEqual(members.proxy(4), Writer("a", 1))
        self.assertEqual(members.proxy(5), Nobody(Cause.PROXY, (P,), 5))

    def test_two_that_forget(self) -> None:
        """One after the other: neither teaches the other one what it was told to forget."""
        one, other = Proxied(), Proxied()
        for proxy in (one, other):
            proxy.proxy(4)
            proxy.say(a=primary(4), b=None)
        one.one.forget(one.now)
        one.say(a=primary(1), b=None)
        self.assertEqual(one.proxy(4), Writer("a", 1))
        other.proxy(1)
        other.one.forget(other.now)
        other.say(a=primary(1), b=None)
        self.assertEqual(other.proxy(1), Writer("a", 1))
        self.assertEqual(one.proxy(1), Writer("a", 1))
        for proxy in (one, other):
            self.assertEqual(proxy.proxy(2), Nobody(Cause.PROXY, (P,), 2))
