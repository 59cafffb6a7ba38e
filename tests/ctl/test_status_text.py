"""Tests for L{quorumha.ctl.status_text}."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from quorumha.ctl.status_text import status_lines
from quorumha.ctl.terminal import Painter
from tests.ctl.status_document import NOW, document, member


def shown(found: dict[str, Any], pool: str | None = None) -> str:
    return "\n".join(status_lines(found, Painter(False), pool))


class StatusTests(SynchronousTestCase):
    """What a user sees."""

    def test_whole(self) -> None:
        text = shown(document())
        self.assertEqual(
            text.splitlines(),
            [
                "quorumha 0.1.0, up 2 h 1 min: /etc/q.toml",
                "",
                "listener  address          serves  open  2xx  3xx  4xx  5xx  waiting  pools",
                "rpc       127.0.0.1:22000  http    3     7    0    1    2    0        t",
                "",
                "pool t: 10 requests, 9 responded, 1 failed; 3 failovers",
                "  member      address     state  since       in flight  why",
                "  a           tcp:a:9101  up     1 min 10 s  0",
                "  b (backup)  tcp:b:9101  down   1 min 10 s  0          connection refused; checked again"
                " every 1 s",
                "",
                "pool q: 0 requests, 0 responded, 0 failed; 0 failovers",
                "  member  address     state  since       in flight  why",
                "  c       tcp:c:9101  up     1 min 10 s  0",
            ],
        )

    def test_one_pool(self) -> None:
        text = shown(document(), "q")
        self.assertTrue(text.startswith("pool q: "))
        self.assertNotIn("pool t", text)

    def test_operators_words(self) -> None:
        """By whom, and since when."""
        admin = {"enabled_by": "admin", "enabled_since": NOW - 5, "cause": "", "next": ""}
        text = shown(
            document(
                member("a", "disabled", enabled=False, **admin),
                member("b", "up", **admin),
                member("c", "disabled", enabled=False, cause="its operator says so", next="checked"),
            )
        )
        for line in (
            "disabled by admin 5 s ago",
            "enabled by admin 5 s ago",
            "disabled by the file; checked",
        ):
            self.assertIn(f"{line}\n", text)

    def test_reloads_and_draining(self) -> None:
        last = {"at": NOW - 60, "taken": False, "changes": [], "problems": ["q.toml:1:1: \x1b[2J\n    a"]}
        text = shown(document(reload={"last": last}, draining=True))
        self.assertIn("DRAINING: it is not ready, and takes no new clients soon\n", text)
        self.assertIn("takes no new clients\n", shown(document(draining=True, drained=True)))
        self.assertIn("REFUSED 1 min 0 s ago", text)
        self.assertIn("  q.toml:1:1: \\x1b[2J\n      a\n", text)
        last = {"at": NOW - 60, "taken": True, "changes": ["x", "y"], "problems": []}
        self.assertIn("reloaded 1 min 0 s ago: 2 changes", shown(document(reload={"last": last})))
        last["changes"] = []
        self.assertIn("reloaded 1 min 0 s ago: no changes", shown(document(reload={"last": last})))

    def test_nothing_moves_the_cursor(self) -> None:
        """Whatever names and causes hold."""
        bad = "\x1b[2J\r"
        found = document(member(bad, bad, cause=bad, next=bad, address=bad))
        found["pools"][0]["name"] = found["listeners"][0]["name"] = found["config"]["path"] = bad
        found["quorumha"] = found["listeners"][0]["serve"] = found["listeners"][0]["address"] = bad
        text = shown(found)
        self.assertNotIn("\x1b", text)
        self.assertNotIn("\r", text)

    def test_little(self) -> None:
        """What a later version leaves out is not missed."""
        self.assertIn("pool t", shown({"pools": [{"name": "t", "members": [{}]}], "listeners": [{}]}))
