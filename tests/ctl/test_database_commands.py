"""Tests for L{quorumha.ctl.database_commands}."""

from __future__ import annotations

from typing import Any

from quorumha.ctl.admin_client import CannotAsk
from quorumha.ctl.database_commands import OFFLINE
from quorumha.postgresql.saved_writer import writer_path
from tests.ctl.status_document import SPLIT, database, document
from tests.ctl.test_commands import CommandsCase


class DatabaseCase(CommandsCase):
    """Runs C{quorumha database}."""

    def shows(self, *pools: dict[str, Any]) -> None:
        """The process has these, and others."""
        self.admin.put(document(pools=[*document()["pools"], *pools]))

    def word(self, *words: str) -> tuple[int, str, str]:
        """Exit status, standard output and standard error."""
        return self.ran("database", *words)


class StatusTests(DatabaseCase):
    """C{database status}."""

    def test_shown(self) -> None:
        """All, or one."""
        self.shows(database("one"), database("two"))
        status, out, err = self.word("status")
        self.assertEqual((status, out.count("pool "), err), (0, 2, ""))
        self.assertEqual(self.word("status", "two")[1].count("pool "), 1)

    def test_unknown(self) -> None:
        """The nearest name; a pool of which all may be written to; none at all."""
        self.shows(database("tessera"))
        self.assertEqual(
            self.word("status", "tesera"),
            (1, "", "quorumha: no pool is called 'tesera'; did you mean 'tessera'?\n"),
        )
        self.assertIn("'q' is no pool of which one member alone", self.word("status", "q")[2])
        self.admin.put(document())
        self.word("status")
        self.assertEqual(
            self.word("status"),
            (1, "", "quorumha: there is no pool of which one member alone is written to\n"),
        )

    def test_an_older_process(self) -> None:
        """Whose document has no writers."""
        self.admin.put(document())
        self.assertEqual(self.word("status")[0], 1)


class UseTests(DatabaseCase):
    """C{database use}."""

    def test_only_said(self) -> None:
        """Without C{--yes} it says what it would do, and asks for nothing."""
        self.shows(database(**SPLIT))
        status, out, err = self.word("use", "b")
        self.assertEqual((status, out), (1, ""))
        self.assertEqual(
            err,
            "quorumha: db: b would be written to, on timeline 3, and what others have that it lacks be given"
            " up; 10 sessions of others would be ended. Nothing was done: say --yes\n",
        )
        self.assertEqual(self.admin.asked, ["GET /api/v1/status"])

    def test_done(self) -> None:
        """Who is written to then."""
        self.shows(database("d b", **SPLIT))
        self.admin.put({"pool": "d b", **database()["writer"], "upstream": "b"})
        self.assertEqual(self.word("use", "b", "--yes"), (0, "d b: b is written to, on timeline 3\n", ""))
        self.assertEqual(self.admin.asked[1:], ["POST /api/v1/pools/d%20b/upstreams/b/use"])

    def test_refused(self) -> None:
        """With the sentence of the process."""
        self.shows(database())
        self.admin.put({"error": "db: b: it is a standby"}, 409)
        self.assertEqual(self.word("use", "b", "--yes"), (1, "", "quorumha: db: b: it is a standby\n"))

    def test_which_pool(self) -> None:
        """Pools of one group have one decision; of several groups it has to be said which."""
        self.shows(database("one", "both"), database("two", "both"))
        self.admin.put({**database()["writer"]})
        self.assertEqual(self.word("use", "a", "--yes")[0], 0)
        self.assertEqual(self.admin.asked[1:], ["POST /api/v1/pools/one/upstreams/a/use"])
        self.admin = type(self.admin)()
        self.shows(database("one", "1"), database("two", "2"))
        self.assertEqual(self.word("use", "a"), (1, "", "quorumha: say --pool: there are one, two\n"))
        self.assertIn("two: a would be written to", self.word("use", "a", "--pool", "two")[2])

    def test_unknown(self) -> None:
        """The nearest member."""
        found = database()
        found["members"][0]["name"] = "primary"
        self.shows(found)
        self.assertEqual(
            self.word("use", "primry", "--yes"),
            (1, "", "quorumha: no member is called 'primry'; did you mean 'primary'?\n"),
        )
        self.assertEqual(self.admin.asked, ["GET /api/v1/status"])


class ForgetTests(DatabaseCase):
    """C{database forget}."""

    def test_only_said(self) -> None:
        """Likewise; the sessions of all pools of the group are counted."""
        self.shows(database("one", "both"), database("two", "both"), database("three"))
        status, out, err = self.word("forget", "--pool", "one")
        self.assertEqual((status, out), (1, ""))
        self.assertIn(
            "one: which database was written to, and its timeline, would be forgotten; 20 sess", err
        )
        self.assertIn("say --yes", err)

    def test_done(self) -> None:
        """What is so then."""
        self.shows(database())
        nobody = {**database()["writer"], "upstream": None, "cause": "not all have said", "next": "wait"}
        self.admin.put(nobody)
        self.assertEqual(
            self.word("forget", "--yes"), (0, "db: NOBODY is written to: not all have said; wait\n", "")
        )
        self.assertEqual(self.admin.asked[1:], ["POST /api/v1/pools/db/writer/forget"])

    def test_no_process(self) -> None:
        """Which file is to be removed: the one that is kept there."""
        self.admin.put("no", 500)
        with self.assertRaises(CannotAsk) as caught:
            self.word("forget", "--yes")
        self.assertTrue(str(caught.exception).endswith(OFFLINE))
        self.assertIn(f" {writer_path('', 'GROUP')} ", OFFLINE)
