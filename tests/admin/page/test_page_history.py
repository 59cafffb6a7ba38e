"""What has been."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.admin.page.page_history import changes, changes_count, last_reload, saved
from tests.admin.status_document import NOW, change, document, empty


class SavedTests(SynchronousTestCase):
    """What the proxy did for its clients."""

    def test_counts(self) -> None:
        self.assertEqual([one.texts["count"] for one in saved(document())], ["39", "4", "2", "1"])


class ChangesTests(SynchronousTestCase):
    """The strip."""

    def test_newest_first(self) -> None:
        (strip,) = changes(document())["strip"]
        first = strip.pieces["changes"][0].texts
        self.assertEqual((first["at"], first["word"], first["member"]), ("21:57:48", "down", "tessera-1"))
        self.assertEqual(
            first["why"], "Connection refused. Checked again every 1 s; back after 2 good answers."
        )
        self.assertEqual(changes_count(document()), "25 changes, newest first")

    def test_at_once(self) -> None:
        """The script knows each by its id, also where a member changes twice at one time."""
        both = [change(1, "p", "a", what) for what in ("ejected", "down")]
        (strip,) = changes(empty() | {"changes": both})["strip"]
        self.assertEqual(len({one.texts["id"] for one in strip.pieces["changes"]}), 2)

    def test_none(self) -> None:
        found = changes(empty())
        self.assertEqual((found["strip"], len(found["unchanged"])), ([], 1))
        self.assertEqual(changes_count(empty()), "")


class ReloadTests(SynchronousTestCase):
    """The last one."""

    def lines(self, **last: object) -> tuple[str, list[str]]:
        reload = {
            "taken": 1,
            "refused": 0,
            "last": {"at": NOW, "taken": True, "changes": [], "problems": []} | last,
        }
        (one,) = last_reload(empty() | {"reload": reload})
        listed = one.pieces["list"]
        return one.texts["what"], [line.texts["line"] for line in listed[0].pieces["lines"]] if listed else []

    def test_none(self) -> None:
        self.assertEqual(last_reload(empty()), [])

    def test_taken(self) -> None:
        self.assertEqual(self.lines(changes=["a: 1 -> 2"]), ("Taken at 22:00:00 (0 s ago):", ["a: 1 -> 2"]))

    def test_nothing_changed(self) -> None:
        self.assertEqual(self.lines(), ("Taken at 22:00:00 (0 s ago); nothing changed.", []))

    def test_refused(self) -> None:
        self.assertEqual(self.lines(taken=False, problems=["no"]), ("Refused at 22:00:00 (0 s ago):", ["no"]))
