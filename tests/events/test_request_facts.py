"""Facts are plain and frozen, those of requests and all others."""

from __future__ import annotations

import inspect

from attrs import has
from attrs.exceptions import FrozenInstanceError
from twisted.trial.unittest import SynchronousTestCase

from quorumha import events
from quorumha.events import ConnectionsCut, RequestDone
from quorumha.pool.upstream import AttemptResult, AttemptState, Broken, Responded, Upstream


class FactsTests(SynchronousTestCase):
    """What all facts have in common."""

    facts = [one for _, one in inspect.getmembers(events, inspect.isclass) if has(one)]

    def test_frozen(self) -> None:
        self.assertGreater(len(self.facts), 15)
        fact = ConnectionsCut("q2t", 3)
        with self.assertRaises(FrozenInstanceError):
            fact.count = 4  # type: ignore[misc]  # what is tested
        for one in self.facts:
            self.assertIs(one.__setattr__, ConnectionsCut.__setattr__, one)

    def test_documented(self) -> None:
        for one in self.facts:
            self.assertTrue(one.__doc__, one)

    def test_failovers(self) -> None:
        """A member that is asked again at once is no other member."""
        endpoint = object()
        a, b = (Upstream(name, endpoint) for name in "ab")  # type: ignore[arg-type]  # never dialled
        tried = [
            AttemptResult(a, Broken("x"), AttemptState.SENT_ALL),
            AttemptResult(a, Broken("x"), AttemptState.SENT_ALL),
            AttemptResult(b, Responded(404), AttemptState.HEAD_SEEN),
            AttemptResult(a, Responded(200), AttemptState.PASSED_DOWN),
        ]
        done = [RequestDone("l", "c", "p", "1", "GET", 200, "", tried[:n], 0, 0, 1, 0) for n in range(5)]
        self.assertEqual([one.failovers for one in done], [0, 0, 0, 1, 2])
