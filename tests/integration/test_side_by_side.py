"""The comparison of L{tests.integration.side_by_side}, a few seconds of it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from bench.processes import ROOT
from quorumha.testing.http.caller_connection import CallFailed
from tests.e2e.nodes import Tessera
from tests.integration.side_by_side import arms
from tests.integration.side_by_side.dapps import CLIENT_TIMEOUT, Call, Dapp
from tests.integration.side_by_side.demands import broken
from tests.integration.side_by_side.figures import Figures, outage_of
from tests.integration.side_by_side.nodes import Node
from tests.integration.side_by_side.scenarios import BY_NAME, SCENARIOS
from tests.nightly import require_night

#: Only a run that is stuck reaches it.
LIMIT = 180.0


class SmokeTests(SynchronousTestCase):
    """One member dies, and blocks hold transactions of somebody else's."""

    def setUp(self) -> None:
        require_night()

    def play(self, arm: str) -> dict[str, Any]:
        """The figures of one proxy."""
        if reason := arms.why_not(arm):
            raise SkipTest(reason)
        module = "tests.integration.side_by_side"
        command = [sys.executable, "-m", module, "--scenario", "smoke", "--arms", arm]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        first, _, rest = done.stdout.partition("\n")
        figures: dict[str, Any] = json.loads(first)
        self.assertIn(f"| smoke | {arm} | {figures['sends']} |", rest)
        self.assertEqual((figures["scenario"], figures["proxy"]), ("smoke", arm))
        self.assertGreater(figures["sends"], 20)
        self.assertGreater(figures["pushes"], 4)
        return figures

    def test_quorumha(self) -> None:
        """No GoQuorum node exits, no payload is skipped, no client hears of it."""
        figures = self.play("quorumha")
        self.assertEqual(figures["errors"], {})
        for what in ("sends_failed", "pushes_failed", "exits", "false_404", "orphans", "drops"):
            self.assertEqual(figures[what], 0, what)

    def test_nginx(self) -> None:
        """What the comparison is for is seen: the 404 in hand is replaced by 502 until both nodes exit."""
        figures = self.play("nginx")
        self.assertEqual((figures["exits"], figures["sends_failed"]), (2, 0))


class DappTests(SynchronousTestCase):
    """Transactions of one account, as GoQuorum sends them."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.sending: list[tuple[bytes, Deferred[bytes]]] = []
        self.mined: list[bytes] = []
        self.dapp = Dapp(self.clock, "send", self.send, self.mined.append, [], [])

    def send(self, payload: bytes) -> Deferred[bytes]:
        """Tessera's part."""
        self.sending.append((payload, Deferred()))
        return self.sending[-1][1]

    def asked(self, *payloads: bytes) -> None:
        for payload in payloads:
            Deferred.fromCoroutine(self.dapp.ask(payload)).addErrback(self.fail)

    def test_one_after_the_other(self) -> None:
        """The nonce lock: a transaction that is stuck holds up the account."""
        self.asked(b"1", b"2")
        self.assertEqual([payload for payload, _ in self.sending], [b"1"])
        self.clock.advance(1)
        self.sending[0][1].callback(b"key 1")
        self.assertEqual([payload for payload, _ in self.sending], [b"1", b"2"])
        self.assertEqual(self.dapp.calls, [Call("send", 0.0, 1.0)])
        self.assertEqual(self.mined, [b"key 1"])

    def test_landed(self) -> None:
        """Who gave up was told an error; the transaction takes place all the same."""
        self.asked(b"1", b"2")
        self.clock.advance(CLIENT_TIMEOUT)
        self.assertEqual([call.error for call in self.dapp.calls], ["no answer within 10 s"] * 2)
        self.sending[0][1].callback(b"key 1")
        self.sending[1][1].callback(b"key 2")
        self.assertEqual((len(self.dapp.calls), self.dapp.landed), (2, [0.0, 0.0]))
        self.assertEqual(self.mined, [b"key 1", b"key 2"])

    def test_failed(self) -> None:
        """Before or after an application gave up: one error, and nothing took place."""
        self.asked(b"1", b"2")
        self.clock.advance(1)
        self.sending[0][1].errback(CallFailed("early"))
        self.clock.advance(CLIENT_TIMEOUT)
        self.sending[1][1].errback(CallFailed("late"))
        errors = [call.error for call in self.dapp.calls]
        self.assertEqual(errors, ["CallFailed: early", "no answer within 10 s"])
        self.assertEqual((self.dapp.landed, self.mined), ([], []))
        self.assertEqual(self.clock.getDelayedCalls(), [])


