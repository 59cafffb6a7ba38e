"""Tests for L{quorumha.admin.writer_metrics}."""

from __future__ import annotations

from quorumha.pool.one_writer import ROLES, MemberRole, OtherProxy
from tests.admin.known_writer import SINCE, SPLIT, written_to
from tests.admin.test_metrics import MetricsCase, listener, pool


class WriterMetricsTests(MetricsCase):
    """A pool of two of whom one is written to, and another pool."""

    def setUp(self) -> None:
        self.serve(pool("db", 1, 2), pool("web", 3), listener("sql", 5432, "db"), listener("web", 80, "web"))
        self.pool = self.proxy.service.pools["db"]
        self.first, self.second = (one.name for one in self.pool.members)

    def of(self, family: str) -> dict[str, float]:
        """The values of a family, by the last of their labels."""
        found = self.values(f"quorumha_database_{family}{{")
        return {name.rpartition('="')[2].rstrip('"}'): value for name, value in found.items()}

    def test_none(self) -> None:
        """Pools without a writer have none of it."""
        self.assertEqual(self.values("quorumha_database_"), {})

    def test_written_to(self) -> None:
        """Who is, what the members say, and what was counted."""
        written_to(self.pool, switches=3, cut=7)
        self.assertEqual(self.of("writer"), {self.first: 1.0, self.second: 0.0})
        self.assertEqual(self.of("timeline"), {self.first: 2.0, self.second: 2.0})
        for family, value in (
            ("switches_total", 3),
            ("sessions_cut_total", 7),
            ("synchronous", 1),
            ("split", 0),
            ("saved", 1),
        ):
            self.assertEqual(self.of(family), {"db": float(value)}, family)
        self.assertEqual(self.of("waiting"), {"sql": 0.0})

    def test_roles(self) -> None:
        """One is 1, all others are 0."""
        written_to(self.pool)
        found = self.values("quorumha_database_role{")
        self.assertEqual(len(found), 2 * len(ROLES))
        for name, role in ((self.first, "primary"), (self.second, "standby")):
            for each in ROLES:
                key = f'quorumha_database_role{{pool="db", role="{each}", upstream="{name}"}}'
                self.assertEqual(found[key], float(each == role), key)

    def test_while_sessions_wait(self) -> None:
        """Nobody is written to: also of a writer that says nothing."""
        for more in ({"paused": True, "cause": "it says nothing"}, SPLIT):
            written_to(self.pool, **more)
            self.assertEqual(self.of("writer"), {self.first: 0.0, self.second: 0.0})
        self.assertEqual(self.of("split"), {"db": 1.0})
        self.assertEqual(self.of("synchronous"), {}, "there is none of whom it could be said")

    def test_other_proxies(self) -> None:
        """1 for those that say something now."""
        self.assertEqual(self.of("proxy_up"), {})
        proxies = (
            OtherProxy("http://p", 2, SINCE),
            OtherProxy("http://q", 2, SINCE, "it answers 503"),
            OtherProxy("http://r"),
        )
        written_to(self.pool, proxies=proxies)
        found = self.values("quorumha_database_proxy_up{")
        self.assertEqual(
            found,
            {
                f'quorumha_database_proxy_up{{pool="db", proxy="http://{name}"}}': up
                for name, up in (("p", 1.0), ("q", 0.0), ("r", 0.0))
            },
        )

    def test_not_saved(self) -> None:
        """It is written to, and a restart would not know."""
        written_to(self.pool, saved=False)
        self.assertEqual(self.of("saved"), {"db": 0.0})
        self.assertEqual(self.of("writer"), {self.first: 1.0, self.second: 0.0})

    def test_not_said(self) -> None:
        """What a member does not say is left out."""
        writer = written_to(self.pool)
        writer.roles = {self.first: MemberRole("primary", 0, said_at=SINCE)}
        self.assertEqual((self.of("timeline"), self.of("synchronous")), ({}, {}))
        writer.roles = {self.first: MemberRole("primary", 4, synchronous=False, said_at=SINCE)}
        self.assertEqual((self.of("timeline"), self.of("synchronous")), ({self.first: 4.0}, {"db": 0.0}))
