"""KeptServerEndpoint: a socket that is given stays as it was, whoever listens on it and stops."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IStreamServerEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from quorumha.endpoints.systemd import KeptServerEndpoint, family_of
from quorumha.net.transport import SocketTransport


class Upper(Protocol):
    """Answers in capitals."""

    transport: Any

    def dataReceived(self, data: bytes) -> None:
        """Twisted calls this."""
        self.factory.transports.add(type(self.transport))  # type: ignore[union-attr]
        self.transport.write(data.upper())


class Uppers(Factory):
    """See L{Upper}.

    @ivar transports: the types of their transports.
    """

    noisy = False
    protocol = Upper

    def __init__(self) -> None:
        self.transports: set[type] = set()


class KeptTests(TestCase):
    """In this process; tests/integration/test_kept_socket.py has two."""

    timeout = 20

    def setUp(self) -> None:
        # Not trial's own folder: a socket's path may be 107 bytes long.
        folder = tempfile.TemporaryDirectory(prefix="quorumha-kept-")
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "s"

    def made(self, family: int) -> socket.socket:
        found = socket.socket(family)
        self.addCleanup(found.close)
        if family == socket.AF_UNIX:
            found.bind(str(self.path))
            self.path.chmod(0o640)
        elif family == socket.AF_INET6:
            found.bind(("::1", 0))
        else:
            found.bind(("127.0.0.1", 0))
        found.listen(5)
        return found

    @staticmethod
    def connected(made: socket.socket) -> socket.socket:
        """A client that the kernel has taken, whether or not somebody listens."""
        client = socket.socket(made.family)
        client.settimeout(5)
        client.connect(made.getsockname())
        client.sendall(b"hello")
        return client

    async def answered(self, client: socket.socket) -> None:
        with client:
            self.assertEqual(await deferToThread(client.recv, 99), b"HELLO")

    async def kept(self, made: socket.socket, bare: bool) -> set[type]:
        """Twice listened on and stopped, with clients before, between and after."""
        factory = Uppers()
        endpoint = KeptServerEndpoint(reactor, made.fileno(), bare=bare)
        waiting = self.connected(made)
        for _ in range(2):
            port = await endpoint.listen(factory)
            await self.answered(waiting)
            await self.answered(self.connected(made))
            await port.stopListening()
            waiting = self.connected(made)
        waiting.close()
        self.assertEqual(family_of(made.fileno()), made.family)
        return factory.transports

    def test_interface(self) -> None:
        made = self.made(socket.AF_INET)
        verifyObject(IStreamServerEndpoint, KeptServerEndpoint(reactor, made.fileno()))

    async def _tcp(self) -> None:
        self.assertEqual(await self.kept(self.made(socket.AF_INET), bare=True), {SocketTransport})

    def test_tcp(self) -> Deferred[None]:
        """Served by the short way; who comes between two listeners waits."""
        return Deferred.fromCoroutine(self._tcp())

    async def _unix(self) -> None:
        made = self.made(socket.AF_UNIX)
        before = os.stat(self.path)
        self.assertEqual(await self.kept(made, bare=True), {SocketTransport})
        after = os.stat(self.path)
        self.assertEqual((after.st_ino, after.st_mode), (before.st_ino, before.st_mode))

    def test_unix(self) -> Deferred[None]:
        """The path stays, with its mode."""
        return Deferred.fromCoroutine(self._unix())

    def test_wrapped(self) -> Deferred[set[type]]:
        """With Twisted's transports, as TLS wants them."""
        return Deferred.fromCoroutine(self.kept(self.made(socket.AF_UNIX), bare=False))

    def test_ipv6(self) -> Deferred[set[type]]:
        """Where the machine has it."""
        try:
            made = self.made(socket.AF_INET6)
        except OSError as error:
            self.skipTest(f"no IPv6: {error}")
        return Deferred.fromCoroutine(self.kept(made, bare=True))
