"""Tests for L{quorumha.admin.tree}, and for the pages that are one method."""

from __future__ import annotations

from tests.admin.served import LOOPBACK, AdminCase


class TreeTests(AdminCase):
    """What stands where."""

    def test_paths(self) -> None:
        """Everything is at its path, at the unix socket and at a loopback address."""
        self.start()
        for path in ("/livez", "/readyz", "/startupz", "/api/v1/status"):
            for to in ("unix:/run/q.sock", LOOPBACK):
                self.assertEqual(self.status_of(path, to=to), 200, path)

    def test_json(self) -> None:
        """A document is JSON, and says so."""
        self.start()
        found = self.ask("/api/v1/status")
        self.assertEqual(dict(found.headers)[b"Content-Type"], b"application/json")
        self.assertEqual(self.document()["version"], 1)
