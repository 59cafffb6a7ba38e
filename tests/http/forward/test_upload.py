"""The half of a request that comes from the client, without an upstream."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.replay_budget import ReplayBudget
from quorumha.http.forward.upload import Upload
from quorumha.http.upstream.connection_pool import Connections
from quorumha.http.upstream.limits import Limits
from quorumha.http.wire.contracts import NOBODY
from quorumha.http.wire.messages import RequestHead
from quorumha.pool.upstream import Phase
from tests.http.server.proxied import Proxied


class Noted(Upload):
    """Notes what it would do."""

    __slots__ = ("log",)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.log: list[str] = []

    def _next_attempt(self) -> None:
        self.log.append("go")

    def _pump(self) -> None:
        self.log.append("pump")

    def _complete(self) -> None:
        self.log.append("complete")


class UploadTests(SynchronousTestCase):
    """When somebody is asked."""

    def upload(
        self, length: int | None, budget: ReplayBudget | None = None, replay_limit: int = 100
    ) -> Noted:
        self.clock = Clock()
        pool = Proxied("a").pool
        forwarder = PoolForwarder(
            pool,
            Connections(self.clock),
            self.clock,
            limits=Limits(total=4),
            replay_limit=replay_limit,
            budget=budget or ReplayBudget(),
        )
        head = RequestHead(b"POST", b"/", 1, b"c", [], [], length, True)
        return Noted(forwarder, head, NOBODY, None, None)

    def test_with_its_head(self) -> None:
        upload = self.upload(3)
        upload.start(b"abc", True)
        self.assertEqual((upload.log, upload.time_left()), (["go"], 4))

    def test_when_it_is_whole(self) -> None:
        for length in (3, None):
            upload = self.upload(length)
            upload.start(b"a", False)
            self.clock.advance(1)
            upload.body_data(b"bc")
            self.assertEqual((upload.log, upload.time_left()), ([], None))
            upload.body_end()
            self.assertEqual((upload.log, upload.time_left()), (["go"], 4))
            assert upload.body is not None
            self.assertIsNone(upload.body.replay_lost, "nobody takes its replay from it any more")

    def test_with_its_beginning_when_it_is_known_to_be_too_large(self) -> None:
        for limit, beginning in ((100, 100), (1 << 20, 65536)):
            upload = self.upload(limit + 1, replay_limit=limit)
            upload.start(b"", False)
            upload.body_data(b"x" * (beginning - 1))
            self.assertEqual((upload.log, upload.time_left()), ([], None))
            upload.body_data(b"x")
            self.assertEqual((upload.log, upload.time_left()), (["go"], None))

    def test_when_it_becomes_too_large(self) -> None:
        upload = self.upload(None)
        upload.start(b"x" * 100, False)
        self.assertEqual(upload.log, [])
        upload.body_data(b"x")
        upload.body_data(b"x")
        upload.body_end()
        self.assertEqual(upload.log, ["go", "pump", "pump"])

    def test_when_others_need_the_room(self) -> None:
        budget = ReplayBudget(400, beginning=0)
        upload = self.upload(None, budget)
        upload.start(b"x" * 90, False)
        other = self.upload(None, budget)
        other.start(b"x" * 20, False)
        self.assertEqual((upload.log, other.log), ([], []))
        third = self.upload(None, budget)
        third.start(b"x" * 50, False)
        self.assertEqual((upload.log, other.log, third.log), (["go"], [], []))

    def test_others_need_the_room_after_it_was_answered(self) -> None:
        """Nobody but a mirror wanted the rest of it."""
        upload = self.upload(101)
        upload.start(b"x" * 100, False)
        upload.done = True
        assert upload.body is not None
        upload.body.lose_replay()
        self.assertEqual((upload.log, upload.body.pieces), (["go"], []))

    def test_the_shorter_limit(self) -> None:
        upload = self.upload(0)
        self.assertEqual(upload.within_total(Phase.SEND, 9), (Phase.SEND, 9))
        upload.start(b"", True)
        self.assertEqual(upload.within_total(Phase.SEND, 3), (Phase.SEND, 3))
        self.assertEqual(upload.within_total(Phase.SEND, 9), (Phase.TOTAL, 4))
        self.assertEqual(upload.within_total(Phase.SEND, 0), (Phase.TOTAL, 4))
