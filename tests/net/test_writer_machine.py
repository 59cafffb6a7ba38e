"""Writer under any sequence of steps.

The socket's buffer is small, so the kernel takes now all, now some, now nothing.
"""

from __future__ import annotations

import contextlib
import socket
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)
from twisted.trial.unittest import SynchronousTestCase

from quorumha.net.transport import SocketTransport
from quorumha.net.writer import Writer
from tests.net.turns import Listener, Turns
from tests.nightly import play


class _Machine(RuleBasedStateMachine):
    """The model is what was written before the close.

    No byte is lost, reordered or written after the close; C{queued} is True exactly while bytes
    wait; and C{drained} is called once for each time that it becomes False again.
    """

    def __init__(self) -> None:
        super().__init__()
        self.reactor = Turns()
        self.protocol = Listener()
        ours, self.other = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        ours.setblocking(False)
        self.other.setblocking(False)
        self.transport = self.make(ours)
        self.drained = 0
        self.writer = Writer(self.transport, self.on_drained)
        assert self.writer.spliceable is not None
        self.number = 0
        self.written = b""
        self.got = b""
        self.waits = 0
        self.again = 0
        self.closed = False

    def make(self, ours: socket.socket) -> Any:
        transport = SocketTransport(self.reactor, ours, self.protocol, "")
        transport.begin()
        return transport

    def on_drained(self) -> None:
        assert not self.writer.queued
        assert not self.closed
        self.drained += 1
        if self.again:
            # Whoever waits for this writes at once.
            size, self.again = self.again, 0
            self.put(size)

    def put(self, size: int) -> None:
        self.number += 1
        data = (b"%06d" % self.number) * (size // 6) + b"x" * (size % 6)
        waited = self.writer.queued
        self.writer.write(data)
        if not self.closed:
            self.written += data
            self.waits += self.writer.queued and not waited

    @rule(size=st.sampled_from([0, 1, 100, 3000, 20_000]))
    def write(self, size: int) -> None:
        self.put(size)

    @rule(size=st.sampled_from([1, 5000]))
    def write_when_drained(self, size: int) -> None:
        self.again = size

    @rule(size=st.sampled_from([1, 2000, 1 << 20]))
    def read(self, size: int) -> None:
        with contextlib.suppress(BlockingIOError):
            self.got += self.other.recv(size)

    @rule()
    def turn(self) -> None:
        self.reactor.turn()

    @precondition(lambda self: self.number > 3)
    @rule()
    def close(self) -> None:
        self.writer.close()
        self.closed = True

    @invariant()
    def in_order(self) -> None:
        assert self.written.startswith(self.got)

    @invariant()
    def queued_means_that_bytes_wait(self) -> None:
        if not self.closed:
            assert self.writer.queued == bool(self.reactor.writers)
            assert self.drained == self.waits - self.writer.queued

    def teardown(self) -> None:
        self.again = 0
        before = self.drained
        waited = self.writer.queued and not self.closed
        for _ in range(10_000):
            if not self.reactor.writers and not (self.closed and not self.protocol.lost):
                break
            self.read(1 << 20)
            self.reactor.turn()
        self.read(1 << 20)
        self.read(1 << 20)
        assert self.got == self.written, (len(self.got), len(self.written))
        assert self.drained - before == waited
        if self.closed:
            assert self.protocol.lost == ["ConnectionDone"]
            assert self.other.recv(1) == b""
        self.transport.abortConnection()
        self.reactor.run()
        self.other.close()


class WriterMachineTests(SynchronousTestCase):
    """The machine on a transport of our own."""

    def test_plain(self) -> None:
        play(_Machine, 25, night=500, health_checks=True)
