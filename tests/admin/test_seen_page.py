"""Tests for L{quorumha.admin.seen_page}."""

from __future__ import annotations

import json
from typing import Any

from tests.admin.known_writer import written_to
from tests.admin.served import PROBES, AdminCase


class SeenTests(AdminCase):
    """C{GET /writerz}; of a pool of two, of whom one is written to."""

    def setUp(self) -> None:
        super().setUp()
        self.start()
        self.pool = self.proxy.service.pools["nodes"]
        self.writer = written_to(self.pool)

    def seen(self) -> Any:
        """What is said, at the probes: to everybody, whatever the host is called there."""
        found = self.ask("/writerz", to=PROBES, host="10.0.0.9:9901")
        self.assertEqual((found.status, dict(found.headers)[b"Content-Type"]), (200, b"application/json"))
        return json.loads(found.body)

    def test_seen(self) -> None:
        """Once for each group; also while nobody is written to."""
        self.writer = written_to(self.pool, system="7", timeline=3, upstream="")
        self.assertEqual(self.seen(), [{"group": "nodes", "system_identifier": "7", "timeline": 3}])

    def test_nothing_known(self) -> None:
        """Of a database that is not known yet, or has no timeline, and of pools without a writer."""
        self.assertEqual(self.seen(), [])
        self.writer = written_to(self.pool, system="7", timeline=0)
        self.assertEqual(self.seen(), [])
        self.pool.writer = None
        self.assertEqual(self.seen(), [])

    def test_nobody_changes_anything(self) -> None:
        """By another method."""
        self.assertEqual(self.status_of("/writerz", method="POST"), 405)
