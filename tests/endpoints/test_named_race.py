"""The addresses of one name, dialled one beside the other."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.internet.error import ConnectError, ConnectionRefusedError, getConnectError
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from quorumha.endpoints.named import NEXT_AFTER, race
from quorumha.pool.dial_errors import connect_failed
from quorumha.pool.upstream import LocalFailure
from quorumha.testing import Recorder

#: Whatever is said of an address.
FAILURES: dict[str, Callable[[], Exception]] = {
    "refused": ConnectionRefusedError,
    "broken": ZeroDivisionError,
    "lack": lambda: getConnectError((errno.EADDRNOTAVAIL, "x")),
}


@implementer(IStreamClientEndpoint)
class Address:
    """One that does what a test says."""

    def __init__(self, at_once: str = "") -> None:
        self.at_once = at_once
        self.connecting: Deferred[IProtocol] | None = None
        self.factory: Any = None
        self.cancelled = False

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        self.factory = protocolFactory
        if self.at_once in FAILURES:
            return fail(FAILURES[self.at_once]())
        self.connecting = Deferred(self._cancelled)
        if self.at_once == "connected":
            self.connected()
        return self.connecting

    def _cancelled(self, _: object) -> None:
        self.cancelled = True

    @property
    def waits(self) -> bool:
        return self.connecting is not None and not self.connecting.called

    def connected(self) -> None:
        assert self.connecting is not None
        protocol = self.factory.buildProtocol(None)
        if protocol is None:
            self.connecting.errback(ConnectError())
        else:
            self.connecting.callback(protocol)

    def refused(self) -> None:
        assert self.connecting is not None
        self.connecting.errback(ConnectionRefusedError())


class RaceCase(SynchronousTestCase):
    """Some addresses and a clock."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.built: list[Recorder] = []

    def build(self) -> Recorder:
        self.built.append(Recorder())
        return self.built[-1]

    def race(self, *at_once: str) -> Deferred[IProtocol]:
        self.addresses = {str(number): Address(how) for number, how in enumerate(at_once)}
        factory = Factory.forProtocol(self.build)
        return race(list(self.addresses), self.addresses.__getitem__, factory, self.clock)

    def dialled(self) -> int:
        return len([one for one in self.addresses.values() if one.factory is not None])


class RaceTests(RaceCase):
    """Who is dialled when, and what comes of it."""

    def test_first_connects(self) -> None:
        racing = self.race("", "")
        self.addresses["0"].connected()
        self.successResultOf(racing)
        self.clock.advance(10)
        self.assertEqual((self.dialled(), self.clock.getDelayedCalls()), (1, []))

    def test_one_after_the_other(self) -> None:
        """A quarter of a second apart, while none says anything; those that lose are given up."""
        racing = self.race("", "", "", "")
        for number in (1, 2, 3):
            self.assertEqual(self.dialled(), number)
            self.clock.advance(NEXT_AFTER)
        self.assertEqual(self.dialled(), 4)
        self.addresses["2"].connected()
        self.assertIs(self.successResultOf(racing), self.built[0])
        self.assertEqual(
            [one.cancelled for one in self.addresses.values()], [True, True, False, True], "the losers"
        )
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_refused(self) -> None:
        """The next one is dialled at once."""
        racing = self.race("", "")
        self.addresses["0"].refused()
        self.assertEqual(self.dialled(), 2)
        self.addresses["1"].connected()
        self.successResultOf(racing)

    def test_all_refuse(self) -> None:
        racing = self.race("refused", "refused", "refused")
        self.failureResultOf(racing, ConnectionRefusedError)
        racing = self.race("", "refused")
        self.clock.advance(NEXT_AFTER)
        self.assertNoResult(racing)
        self.addresses["0"].refused()
        self.failureResultOf(racing, ConnectionRefusedError)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_many_that_fail_at_once(self) -> None:
        racing = self.race(*["refused"] * 1000, "connected")
        self.successResultOf(racing)

    def test_another_failure(self) -> None:
        """It is no address's fault: nobody else is dialled."""
        racing = self.race("", "broken", "")
        self.clock.advance(NEXT_AFTER)
        self.failureResultOf(racing, ZeroDivisionError)
        self.assertTrue(self.addresses["0"].cancelled)
        self.clock.advance(10)
        self.assertEqual(self.dialled(), 2)

    def test_given_up(self) -> None:
        racing = self.race("", "", "")
        self.clock.advance(NEXT_AFTER)
        racing.cancel()
        self.failureResultOf(racing, CancelledError)
        self.assertEqual([one.cancelled for one in self.addresses.values()], [True, True, False])
        self.assertEqual((self.dialled(), self.clock.getDelayedCalls()), (2, []))

    def test_late_connection(self) -> None:
        """Of two that connect, one has a protocol."""
        racing = self.race("", "")
        self.clock.advance(NEXT_AFTER)
        late = self.addresses["0"].factory
        self.addresses["1"].connected()
        self.successResultOf(racing)
        self.assertIsNone(late.buildProtocol(None))
        self.assertEqual(len(self.built), 1)

    @settings(max_examples=200, deadline=None)
    @given(
        st.lists(st.sampled_from(["", "", "refused", "connected"]), min_size=1, max_size=6),
        st.lists(st.tuples(st.sampled_from(["wait", "connect", "refuse"]), st.integers(0, 5)), max_size=15),
    )
    def test_any_order(self, at_once: list[str], steps: list[tuple[str, int]]) -> None:
        """It ends once, with one protocol or a failure, and leaves nothing behind."""
        self.setUp()
        results: list[object] = []
        racing = self.race(*at_once)
        racing.addBoth(results.append)
        for what, number in steps:
            waiting = [one for one in self.addresses.values() if one.waits]
            if what == "wait":
                self.clock.advance(NEXT_AFTER)
            elif waiting:
                one = waiting[number % len(waiting)]
                one.connected() if what == "connect" else one.refused()
        waiting = [one for one in self.addresses.values() if one.waits]
        if not results:
            self.assertTrue(waiting, "somebody is still asked")
            racing.cancel()
        self.assertEqual(len(results), 1)
        self.assertEqual([one for one in self.addresses.values() if one.waits], [])
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertLessEqual(len(self.built), 1)
        self.assertEqual(isinstance(results[0], Recorder), bool(self.built))


class LackTests(RaceCase):
    """A lack of our own for one of the addresses."""

    def test_excuses_no_node(self) -> None:
        """Nobody listens at one, and of the other's family the machine has no address: the node is down."""
        for order in (("refused", "lack"), ("lack", "refused")):
            self.assertEqual(self.failureResultOf(self.race(*order)).type, ConnectionRefusedError)

    def test_alone(self) -> None:
        failure = self.failureResultOf(self.race("lack", "lack"))
        self.assertIsInstance(connect_failed(failure), LocalFailure)
