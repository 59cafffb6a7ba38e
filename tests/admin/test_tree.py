"""Tests for L{quorumha.admin.tree}, and for the pages that are one method."""

from __future__ import annotations

from tests.admin.served import LOOPBACK, PROBES, TOKEN, AdminCase


class TreeTests(AdminCase):
    """What stands where."""

    def test_paths(self) -> None:
        """Everything is at its path, at the unix socket and at a loopback address."""
        self.start()
        for path in (
            "/livez",
            "/readyz",
            "/startupz",
            "/api/v1/status",
            "/api/v1/config",
            "/",
            "/page.js",
            "/page.css",
            "/metrics",
        ):
            for to in ("unix:/run/q.sock", LOOPBACK):
                self.assertEqual(self.status_of(path, to=to), 200, path)

    def test_json(self) -> None:
        """A document is JSON, and says so."""
        self.start()
        found = self.ask("/api/v1/status")
        self.assertEqual(dict(found.headers)[b"Content-Type"], b"application/json")
        self.assertEqual(self.document()["version"], 1)

    def test_metrics_at_probes(self) -> None:
        """Are there unless the configuration says otherwise, which may change."""
        self.start()
        self.assertEqual(self.status_of("/metrics", to=PROBES), 200)
        self.proxy.apply(self.toml("metrics = false"))
        self.assertEqual(self.status_of("/metrics", to=PROBES), 404)
        self.assertEqual(self.status_of("/metrics"), 200)
        self.proxy.apply(self.toml())
        self.assertEqual(self.status_of("/metrics", to=PROBES), 200)

    def test_config(self) -> None:
        """What serves, without the token."""
        self.start()
        found = self.ask("/api/v1/config").body.decode()
        self.assertIn('"probes":"tcp:9901"', found)
        self.assertNotIn(TOKEN, found)
