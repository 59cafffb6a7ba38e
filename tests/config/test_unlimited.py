"""Tests for L{quorumha.config.unlimited}."""

from __future__ import annotations

from tests.config.told import LISTENER, POOL, ToldTestCase


class UnlimitedTests(ToldTestCase):
    """C{check} says what has no limit."""

    def test_process(self) -> None:
        for key in ("replay_budget", "mirror_budget", "max_connections", "stop_timeout"):
            self.warns(f"{key} = 0\n{POOL}{LISTENER}", f"q.toml:1:1 {key}: no limit: ")

    def test_pool(self) -> None:
        self.warns(f"{POOL}connect_timeout = 0\n{LISTENER}", "q.toml:3:1 pools.a.connect_timeout: no limit: ")

    def test_listener(self) -> None:
        """Of HTTP and of Tessera alike; a body has no limit without either of its keys."""
        for key in (
            "header_timeout",
            "body_timeout",
            "body_rate",
            "client_send_timeout",
            "read_timeout",
            "send_timeout",
        ):
            for serve in ("http", "tessera-q2t"):
                self.warns(
                    f'{POOL}{LISTENER}serve = "{serve}"\n{key} = 0\n',
                    f"q.toml:7:1 listeners.l.{key}: no limit: ",
                )

    def test_route(self) -> None:
        """One path without a limit is meant: some calls take hours."""
        routes = '[[listeners.l.routes]]\npath = "/a"\n[[listeners.l.routes]]\npath = "/b"\n'
        self.warns(f"{POOL}{LISTENER}read_timeout = 0\n{routes}", "q.toml:6:1 listeners.l.read_timeout: ")
        self.warns(f"{POOL}{LISTENER}{routes}read_timeout = 0\n")

    def test_unless_given(self) -> None:
        """No limit of those that hold anyway is missing."""
        self.warns(POOL + LISTENER)
        self.warns(f"{POOL}{LISTENER}".replace("tcp:80", "unix:/tmp/s"))
