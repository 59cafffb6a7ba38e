"""Tests for L{quorumha.config.tables}."""

from __future__ import annotations

from tests.config.told import LISTENER, POOL, ToldTestCase


class TypeTests(ToldTestCase):
    """The fields of a table."""

    def test_wrong_types(self) -> None:
        """Every type is held to."""
        for keys, told in [
            ("keepalive = true", "keepalive: must be a whole number, not a boolean"),
            ("keepalive = 1.0", "keepalive: must be a whole number, not a number"),
            ("keepalive = -1", "keepalive: -1 is less than 0"),
            ("keepalive = 0x" + "f" * 5000, "keepalive: a huge number is more than"),
            ("balance = 1", "balance: 1 is not one of round-robin"),
            ("balance = []", "balance: an array is not one of"),
            ("connect_timeout = 2020-01-01", "connect_timeout: datetime.date"),
            ("connect_timeout = nan", "connect_timeout: nan is not a time"),
            ("tls = 1", "tls: must be a table, not a number"),
            ("tls = { ca = 1 }", "tls.ca: must be text in quotes, not a number"),
            ('tls = { name = "" }', "tls.name: is empty"),
        ]:
            at = "3:9" if "{" in keys else "3:1"
            self.check(
                POOL.replace("http:", "https:") + keys + "\n" + LISTENER, f"q.toml:{at} pools.a.{told}"
            )
