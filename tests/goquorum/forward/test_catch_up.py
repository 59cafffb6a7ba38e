"""Members are asked for their heights."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.heights import signs_of
from quorumha.goquorum.forward.catch_up import ASKED_FOR, ONCE, PAUSE, REFRESH, CatchUp
from quorumha.pool.pool import Member
from quorumha.testing.http.plays import Play, Wait, no_response, respond
from tests.goquorum.forward.asked import Asked


def height(number: int) -> Play:
    """What a node at this height says."""
    return respond(200, b'{"jsonrpc":"2.0","id":1,"result":"0x%x"}\n' % number)


class CatchUpTests(SynchronousTestCase):
    """Until one is known to have a block."""

    def setUp(self) -> None:
        self.asked = Asked()
        self.catch_up = CatchUp(self.asked.asker)
        self.clock = self.asked.net.clock

    def wait(self, needed: int, *, once: bool = False) -> list[Member | None]:
        def find() -> Member | None:
            return next((m for m in self.asked.pool.members if signs_of(m).height >= needed), None)

        found: list[Member | None] = []
        waiting = self.catch_up.wait(find, self.asked.caller, once=once)
        self.waiting = Deferred.fromCoroutine(waiting).addCallback(found.append)
        self.asked.net.run()
        return found

    def count(self, name: str) -> int:
        return len(self.asked.nodes[name].requests)

    def test_the_first_that_has_it(self) -> None:
        """The others are not waited for."""
        self.asked.script("a", no_response(Wait(60)))
        self.asked.script("b", height(5))
        self.assertEqual(self.wait(5), [self.asked.member("b")])

    def test_asked_again_until_it_has(self) -> None:
        """Every 20 ms."""
        self.asked.script("a", height(4), height(4), height(5))
        self.asked.script("b", *[height(3)] * 9)
        found = self.wait(5)
        self.assertEqual(found, [])
        for _ in range(3):
            self.asked.net.advance(PAUSE)
        self.assertEqual(found, [self.asked.member("a")])

    def test_no_longer_than_a_second(self) -> None:
        """Then there is none."""
        for name in "ab":
            self.asked.script(name, *[height(3)] * 99)
        found = self.wait(5)
        self.asked.net.advance(ASKED_FOR - 0.1)
        self.assertEqual(found, [])
        self.asked.net.advance(0.2)
        self.assertEqual(found, [None])
        self.assertLessEqual(self.count("a"), ASKED_FOR / PAUSE + 2)

    def test_once(self) -> None:
        """Each is asked once, and a silent one not waited for."""
        for name in "ab":
            self.asked.script(name, height(3))
        self.assertEqual(self.wait(5, once=True), [None])
        self.assertEqual((self.count("a"), self.count("b")), (1, 1))

    def test_once_with_a_silent_one(self) -> None:
        """It takes a tenth of a second at most."""
        self.asked.script("a", *[height(3)] * 20)
        self.asked.script("b", no_response(Wait(60)))
        found = self.wait(5, once=True)
        self.asked.net.advance(ONCE + 2 * PAUSE)
        self.assertEqual(found, [None])

    def test_many_who_wait(self) -> None:
        """One of them asks."""
        for name in "ab":
            self.asked.script(name, no_response(Wait(0.01)) + height(5))
        found = [self.wait(5) for _ in range(10)]
        self.asked.net.advance(PAUSE)
        self.assertTrue(all(found))
        self.assertEqual((self.count("a"), self.count("b")), (1, 1))

    def test_cancelled(self) -> None:
        """Who asked is gone: the others go on."""
        for name in "ab":
            self.asked.script(name, no_response(Wait(0.01)) + height(5))
        self.wait(5)
        leaving = self.waiting
        leaving.addErrback(lambda failure: None)
        other = self.wait(5)
        leaving.cancel()
        self.asked.net.advance(PAUSE)
        self.assertEqual(len(other), 1)

    def test_an_error_is_no_height(self) -> None:
        """The token may be wrong."""
        error = b'{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"token expired"}}\n'
        for name in "ab":
            self.asked.script(name, *[respond(200, error)] * 99)
        found = self.wait(5)
        self.asked.net.advance(ASKED_FOR + 0.1)
        self.assertEqual(found, [None])
        self.assertEqual(signs_of(self.asked.member("a")).height, -1)

    def test_refresh_asks_those_that_seem_low(self) -> None:
        """Not those that told their height just now, nor those that have it."""
        a, b = self.asked.pool.members
        self.asked.net.advance(5)
        now = self.clock.seconds()
        signs_of(a).has(5, now)
        signs_of(b).has(4, now)
        self.catch_up.refresh(5, self.asked.caller, now)
        self.asked.net.run()
        self.assertEqual(self.count("b"), 0)
        self.asked.script("b", height(5))
        self.catch_up.refresh(5, self.asked.caller, now + REFRESH)
        self.asked.net.run()
        self.assertEqual((self.count("a"), self.count("b"), signs_of(b).height), (0, 1, 5))