class DemandTests(SynchronousTestCase):
    """What makes the command exit with 1."""

    def broken(self, scenario: str, proxy: str = "quorumha", **figures: Any) -> list[str]:
        nothing = {field.name: 0 for field in attrs.fields(Figures)} | {"errors": {}}
        return broken([Figures(**nothing | {"scenario": scenario, "proxy": proxy} | figures)])

    def test_nothing_failed(self) -> None:
        for name in (*BY_NAME, "both back"):
            self.assertEqual(self.broken(name, outage=2.4), [])

    def test_one_hung(self) -> None:
        wrong = self.broken("one hung 70 s", sends_failed=2, outage=4.4)
        self.assertEqual(wrong, ["one hung 70 s: 2 sends failed", "one hung 70 s: an outage of 4.4 s"])

    def test_nobody_can_answer(self) -> None:
        """Then GoQuorum must live; and once somebody can, what is sent must succeed."""
        self.assertEqual(self.broken("both dead for 20 s", sends_failed=9, pushes_failed=3, exits=1),
                         ["both dead for 20 s: 1 GoQuorum nodes exited"])  # fmt: skip
        self.assertEqual(self.broken("both back", sends_failed=1, pushes_failed=1),
                         ["both back: 1 sends failed"])  # fmt: skip

    def test_nginx(self) -> None:
        """Nobody demands anything of it."""
        self.assertEqual(self.broken("one dead", "nginx", sends_failed=9, exits=2), [])


class ScenarioTests(SynchronousTestCase):
    """What is said once for simulated and for real nodes."""

    def test_actions(self) -> None:
        """Simulated nodes can do all of it, real ones all but losing the way to a database they share."""
        wanted = {action for scenario in SCENARIOS for _, action, _ in scenario.events}
        self.assertEqual([action for action in wanted if not hasattr(Node, action)], [])
        self.assertEqual([action for action in wanted if not hasattr(Tessera, action)], ["lose_database"])

    def test_it_happens_under_load(self) -> None:
        """All of it before the load's end, and before a second part where there is one."""
        for scenario in SCENARIOS:
            moments = [after for after, _, _ in scenario.events] + [scenario.restart or 0.0]
            self.assertLess(max(moments), scenario.seconds)
            if scenario.later is not None:
                self.assertEqual(max(moments), scenario.later[0])


class OutageTests(SynchronousTestCase):
    """The longest time between two successful sends."""

    def calls(self, *ended: float, error: str = "") -> list[Call]:
        return [Call("send", at - 0.1, at, error) for at in ended]

    def test_between(self) -> None:
        self.assertEqual(outage_of(self.calls(1, 2, 7, 9), 0, 10), (5, False))

    def test_to_the_end(self) -> None:
        self.assertEqual(outage_of(self.calls(1, 2, 4), 0, 10), (6, True))

    def test_errors_and_pushes_are_no_success(self) -> None:
        failed = self.calls(5, error="no")
        pushed = [Call("push", 4, 5, "")]
        self.assertEqual(outage_of([*self.calls(3, 7), *failed, *pushed], 2, 8), (4, False))

    def test_nothing_succeeded(self) -> None:
        self.assertEqual(outage_of([], 2, 8), (6, True))
