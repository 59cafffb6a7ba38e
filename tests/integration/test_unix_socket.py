"""Unix sockets on a real file system: who may open them, and who may take whose name."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.endpoints import UNIXClientEndpoint

from bench.processes import LATE
from quorumha.endpoints.socket_file import give_name, remove_stale
from quorumha.endpoints.strings import listening_endpoint, upstream_endpoint
from quorumha.errors import ListenError
from tests.integration.sockets import REACTOR, Caller, SocketCase, Taker

#: Listens at a path and is killed before it can clean up.
KILLED = """\
import os, signal, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
os.kill(os.getpid(), signal.SIGKILL)
"""


class Echoing(Caller):
    """Gives back what it gets."""

    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)
        self.transport.write(data)


class UnixCase(SocketCase):
    def setUp(self) -> None:
        # Short, because a socket's path has to be; and private.
        self.folder = Path(os.path.relpath(self.mktemp()))
        self.folder.mkdir()
        self.path = self.folder / "tm.ipc"
        self.node = Taker(Echoing)
        self.addCleanup(lambda: Deferred.fromCoroutine(self.end_all(self.node)))

    async def serve(self, options: str = "") -> Any:
        return await self.listen(listening_endpoint(REACTOR, f"unix:{self.path}{options}"), self.node)

    async def refused(self) -> str:
        """Listening fails; the reason."""
        try:
            await self.serve()
        except ListenError as error:
            return str(error)
        raise self.failureException("it listens")

    @property
    def mode(self) -> int:
        return stat.S_IMODE(self.path.lstat().st_mode)

    def leave_stale(self) -> None:
        """What a process leaves that is killed."""
        killed = subprocess.run([sys.executable, "-c", KILLED, str(self.path)], check=False, timeout=LATE)
        self.assertEqual(killed.returncode, -9)
        self.assertTrue(stat.S_ISSOCK(self.path.lstat().st_mode))

    def assert_only(self, *names: str) -> None:
        """Nothing else is left in the folder."""
        self.assertEqual(sorted(entry.name for entry in self.folder.iterdir()), sorted(names))

    async def ask(self) -> None:
        """A client gets through."""
        client = await self.dial(upstream_endpoint(REACTOR, f"unix:{self.path}"), Caller)
        client.transport.write(b"hello")
        await client.until_got(b"hello")


class ListeningTests(UnixCase):
    """The name, its mode, and its end."""

    def test_life(self) -> Deferred[None]:
        """The name is the socket itself, private; it goes when the listener stops."""

        async def run() -> None:
            port = await self.serve()
            self.assertTrue(stat.S_ISSOCK(self.path.lstat().st_mode))
            self.assertEqual(self.mode, 0o600)
            self.assert_only("tm.ipc")
            self.assertEqual(port.getHost().name, os.fsencode(self.path))
            await self.ask()
            await maybeDeferred(port.stopListening)
            self.assert_only()

        return Deferred.fromCoroutine(run())

    def test_mode(self) -> Deferred[None]:
        """As asked, whatever the umask, which stays as it is."""

        async def run() -> None:
            before = os.umask(0o077)
            try:
                await self.serve(":mode=666")
            finally:
                self.assertEqual(os.umask(before), 0o077)
            self.assertEqual(self.mode, 0o666)
            await self.ask()

        return Deferred.fromCoroutine(run())

    def test_owner(self) -> Deferred[None]:
        """Names and numbers; here, the ones that anybody may set: one's own."""

        async def run() -> None:
            await self.serve(f":mode=660:user={os.getuid()}:group={os.getgid()}")
            found = self.path.lstat()
            self.assertEqual((found.st_uid, found.st_gid, self.mode), (os.getuid(), os.getgid(), 0o660))

        return Deferred.fromCoroutine(run())

    def test_restart_at_once(self) -> Deferred[None]:
        async def run() -> None:
            for _ in range(3):
                port = await self.serve()
                await self.ask()
                await maybeDeferred(port.stopListening)
            self.assert_only()

        return Deferred.fromCoroutine(run())

    def test_name_taken_over(self) -> Deferred[None]:
        """A name that meanwhile belongs to another socket is not removed."""

        async def run() -> None:
            port = await self.serve()
            self.path.unlink()
            with socket.socket(socket.AF_UNIX) as other:
                other.bind(str(self.path))
                other.listen()
                await maybeDeferred(port.stopListening)
                self.assert_only("tm.ipc")

        return Deferred.fromCoroutine(run())

    def test_folder_gone(self) -> Deferred[None]:
        """The listener still stops when its folder is no more."""

        async def run() -> None:
            port = await self.serve()
            self.path.unlink()
            self.folder.rmdir()
            await maybeDeferred(port.stopListening)

        return Deferred.fromCoroutine(run())


