"""Tests for L{quorumha.admin.pool_names}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.admin.pool_names import found_pool, meant, writer_in
from quorumha.admin.running import UnknownName
from quorumha.events import Observers
from tests.postgresql.group_fixture import make_pool


class NamesTests(SynchronousTestCase):
    """What names mean."""

    def test_pool(self) -> None:
        """It, or the nearest name, or all names."""
        pools = {name: make_pool(name, Observers()) for name in ("database", "web")}
        self.assertIs(found_pool(pools, "web"), pools["web"])
        for name, hint in (("databse", "; did you mean 'database'?"), ("x", "; there are database, web")):
            self.assertEqual(meant(name, pools), hint)
            error = self.assertRaises(UnknownName, found_pool, pools, name)
            self.assertEqual(str(error), f"no pool is called {name!r}{hint}")

    def test_no_writer(self) -> None:
        """A pool whose members may all be written to."""
        error = self.assertRaises(UnknownName, writer_in, make_pool("web", Observers()))
        self.assertIn("web: it has no writer", str(error))
