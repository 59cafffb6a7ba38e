"""Tests for L{quorumha.postgresql.saved_problems}."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import parse_config
from quorumha.config.problems import Problems
from quorumha.errors import ConfigError
from quorumha.postgresql.saved_problems import check_saved
from quorumha.postgresql.saved_writer import Disk, encoded, writer_path
from quorumha.postgresql.writer_decision import SavedWriter
from tests.postgresql.said_roles import LISTENER, POOL, kinds


class Forbidden(Disk):
    """Whose files somebody else may read."""

    def read(self, path: Path) -> bytes | None:
        raise PermissionError(13, "Permission denied")


class SavedProblemsTests(SynchronousTestCase):
    """What C{quorumha check} says of C{GROUP.writer.json}."""

    def setUp(self) -> None:
        folder = Path(self.mktemp())
        folder.mkdir()
        self.path = writer_path(str(folder), "db")
        self.text = POOL.replace("/var/lib/quorumha", str(folder)) + LISTENER

    def told(self, *, folders: bool = True) -> list[str]:
        """What is wrong, without the excerpts."""
        try:
            parse_config(self.text, "q.toml", {}, kinds(), folders=folders)
        except ConfigError as error:
            return [one.partition("\n")[0] for one in error.problems]
        return []

    def test_well(self) -> None:
        """There is none yet, or it can be used; not even the folder need be there."""
        self.assertEqual(self.told(), [])
        self.path.write_bytes(encoded(SavedWriter(3, "7", "10.0.0.1:5432")))
        self.assertEqual(self.told(), [])
        self.path.unlink()
        self.path.parent.rmdir()
        self.assertEqual(self.told(), [])

    def test_damaged(self) -> None:
        """What the start says is said by the check, with the place in the configuration."""
        self.path.write_bytes(b"{}")
        (said,) = self.told()
        self.assertIn("q.toml:2:8 pools.db.writer_group: ", said)
        self.assertIn(f"{self.path}: cannot be read (it is not of version 1)", said)
        self.assertIn("`quorumha database forget --yes`", said)
        self.assertEqual(self.told(folders=False), [], "the start finds out by itself")

    def test_once_for_a_group(self) -> None:
        """Listeners of one pool are of one group, and so may pools be."""
        more = LISTENER.replace("listeners.db", "listeners.more").replace("5432", "5433")
        other = POOL.partition("\n")[2].replace("pools.db", "pools.two") + 'writer_group = "db"\n'
        third = LISTENER.replace("listeners.db", "listeners.two").replace("5432", "5434")
        self.text += more + other + third.replace('"db"', '"two"')
        self.path.mkdir()
        (said,) = self.told()
        self.assertIn("cannot be read (it is not a file)", said)

    def test_not_for_this_user(self) -> None:
        """That says nothing of the file."""
        config, problems = parse_config(self.text, "q.toml", {}, kinds()), Problems()
        check_saved(config.listeners["db"], config, problems, Forbidden())
        self.assertEqual(problems.errors, [])
        ((key, said),) = problems.warnings
        self.assertEqual(key, ("pools", "db", "writer_group"))
        self.assertIn(f"{self.path}: this user may not read it", said)
        self.assertIn("check as the user that quorumha runs as", said)
