"""Rows of L{tests.integration.side_by_side} on real nodes, nginx (where it is installed) and quorumha.

B{It has not been run where it was written}, as L{tests.e2e.test_real_nodes}.  Run it the same way; it
takes about half an hour, and prints a line for each row (C{python -m pytest -s tests/e2e}).
"""

from __future__ import annotations

import json

import attrs

from tests.e2e.case import RealNodesCase
from tests.e2e.load import Load, Row
from tests.integration.side_by_side.arms import ARMS, why_not
from tests.integration.side_by_side.scenarios import BY_NAME


class RowTests(RealNodesCase):
    """What is asserted holds for quorumha; for nginx it is printed what happens."""

    def play(self, name: str) -> list[Row]:
        """quorumha's rows of a scenario, which never has GoQuorum exit."""
        scenario = BY_NAME[name]
        rows: list[Row] = []
        for arm in ARMS:
            if why_not(arm) is None and scenario.plays(arm):
                relay = scenario.restart is not None
                net = self.network(arm=arm, limit=scenario.limit, relay=relay, kept=scenario.kept)
                rows = Load(net).play(scenario, arm)
                net.stop()
                print("".join(f"\n{json.dumps(attrs.asdict(row))}" for row in rows))
        self.assertEqual({(row.proxy, row.exits) for row in rows}, {("quorumha", 0)})
        return rows

    def assert_none_failed(self, row: Row) -> None:
        self.assertEqual((row.sends_failed, row.pushes_failed), (0, 0), row)

    def test_one_hung_70_s(self) -> None:
        """No application hears of it, whether GoQuorum waits 5 s or without end."""
        for name in ("one hung 70 s", "one hung 70 s, no limit"):
            self.assert_none_failed(self.play(name)[0])

    def test_both_back(self) -> None:
        """Nobody is told that the other party is not known, by a Tessera that has not heard of it yet.

        Only where GoQuorum waits without end: with 5 s it bears about 26 s, and real ones take seconds to
        start.
        """
        for row in self.play("both away 28 s"):
            self.assertFalse([error for error in row.errors if "Recipient not found" in error], row)

    def test_database_silent(self) -> None:
        """GoQuorum lives on."""
        for name in ("database silent 3 s", "database silent 15 s"):
            self.play(name)

    def test_proxy_restarted(self) -> None:
        """With sockets that systemd keeps nobody hears of it; without, it is printed what it costs."""
        self.play("proxy restarted")
        self.assert_none_failed(self.play("proxy restarted, kept sockets")[0])
