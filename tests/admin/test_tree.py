"""Tests for L{quorumha.admin.tree}, and for the pages that are one method."""

from __future__ import annotations

import re

from tests.admin.served import LOOPBACK, PROBES, SOCKET, TOKEN, AdminCase
from tests.documents import ROOT

#: Those below C{/api/v1} that stand for one member.
MEMBER = "pools/POOL/upstreams/NAME/"


def listed() -> dict[str, str]:
    """The paths of the reference, and the method of each."""
    page = (ROOT / "docs" / "reference" / "admin.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(/[^`]*)` \| (GET|POST) \|", page, re.MULTILINE)
    return dict(rows)


class TreeTests(AdminCase):
    """What stands where."""

    def test_paths(self) -> None:
        """Everything is at its path, at the unix socket and at a loopback address."""
        self.start()
        for path in (
            "/livez",
            "/readyz",
            "/startupz",
            "/writerz",
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


class MetricsTests(AdminCase):
    """C{/metrics}."""

    def test_everywhere(self) -> None:
        """At each address of the admin, and with the probes."""
        self.start()
        for to in (SOCKET, LOOPBACK, PROBES):
            found = self.ask("/metrics", to=to)
            self.assertEqual(found.status, 200)
            text = found.body.decode("utf-8")
            self.assertIn('quorumha_up{pool="nodes",upstream="a"} 1.0', text)
            self.assertIn("quorumha_reactor_lag_seconds", text)

    def test_lag(self) -> None:
        """It is watched while somebody may ask."""
        self.start()
        self.proxy.service.process_numbers.take_lag()
        self.proxy.net.clock.rightNow += 0.75
        self.proxy.net.advance(0.1)
        self.assertGreater(self.proxy.service.process_numbers.take_lag(), 0.6)


class ReferenceTests(AdminCase):
    """docs/reference/admin.md."""

    def test_reference(self) -> None:
        """Each path of the reference is there, by its method alone; and it names all that there are."""
        self.start()
        for path, method in listed().items():
            found = self.ask(path, method="DELETE")
            allowed = b"POST" if method == "POST" else b"GET, HEAD"
            self.assertEqual(
                (found.status, sorted(dict(found.headers)[b"Allow"].split(b", "))),
                (405, sorted(allowed.split(b", "))),
                path,
            )
        tree = self.proxy.service._admin._tree
        assert tree is not None
        top = {f"/{name.decode()}" for name in tree.root.children} - {"/api", "/page.css", "/page.js"}
        inner = tree.root.children[b"api"].children[b"v1"].children
        api = {f"/api/v1/{name.decode()}" for name in inner} - {"/api/v1/pools"}
        members = {f"/api/v1/{MEMBER}{word}" for word in ("disable", "drain", "enable", "use")}
        writer = {"/api/v1/pools/POOL/writer", "/api/v1/pools/POOL/writer/forget"}
        self.assertEqual(set(listed()), top | api | members | writer)
