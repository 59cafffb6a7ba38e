"""How states look, and when a pool is served."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.admin.page.page_states import SERVING, of_change, of_state, served, worst
from quorumha.pool import member_state
from quorumha.postgresql.writer_facts import WriterChanged
from quorumha.postgresql.writer_log_lines import LINES
from tests.admin.status_document import member


def levels(*states: str) -> tuple[str, str, str]:
    """How a pool of members in these states is served."""
    how = served([member(f"m{place}", state) for place, state in enumerate(states)])
    return how.level, how.word, how.count


class LookTests(SynchronousTestCase):
    """Signs and words."""

    def test_every_state_has_its_own(self) -> None:
        """A sign and a word: nobody needs the colour."""
        looks = [of_state(one) for one in member_state.STATES]
        self.assertEqual(len({one.word for one in looks}), len(looks))
        self.assertTrue(all(one.sign for one in looks))
        signs = {
            level: {one.sign for one in looks if one.level == level} for level in {one.level for one in looks}
        }
        self.assertEqual(sum(len(one) for one in signs.values()), len(set().union(*signs.values())))

    def test_who_serves(self) -> None:
        """As the numbers see it."""
        self.assertEqual(SERVING, member_state.SERVING)

    def test_not_known(self) -> None:
        """What a later version makes of it is shown by its name."""
        self.assertEqual(of_state("resting").word, "resting")
        self.assertEqual(of_change("moved in").word, "moved in")

    def test_changes_of_the_writer(self) -> None:
        """Each that there is has a sign and a word of its own, short enough for the strip."""
        changes = [change for kind, change in LINES.lines if kind is WriterChanged]
        self.assertGreater(len(changes), 4)
        for change in changes:
            look = of_change(change or "")
            self.assertNotEqual(look.level, "off", change)
            self.assertLess(len(look.word), 10, change)


class ServedTests(SynchronousTestCase):
    """Pools."""

    def test_all(self) -> None:
        self.assertEqual(levels("up", "starting"), ("good", "served", "2 of 2 members up"))

    def test_the_only_one(self) -> None:
        self.assertEqual(levels("up"), ("good", "served", "1 of 1 member up"))

    def test_fewer(self) -> None:
        self.assertEqual(levels("up", "up", "down"), ("less", "served by fewer", "2 of 3 members up"))

    def test_the_last_one(self) -> None:
        """The next one that fails is one too many, whoever took the others away."""
        for state in ("down", "ejected", "half_open", "disabled", "draining"):
            self.assertEqual(levels("up", state), ("less", "served by one alone", "1 of 2 members up"))

    def test_without_one_that_was_taken_away(self) -> None:
        self.assertEqual(levels("up", "up", "disabled")[0], "good")

    def test_none(self) -> None:
        self.assertEqual(levels("down", "disabled"), ("bad", "not served", "0 of 2 members up"))

    def test_none_but_one_that_is_tried(self) -> None:
        self.assertEqual(levels("half_open", "down")[:2], ("bad", "not served; one is tried again"))

    def test_no_member(self) -> None:
        self.assertEqual(levels()[0], "bad")

    def test_backups(self) -> None:
        backups = [member(name, backup=True) for name in "ab"]
        self.assertEqual(served([member("c", "down"), *backups]).word, "served by backups alone")

    def test_together(self) -> None:
        """The worst pool gives the word; all count."""
        good, bad = served([member("a")]), served([member("a", "down"), member("b", "down")])
        how = worst([good, bad, good])
        self.assertEqual((how.level, how.word, how.count), ("bad", "not served", "2 of 4 members up"))
