"""Tests for L{quorumha.config.load}."""

from __future__ import annotations

from quorumha.app.kinds import KINDS
from quorumha.config.load import belongs
from tests.config.told import LISTENER, POOL, ToldTestCase


class ElsewhereTests(ToldTestCase):
    """A key at the wrong place."""

    def test_places(self) -> None:
        for key, told in (
            ("mirror_budget", "; it belongs at the top"),
            ("max_connections", "; it belongs at the top or in [listeners.NAME]"),
            ("on_down", "; it belongs in [pools.NAME]"),
            ("max_in_flight", "; it belongs in an element of `upstreams`"),
            ("rise", "; it belongs in `check` of a pool"),
            ("total_timeout", "; it belongs in [listeners.NAME]"),
            ("waiting_requests", "; it belongs in [listeners.NAME]"),
            ("mirror_timeout", "; it belongs in an element of `routes`"),
            ("forward", ""),
            ("nothing", ""),
        ):
            self.assertEqual(belongs(KINDS, key), told)

    def test_told(self) -> None:
        """In place of all keys that are known there, and of one that only looks alike (C{tries})."""
        self.check(
            f"{POOL}max_in_flight = 4\n{LISTENER}mirror_budget = 3\ntreat_as = 'read'\n",
            "q.toml:3:1 pools.a.max_in_flight: unknown key; it belongs in an element of `upstreams`",
            "q.toml:7:1 listeners.l.mirror_budget: unknown key; it belongs at the top",
            "q.toml:8:1 listeners.l.treat_as: unknown key; it belongs in an element of `routes`"
            " or in an element of `methods`\n",
        )
