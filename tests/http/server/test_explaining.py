"""Tests for L{quorumha.http.server.explaining}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.server.explaining import LISTED, explained
from quorumha.pool.upstream import (
    AttemptResult,
    AttemptState,
    Broken,
    ConnectFailed,
    LocalFailure,
    Outcome,
    Phase,
    Responded,
    TimedOut,
    Upstream,
    WentDown,
    giver_of,
)


def tried(name: str, outcome: Outcome) -> AttemptResult:
    upstream = Upstream(name, object())  # type: ignore[arg-type]  # never dialled
    return AttemptResult(upstream, outcome, AttemptState.SENT_ALL)


class ExplainedTests(SynchronousTestCase):
    """The value of the field."""

    def test_one(self) -> None:
        self.assertEqual(
            explained([tried("10.0.0.11:9101", Responded(200))], 200), b"upstream=10.0.0.11:9101; tries=1"
        )

    def test_failed_over(self) -> None:
        attempts = [tried("10.0.0.11:9101", Responded(404)), tried("10.0.0.12:9101", Responded(200))]
        self.assertEqual(explained(attempts, 200), b"upstream=10.0.0.12:9101; tries=2; failed_over=404")

    def test_an_earlier_one(self) -> None:
        """Its response was kept, and is the best."""
        attempts = [tried("a", Responded(404)), tried("b", Broken("ended"))]
        self.assertEqual(explained(attempts, 404), b"upstream=a; tries=2; failed_over=broken")
        self.assertEqual(giver_of(attempts, 404), 0)

    def test_nobody(self) -> None:
        """The proxy's own response, whatever became of the tries."""
        outcomes = (ConnectFailed("r"), TimedOut(Phase.SEND), LocalFailure("no memory"), WentDown())
        attempts = [tried("a", one) for one in outcomes]
        self.assertEqual(explained(attempts, 0), b"tries=4; failed_over=connect,timeout,local,down")
        self.assertEqual(explained([], 0), b"tries=0")

    def test_bounded(self) -> None:
        attempts = [tried("a", Broken("x"))] * 100
        said = explained(attempts, 0)
        self.assertEqual(said.count(b"broken"), LISTED)
        self.assertTrue(said.startswith(b"tries=100; "))

    def test_odd_names(self) -> None:
        """A name is the operator's own text: it ends no field."""
        said = explained([tried("ä; b\r\nX: y", Responded(200))], 200)
        self.assertNotIn(b"\r", said)
        self.assertEqual(said.count(b";"), 1)
