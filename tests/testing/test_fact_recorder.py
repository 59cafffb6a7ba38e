"""The recorder of facts, as a test's author uses it."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.events import Lack, MemberChanged
from quorumha.testing import FactRecorder


class FactRecorderTests(SynchronousTestCase):
    """See the module."""

    def test_all(self) -> None:
        facts = FactRecorder()
        self.assertTrue(facts.observers.requests)
        facts.observers.notify(Lack("rpc", "b", "no memory"))
        facts.observers.notify(MemberChanged("rpc", "a", "up", "its checks are good", "has its share"))
        facts.observers.notify("something")
        self.assertEqual(len(facts.facts), 3)
        self.assertEqual([one.upstream for one in facts.of(MemberChanged)], ["a"])
        self.assertEqual(
            facts.lines(),
            [
                "local-failure: rpc: b no memory; that is held against no member",
                "upstream-up: rpc: a is up: its checks are good; has its share",
            ],
        )
