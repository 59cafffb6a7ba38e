"""Tests for L{quorumha.ctl.database_text}."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from quorumha.ctl.database_text import database_lines
from quorumha.ctl.status_text import status_lines
from quorumha.ctl.terminal import Painter
from tests.ctl.status_document import NOW, SPLIT, database, document


def shown(*pools: dict[str, Any], pool: str | None = None) -> list[str]:
    """The lines of a document with these pools."""
    return list(database_lines(document(pools=[*document()["pools"], *pools]), Painter(False), pool))


class DatabaseTests(SynchronousTestCase):
    """What C{quorumha database status} shows."""

    def test_whole(self) -> None:
        """The pools that have a writer, and nobody else."""
        self.assertEqual(
            shown(database()),
            [
                "pool db: a is written to, on timeline 3, for 2 h 1 min",
                "  since the start: switches: 1, sessions ended by them: 4",
                "  member  address     state  role             timeline  synchronous  last word  sessions",
                "  a       tcp:a:9101  up     primary, writer  3         yes          1 s ago    10",
                "  b       tcp:b:9101  up     standby          3                      1 s ago    0",
            ],
        )

    def test_proxies(self) -> None:
        """Of each what it has seen; or why it says nothing, which may hold any character."""
        proxies = [
            {"address": "http://p:9901", "timeline": 3, "said_at": NOW - 2, "fault": ""},
            {"address": "http://q:9901", "timeline": None, "said_at": NOW - 1, "fault": ""},
            {"address": "http://r:9901", "timeline": 2, "said_at": NOW - 9, "fault": "it answers\x1b 503"},
            {"address": "http://s:9901", "timeline": None, "said_at": None, "fault": ""},
        ]
        self.assertEqual(
            shown(database(proxies=proxies))[2:6],
            [
                "  proxy http://p:9901: has seen timeline 3, 2 s ago",
                "  proxy http://q:9901: has seen nothing of this database, 1 s ago",
                "  proxy http://r:9901: does not say what it has seen: it answers\\x1b 503",
                "  proxy http://s:9901: has not been asked yet",
            ],
        )

    def test_several(self) -> None:
        """An empty line between them; the group where it has a name of its own; or one alone."""
        lines = shown(database("one", "both"), database("two", "both"))
        self.assertEqual(lines.count(""), 1)
        self.assertTrue(lines[0].startswith("pool one (writer group both): a is written to"))
        alone = shown(database("one"), database("two"), pool="two")
        self.assertTrue(alone[0].startswith("pool two"), alone)
        self.assertEqual(len(alone), 5)

    def test_nobody(self) -> None:
        """Why, and what follows."""
        nobody = {"upstream": None, "cause": "no member says anything", "next": "sessions wait"}
        self.assertEqual(
            shown(database(**nobody))[0],
            "pool db: NOBODY is written to for 2 h 1 min: no member says anything; sessions wait",
        )
        self.assertEqual(
            shown(database(**SPLIT))[0],
            "pool db: SPLIT, nobody is written to for 2 h 1 min: a, b claim it; a person decides",
        )

    def test_held(self) -> None:
        """It is the writer, and new sessions wait."""
        self.assertIn(
            ", but new sessions WAIT: it is silent; they go on",
            shown(database(paused=True, cause="it is silent", next="they go on"))[0],
        )

    def test_not_saved(self) -> None:
        """What a restart would forget."""
        self.assertIn("that is NOT SAVED on disk", shown(database(saved=False))[0])

    def test_read_only_and_never_heard(self) -> None:
        """Of members."""
        found = database()
        found["members"][0] |= {"read_only": True, "synchronous": False}
        found["members"][1] |= {"role": "unknown", "timeline": None, "said_at": None}
        lines = shown(found)
        self.assertIn("primary, read-only, writer  3         no ", lines[3])
        self.assertEqual(lines[4].split(), ["b", "tcp:b:9101", "up", "unknown", "0"])

    def test_synchronous_is_of_a_primary(self) -> None:
        """A standby's own setting is not in force, and says nothing of who is waited for."""
        found = database()
        for role, kept in (("standby", False), ("standby", True), ("unknown", True)):
            found["members"][1] |= {"role": role, "synchronous": kept}
            self.assertEqual(shown(found)[4].split()[:5], ["b", "tcp:b:9101", "up", role, "3"])
            self.assertNotIn(" yes ", shown(found)[4])
            self.assertNotIn(" no ", shown(found)[4])

    def test_gets_no_session(self) -> None:
        """A primary that is an old one, or was decided against, does not look like a second writer."""
        found = database()
        found["members"][1] |= {"role": "primary"}
        self.assertIn("primary, gets no session  3 ", shown(found)[4])
        found["writer"] |= SPLIT
        self.assertNotIn("gets no session", "".join(shown(found)))
        found["writer"] |= {"split": [], "timeline": 4}
        self.assertEqual("".join(shown(found)).count("primary, gets no session"), 2)

    def test_why(self) -> None:
        """A column more where a member is not simply up."""
        found = database()
        found["members"][1] |= {"state": "down", "cause": "no login: wrong password", "next": "asked again"}
        lines = shown(found)
        self.assertTrue(lines[2].endswith("  sessions  why"), lines)
        self.assertTrue(lines[4].endswith("  0         no login: wrong password; asked again"), lines)

    def test_nothing_moves_the_cursor(self) -> None:
        """Whatever a process says."""
        bad = "\x1b[2J"
        found = database(bad, bad, upstream=bad, cause=bad, next=bad)
        found["members"][0] |= {"name": bad, "role": bad}
        self.assertNotIn("\x1b", "".join(shown(found)))

    def test_in_the_status(self) -> None:
        """C{quorumha status} has the sentence and a column more, of such pools alone."""
        text = "\n".join(status_lines(document(pools=[database(), *document()["pools"]]), Painter(False)))
        self.assertIn("  a is written to, on timeline 3, for 2 h 1 min\n", text)
        self.assertIn("member  address     state  role             since", text)
        self.assertIn("member  address     state  since", text)
