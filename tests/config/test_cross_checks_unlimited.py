"""Tests for limits that L{quorumha.config.cross_checks} says are missing."""

from __future__ import annotations

from tests.config.told import LISTENER, POOL, ToldTestCase


class UnlimitedTests(ToldTestCase):
    """C{check} says what has no limit."""

    def test_process(self) -> None:
        for key in ("replay_budget", "mirror_budget", "max_connections", "stop_timeout"):
            self.warns(f"{key} = 0\n{POOL}{LISTENER}", f"q.toml:1:1 {key}: no limit: ")

    def test_pool(self) -> None:
        self.warns(f"{POOL}connect_timeout = 0\n{LISTENER}", "q.toml:3:1 pools.a.connect_timeout: no limit: ")

    def test_unless_given(self) -> None:
        """No limit of those that hold anyway is missing."""
        self.warns(POOL + LISTENER)
        self.warns(f"{POOL}{LISTENER}".replace("tcp:80", "unix:/tmp/s"))
