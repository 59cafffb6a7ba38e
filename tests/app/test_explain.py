"""What C{quorumha check --explain} says."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.explain import explain
from quorumha.app.kinds import parse_config
from tests.app.explained import told


class ExplainTests(SynchronousTestCase):
    """Every call, and what is done with it."""

    def test_most_at_once(self) -> None:
        """Of a listener and of a member, where a file says so."""
        pool = '[pools.r]\nupstreams = [{ endpoint = "tcp:a:1", max_in_flight = 7 }]\n'
        lines = told(f'{pool}[listeners.l]\nlisten = "tcp:1"\npool = "r"\nmax_connections = 9\n')
        self.assertIn("l: tcp:1, serve = 'http'; 9 clients at most", lines)
        self.assertIn("  at once, a:1: 7 at most (max_in_flight)", lines)

    def test_a_pool(self) -> None:
        """As it is without a word of the operator: the whole block, as it is printed."""
        lines = told('[listeners.l]\nlisten = "tcp:1"\nserve = "tessera-q2t"\npool = "t"\n')
        aside = "for 10 s, twice that after each trial request that fails, 60 s at most"
        self.assertEqual(
            lines[lines.index("") + 1 :],
            [
                "pool t: a:9101, b:9101 (backup); round-robin",
                "  check tessera (auto): GET of a transaction that does not exist;"
                " good is 404, and 500 is a dead database",
                "  every 0.4 s, timeout 0.75 s; down after 2 bad (fall), up after 2 good (rise)",
                f"  traffic, a:9101: ejected after 1 failure within 10 s: {aside}",
                f"  traffic, b:9101: ejected after 1 failure within 10 s: {aside}",
                "  slow start: who recovered has its whole share at once",
                "  retry budget: after a failure 50 tries at members that are ejected or down at once,"
                " then 10 a second; at healthy ones without limit",
            ],
        )

    def test_which_members_are_one_node(self) -> None:
        """Of which Tessera each member is a port; nothing where there is one pool of Tesseras alone."""
        pools = (
            '[pools.p]\nupstreams = ["http://a:9001", { endpoint = "http://b:9001", name = "b" }]\n'
            '[pools.rpc]\nupstreams = ["tcp:a:22000"]\n'
            '[listeners.rpc]\nlisten = "tcp:4"\nserve = "tcp"\npool = "rpc"\n'
            '[listeners.q]\nlisten = "tcp:1"\nserve = "tessera-q2t"\npool = "t"\n'
        )
        alone = told(pools + '[listeners.p]\nlisten = "tcp:2"\npool = "p"\n')
        self.assertFalse([line for line in alone if "one node" in line])
        lines = told(pools + '[listeners.p]\nlisten = "tcp:2"\nserve = "tessera-p2p"\npool = "p"\n')
        self.assertEqual(
            [line for line in lines if "one node" in line],
            [
                "  one node, a:9101: a:9001 of p; the log calls it a",
                "  one node, b:9101: no member of another pool",
                "  one node, a:9001: a:9101 of t; the log calls it a",
                "  one node, b: no member of another pool",
            ],
        )

    def test_what_was_overridden_of_a_pool(self) -> None:
        """Each value that holds, and that somebody said so."""
        config = parse_config(
            """
            [pools.h]
            upstreams = [
              { endpoint = "http://a:1", enabled = false },
              { endpoint = "http://b:1", max_fails = 3, fail_timeout = "90s" },
              { endpoint = "http://c:1", max_fails = 0, backup = true, enabled = false },
            ]
            slow_start = "10s"
            [pools.h.check]
            kind = "http"
            path = "/up"
            statuses = [200, 204]
            body = "fine"
            interval = 2
            rise = 5
            [pools.o]
            upstreams = ["tcp:a:1"]
            check = "off"
            [pools.c]
            upstreams = ["tcp:a:1"]
            [listeners.h]
            listen = "tcp:1"
            pool = "h"
            [listeners.o]
            listen = "tcp:2"
            serve = "tcp"
            pool = "o"
            [listeners.c]
            listen = "tcp:3"
            serve = "tcp"
            pool = "c"
            """,
            "q.toml",
            {},
        )
        lines = explain(config).splitlines()
        for expected in (
            "pool h: a:1 (disabled), b:1, c:1 (backup, disabled); round-robin",
            "  check http: GET /up; good is 200 or 204 with 'fine' in it"
            " [changed: kind, path, statuses, body, interval, rise]",
            "  every 2 s, timeout 0.75 s; down after 2 bad (fall), up after 5 good (rise)",
            "  traffic, b:1: ejected after 3 failures within 90 s:"
            " for 90 s, twice that after each trial request that fails, 90 s at most"
            " [changed: max_fails, fail_timeout]",
            "  traffic, c:1: never ejected [changed: max_fails]",
            "  slow start: who recovered has its whole share in 10 s [changed: slow_start]",
            "  check off: traffic alone decides who is healthy [changed: kind]",
            "  check connect (auto): a connection; good is who takes it, also a process that hangs",
        ):
            self.assertIn(expected, lines)
