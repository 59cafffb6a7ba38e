"""An epoll of our own, and any order of what may happen to what it watches."""

from __future__ import annotations

import select
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)
from twisted.trial.unittest import SynchronousTestCase

from quorumha.net.poller import Poller
from tests.net.turns import Turns
from tests.net.watched import Watched
from tests.nightly import play

if not hasattr(select, "epoll"):
    __test__ = False

NUMBERS = st.integers(0, 5)


class _Machine(RuleBasedStateMachine):
    """Sockets that come and go, also in the middle of a batch, with numbers that are used again.

    The model: who reads, who writes, whose other end has said something.  Nobody is told of what he did not
    ask for, or of what is not so; everybody who is ready is told.
    """

    def __init__(self) -> None:
        super().__init__()
        self.reactor = Turns()
        self.poller = Poller(self.reactor)
        self.all: list[Watched] = []
        self.reads: set[Watched] = set()
        self.writes: set[Watched] = set()
        self.paused: set[Watched] = set()
        self.spoken: set[Watched] = set()
        self.left: set[Watched] = set()
        self.touched: set[Watched] = set()

    def pick(self, number: int) -> Watched:
        return self.all[number % len(self.all)]

    @rule()
    def open(self) -> None:
        self.all.append(Watched(self.poller))

    @precondition(lambda self: self.all)
    @rule(number=NUMBERS)
    def close(self, number: int) -> None:
        one = self.pick(number)
        self.forget(one)
        one.close()

    def forget(self, one: Watched) -> None:
        self.all.remove(one)
        for group in (self.reads, self.writes, self.paused, self.spoken, self.left):
            group.discard(one)

    @precondition(lambda self: self.all)
    @rule(
        number=NUMBERS,
        what=st.sampled_from(["addReader", "pauseReader", "removeReader", "addWriter", "removeWriter"]),
    )
    def ask(self, number: int, what: str) -> None:
        one = self.pick(number)
        getattr(self.poller, what)(one)
        group = self.reads if "Reader" in what else self.writes
        (group.add if what.startswith("add") else group.discard)(one)
        if "Reader" in what:
            (self.paused.add if what.startswith("pause") else self.paused.discard)(one)
        self.touched.add(one)

    @precondition(lambda self: self.all)
    @rule(number=NUMBERS)
    def speak(self, number: int) -> None:
        one = self.pick(number)
        if one not in self.spoken and one not in self.left:
            one.other.send(b"x")
            self.spoken.add(one)

    @precondition(lambda self: self.all)
    @rule(number=NUMBERS)
    def leave(self, number: int) -> None:
        one = self.pick(number)
        one.other.close()
        self.left.add(one)

    @rule(
        plans=st.lists(
            st.tuples(NUMBERS, st.sampled_from(["close", "swap", "stop", "pause"]), NUMBERS), max_size=4
        )
    )
    def turn(self, plans: list[tuple[int, str, int]]) -> None:
        """Serve a batch, in which some do something to others."""
        self.touched = set()
        for number, what, target in plans:
            if self.all:
                one, other = self.pick(number), self.pick(target)
                one.then = lambda one=one, other=other, what=what: self.meddle(one, other, what)
        before = list(self.all)
        expected = {
            one: [
                word
                for word, so in (
                    ("read", one in self.reads and one in self.spoken),
                    ("end", one in self.reads and one in self.left and one not in self.spoken),
                    ("write", one in self.writes and one not in self.left),
                )
                if so
            ]
            for one in before
        }
        for one in before:
            one.told = []
        self.poller.doRead()
        for one in before:
            one.then = lambda: None
            calls = [word for word in one.told if word in ("read", "end", "write")]
            lost = [word for word in one.told if word not in calls]
            assert len(lost) <= 1
            if lost:
                assert one in self.left, "only what has ended is lost"
                if one in self.all:
                    self.forget(one)
            elif one not in self.touched and one in self.all and one not in self.left:
                assert calls == expected[one], (calls, expected[one])
            else:
                assert set(calls) <= {*expected[one], "read", "end", "write"}
            if "read" in calls:
                self.spoken.discard(one)
            if one in self.paused and self.poller._paused.get(one.fd) is not one:
                assert one in self.left and one in self.spoken, "only what has ended behind bytes is let be"
                self.paused.discard(one)
            elif one in self.paused:
                assert one not in self.left or one in self.touched, "the end of who is paused is told"
        for one in set(self.all) - set(before):
            assert one.told == [], "old news of the number reached the new socket"

    def meddle(self, one: Watched, other: Watched, what: str) -> Any:
        one.then = lambda: None
        if other not in self.all or "ConnectionDone" in other.told or "ConnectionLost" in other.told:
            return
        if what in ("stop", "pause"):
            (self.poller.removeReader if what == "stop" else self.poller.pauseReader)(other)
            self.reads.discard(other)
            (self.paused.discard if what == "stop" else self.paused.add)(other)
            self.touched.add(other)
            return
        number = other.fileno()
        self.forget(other)
        other.close()
        if what == "swap":
            new = Watched(self.poller, number)
            self.all.append(new)
            self.poller.addReader(new)
            self.poller.addWriter(new)
            self.reads.add(new)
            self.writes.add(new)

    @invariant()
    def in_the_reactor_while_there_is_anyone(self) -> None:
        assert self.poller.watched() == self.reads | self.writes
        everyone = self.reads | self.writes | self.paused
        assert set(self.poller._masks) == {one.fd for one in everyone}
        assert self.reactor.readers == ({self.poller} if everyone else set())

    def teardown(self) -> None:
        for one in self.all:
            one.close()


class PollerMachineTests(SynchronousTestCase):
    """See L{_Machine}."""

    def test_any_order(self) -> None:
        play(_Machine, 150, steps=40, health_checks=True)
