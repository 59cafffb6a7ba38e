"""Tests for L{quorumha.logs.access_line}."""

from __future__ import annotations

import json
from typing import Any

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from quorumha import events
from quorumha.logs.access_line import access_line, dropped_line
from quorumha.pool.upstream import AttemptResult, AttemptState, Responded
from tests.logs.test_log_lines import LATE, REFUSED, A

NOW = 1764540000.25
GIVEN = AttemptResult(A, Responded(200), AttemptState.HEAD_SEEN, 0.001, 0.0021234567)
DONE = events.RequestDone(
    "q2t", "POST /send", "t", "10.0.0.5", "POST", 200, "", (LATE, GIVEN), 10, 20, 2.01, 0.0, "abc-1"
)
RELAYED = events.ConnectionDone("rpc", "q", "10.0.0.5", "q1", "", 100, 200, 3.5, "client")
KEYS = [
    "time",
    "id",
    "listener",
    "client",
    "method",
    "path",
    "status",
    "seconds",
    "in",
    "out",
    "own",
    "tries",
]


def line_for(fact: object, *, errors_only: bool = False) -> dict[str, Any]:
    line = access_line(fact, NOW, errors_only=errors_only)
    assert line is not None and line.count(b"\n") == 1
    found: dict[str, Any] = json.loads(line)
    return found


class RequestLineTests(SynchronousTestCase):
    """One request."""

    def test_keys(self) -> None:
        """Exactly these, in this order."""
        found = line_for(DONE)
        self.assertEqual(list(found), KEYS)
        tries = found.pop("tries")
        self.assertEqual(
            list(found.values()),
            [
                "2025-11-30T22:00:00.250Z",
                "abc-1",
                "q2t",
                "10.0.0.5",
                "POST",
                "POST /send",
                200,
                2.01,
                10,
                20,
                "",
            ],
        )
        self.assertEqual(
            [list(one) for one in tries], [["upstream", "outcome", "state", "seconds", "verdict"]] * 2
        )
        self.assertEqual(
            [list(one.values()) for one in tries],
            [
                ["t1", "timed out (first byte)", "sent all", 2.00004, "try next"],
                ["t1", "answered 200", "head seen", 0.002123, "deliver"],
            ],
        )

    def test_verdicts(self) -> None:
        """What the policy made of each: also where an earlier one is delivered, or none."""
        held = evolve(GIVEN, outcome=Responded(404))
        for attempts, status, wanted in (
            ((held, REFUSED), 404, ["deliver", "give up"]),
            ((held, GIVEN), 200, ["hold", "deliver"]),
            ((LATE, REFUSED), 502, ["try next", "give up"]),
        ):
            found = line_for(evolve(DONE, attempts=attempts, status=status))
            self.assertEqual([one["verdict"] for one in found["tries"]], wanted)

    def test_own(self) -> None:
        """Why the proxy responded itself."""
        found = line_for(evolve(DONE, status=502, error="pool t: no", attempts=(REFUSED,)))
        self.assertEqual((found["status"], found["own"]), (502, "pool t: no"))

    def test_path(self) -> None:
        """The route, or the target where somebody wants it."""
        self.assertEqual(line_for(evolve(DONE, call=""))["path"], "/")
        self.assertEqual(line_for(evolve(DONE, target="/send?x=1"))["path"], "/send?x=1")

    def test_odd_text(self) -> None:
        """What a target holds ends no line."""
        self.assertEqual(line_for(evolve(DONE, target='/"\n\x7f\xff'))["path"], '/"\n\x7f\xff')

    def test_refused(self) -> None:
        """The same keys; what was never read is null."""
        found = line_for(events.Refused("q2t", "10.0.0.5", 413, "the body is too large", "abc-2"))
        self.assertEqual(list(found), KEYS)
        self.assertEqual(
            [found[key] for key in ("id", "status", "own", "tries", "method", "path")],
            ["abc-2", 413, "the body is too large", [], None, None],
        )
        known = events.Refused("q2t", "c", 404, "no", "abc-2", "POST", "POST /send")
        found = line_for(known)
        self.assertEqual((found["method"], found["path"]), ("POST", "POST /send"))
        self.assertEqual(line_for(evolve(known, target="/send?x"))["path"], "/send?x")


class OtherLineTests(SynchronousTestCase):
    """Relays, and what has no line."""

    def test_relay(self) -> None:
        found = line_for(RELAYED)
        wanted = {"listener": "rpc", "client": "10.0.0.5", "pool": "q", "upstream": "q1", "seconds": 3.5}
        wanted |= {"in": 100, "out": 200, "own": "", "ended": "client"}
        self.assertEqual(found, {"time": "2025-11-30T22:00:00.250Z", **wanted})

    def test_errors_only(self) -> None:
        for fact in (DONE, RELAYED, evolve(DONE, status=0)):
            self.assertIsNone(access_line(fact, NOW, errors_only=True))
        for fact in (evolve(DONE, status=404), evolve(DONE, error="x"), evolve(RELAYED, error="x")):
            self.assertTrue(line_for(fact, errors_only=True))

    def test_no_line(self) -> None:
        self.assertIsNone(access_line(events.Waiting("q2t"), NOW))

    def test_dropped(self) -> None:
        self.assertEqual(json.loads(dropped_line(7, NOW)), {"time": "2025-11-30T22:00:00.250Z", "dropped": 7})
