"""Tests for L{quorumha.http.server.kind}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import parse_config
from tests.app.explained import told
from tests.config.told import POOL


class HttpTests(SynchronousTestCase):
    """C{serve = "http"}."""

    def test_idle_timeout(self) -> None:
        """How long a connection may idle depends on what it carries and where, unless given."""
        text = POOL + "".join(
            f'[listeners.l{n}]\npool = "a"\n{keys}\n'
            for n, keys in enumerate(
                [
                    'listen = "tcp:1"',
                    'listen = "unix:/a"',
                    'listen = "tcp:2"\nserve = "tcp"',
                    'listen = "unix:/b"\nidle_timeout = "2m"',
                    'listen = "systemd:domain=UNIX:name=q"',
                    'listen = "systemd:domain=INET:name=p"',
                ]
            )
        )
        listeners = parse_config(text, "q.toml", {}).listeners.values()
        self.assertEqual(
            [listener.idle_timeout for listener in listeners], [300.0, 0.0, 3600.0, 120.0, 0.0, 300.0]
        )

    def test_other_listeners(self) -> None:
        """Plain ones, too."""
        lines = told(
            '[listeners.r]\nlisten = "tcp:1"\nserve = "tcp"\npool = "t"\n'
            '[listeners.h]\nlisten = "tcp:2"\npool = "t"\n'
            '[listeners.i]\nlisten = "tcp:3"\npool = "t"\n'
            'routes = [{ path = "/p", match = "exact", mirror = "others" }]\n'
        )
        self.assertIn("  relayed byte by byte; idle_timeout 3600 s", lines)
        self.assertIn("  every path: next_upstream error, timeout, 404; first byte 2 s, in all 4.5 s", lines)
        self.assertIn(
            "  /p -> t, copies to others: next_upstream error, timeout, 404; first byte 2 s, in all 4.5 s",
            lines,
        )
        self.assertIn("  pool t: a:9101, b:9101 (backup); round-robin", lines)
