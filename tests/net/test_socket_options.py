"""What a socket's options do, and what the kernel knows of the other side."""

from __future__ import annotations

import socket

from twisted.trial.unittest import SynchronousTestCase

from quorumha.net.socket_options import (
    KEEP_ALIVE_IDLE,
    KEEP_ALIVE_INTERVAL,
    KEEP_ALIVE_PROBES,
    UNSENT_MOST,
    address_of,
    bytes_taken,
    end_without_reset,
    keep_alive,
    limit_unsent,
)
from tests.net.turns import read_all

BIG = b"x" * 20_000_000


class SocketCase(SynchronousTestCase):
    """Two ends of a connection."""

    def ends(self, tcp: bool = True) -> tuple[socket.socket, socket.socket]:
        if tcp:
            with socket.create_server(("127.0.0.1", 0)) as listening:
                ours = socket.create_connection(listening.getsockname())
                other, _ = listening.accept()
        else:
            ours, other = socket.socketpair()
        for end in (ours, other):
            end.setblocking(False)
            self.addCleanup(end.close)
        return ours, other


class OptionTests(SocketCase):
    """What is asked of the kernel."""

    def test_unsent(self) -> None:
        ours, _ = self.ends()
        limit_unsent(ours)
        self.assertEqual(ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT), UNSENT_MOST)

    def test_keep_alive(self) -> None:
        ours, _ = self.ends()
        keep_alive(ours)
        self.assertTrue(ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
        self.assertEqual(
            [
                ours.getsockopt(socket.IPPROTO_TCP, option)
                for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
            ],
            [KEEP_ALIVE_IDLE, KEEP_ALIVE_INTERVAL, KEEP_ALIVE_PROBES],
        )

    def test_addresses(self) -> None:
        self.assertEqual(address_of(socket.AF_INET6, ("::1", 5, 0, 0)).host, "::1")  # type: ignore[union-attr]
        self.assertIsNone(address_of(socket.AF_UNIX, "").name)  # type: ignore[union-attr]


class TakenTests(SocketCase):
    """Who takes bytes, and who does not, is known before there is room for more."""

    def taken(self, tcp: bool) -> None:
        ours, other = self.ends(tcp)
        ours.send(BIG)
        first = bytes_taken(ours)
        assert first is not None
        self.assertEqual(bytes_taken(ours), first, "nobody read")
        while not read_all(other):
            """The kernel has it."""
        now = bytes_taken(ours)
        assert now is not None
        self.assertGreater(now, first)

    def test_tcp(self) -> None:
        self.taken(tcp=True)

    def test_unix(self) -> None:
        self.taken(tcp=False)

    def test_closed(self) -> None:
        """Nobody knows."""
        ours, _ = self.ends()
        ours.close()
        self.assertIsNone(bytes_taken(ours))


class EndTests(SocketCase):
    """What was sent arrives, though bytes of the other side were never read."""

    def test_unread_bytes(self) -> None:
        ours, other = self.ends()
        other.send(b"never read")
        ours.send(b"arrives")
        end_without_reset(ours)
        ours.close()
        other.setblocking(True)
        self.assertEqual(read_all(other), b"arrives")

    def test_gone(self) -> None:
        ours, other = self.ends()
        other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        other.close()
        end_without_reset(ours)
