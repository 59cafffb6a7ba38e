"""C{quorumha database}, as a process that asks a process; databases that live: test_postgresql.py."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.integration.controlled import Controlled
from tests.integration.stage import Stage


class DatabaseTests(SynchronousTestCase):
    """Two databases of which none is there."""

    def setUp(self) -> None:
        gone = ", ".join(
            f'{{ name = "{name}", endpoint = "tcp:127.0.0.1:{port}" }}'
            for name, port in (("one", 1), ("two", 2))
        )
        stage = Stage()
        self.addCleanup(stage.end)
        self.process = Controlled(
            stage,
            tables=f'[pools.db]\nupstreams = [{gone}]\ncheck = "patroni"\n'
            f'[listeners.db]\nlisten = "unix:{stage.directory}/db.sock"\nserve = "postgresql"\npool = "db"\n',
        )

    def test_commands(self) -> None:
        """Each says what it should, and ends as it should."""
        status, out, err = self.process.ran("database", "status")
        self.assertEqual((status, err), (0, ""))
        self.assertIn("pool db: NOBODY is written to for ", out)
        status, out, err = self.process.ran("database", "use", "one")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("db: one would be written to", err)
        status, out, err = self.process.ran("database", "use", "one", "--yes")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("quorumha: db: one: it does not say what it is now", err)
        status, out, err = self.process.ran("database", "forget", "--yes", "--pool", "db")
        self.assertEqual((status, err), (0, ""))
        self.assertIn("db: NOBODY is written to: ", out)
        self.process.child.kill()
        status, out, err = self.process.ran("database", "forget", "--yes")
        self.assertEqual((status, out), (3, ""))
        self.assertIn("remove the file GROUP.writer.json", err)