class TakingTests(UnixCase):
    """What stands there already."""

    def test_stale(self) -> Deferred[None]:
        async def run() -> None:
            self.leave_stale()
            await self.serve()
            await self.ask()
            self.assertEqual(self.mode, 0o600)
            self.assert_only("tm.ipc")

        return Deferred.fromCoroutine(run())

    def test_live(self) -> Deferred[None]:
        """A live one is not stolen, and works on."""

        async def run() -> None:
            await self.serve()
            self.assertIn(f"another process listens there (its pid is {os.getpid()})", await self.refused())
            self.assert_only("tm.ipc")
            await self.ask()

        return Deferred.fromCoroutine(run())

    def test_live_with_a_full_backlog(self) -> Deferred[None]:
        """One whose process hangs is live, too."""

        async def run() -> None:
            with socket.socket(socket.AF_UNIX) as hung, socket.socket(socket.AF_UNIX) as waiting:
                hung.bind(str(self.path))
                hung.listen(0)
                waiting.setblocking(False)
                waiting.connect(str(self.path))
                self.assertIn("another process listens there", await self.refused())

        return Deferred.fromCoroutine(run())

    def test_datagram(self) -> Deferred[None]:
        """A socket of another type that somebody holds is somebody's."""

        async def run() -> None:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
                other.bind(str(self.path))
                self.assertIn("another process listens there", await self.refused())

        return Deferred.fromCoroutine(run())

    def test_link_to_a_socket(self) -> Deferred[None]:
        """A symbolic link is refused even where it leads to a stale socket."""

        async def run() -> None:
            self.leave_stale()
            real = self.folder / "real"
            self.path.rename(real)
            self.path.symlink_to("real")
            self.assertIn("symbolic link", await self.refused())
            self.assert_only("real", "tm.ipc")

        return Deferred.fromCoroutine(run())

    def test_folder_not_ours(self) -> Deferred[None]:
        """What the system says is told."""

        async def run() -> None:
            self.path = Path("/proc/tm.ipc")
            self.assertIn("unix socket /proc/tm.ipc: ", await self.refused())

        return Deferred.fromCoroutine(run())

    def test_two_at_once(self) -> Deferred[None]:
        """Another process puts its socket there after we looked: it keeps its name."""

        async def run() -> None:
            await self.serve()
            self.assertRaises(ListenError, remove_stale, str(self.path))
            mine = self.folder / ".mine"
            with socket.socket(socket.AF_UNIX) as late:
                late.bind(str(mine))
                self.assertRaises(ListenError, give_name, str(mine), str(self.path))
            mine.unlink()
            self.assert_only("tm.ipc")
            await self.ask()

        return Deferred.fromCoroutine(run())

    def test_file_appears(self) -> Deferred[None]:
        """So does a file."""

        async def run() -> None:
            self.path.write_text("precious")
            self.assertRaises(ListenError, remove_stale, str(self.path))
            self.assertEqual(self.path.read_text(), "precious")
            self.assert_only("tm.ipc")

        return Deferred.fromCoroutine(run())

    def test_plain_client_endpoint(self) -> Deferred[None]:
        """Any client can dial it."""

        async def run() -> None:
            await self.serve()
            client = await self.dial(UNIXClientEndpoint(REACTOR, str(self.path)), Caller)
            client.transport.write(b"hello")
            await client.until_got(b"hello")

        return Deferred.fromCoroutine(run())
