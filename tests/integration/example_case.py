"""Configurations under the real C{twistd}, in front of simulated nodes on loopback.

The listeners are Unix sockets in a folder of the test's own: nobody else's port can be in
the way, and the socket's being there says that the process is ready.
"""

from __future__ import annotations

import shutil
import signal
import tempfile
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IListeningPort, IProtocolFactory
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from bench.arms import twistd_command
from bench.processes import LATE, Child
from quorumha.testing import SimulatedGoQuorum, SimulatedTessera, TesseraStore
from tests.integration.clients import Answer, ask


class Network:
    """Two Tessera nodes with one store, and two GoQuorum nodes."""

    def __init__(self) -> None:
        self.store = TesseraStore()
        self.tesseras = [SimulatedTessera(reactor, self.store) for _ in range(2)]
        self.quorums = [SimulatedGoQuorum(reactor, vhosts=("*",)) for _ in range(2)]


class ExampleCase(TestCase):
    """Starts one example, and stops everything again."""

    timeout = 2 * LATE

    def setUp(self) -> None:
        # Not trial's own folder: a socket's path may be 107 bytes long.
        self.folder = Path(tempfile.mkdtemp(prefix="quorumha-example-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    async def listen(self, factory: IProtocolFactory) -> IListeningPort:
        """A port on loopback."""
        port: IListeningPort = await serverFromString(reactor, "tcp:0:interface=127.0.0.1").listen(factory)
        self.addCleanup(port.stopListening)
        return port

    async def address(self, factory: IProtocolFactory) -> str:
        """The same; its host and port."""
        return f"127.0.0.1:{(await self.listen(factory)).getHost().port}"

    def socket(self, name: str) -> str:
        """The path of a listener."""
        return str(self.folder / name)

    async def start(
        self, config: Path, listeners: dict[str, str], upstreams: dict[str, str] | None = None
    ) -> Child:
        """Start C{twistd} on a configuration and wait until all listeners take connections.

        @param listeners: variables, and the names of sockets for them.
        @param upstreams: variables, and the upstreams for them.
        """
        sockets = {variable: f"unix:{self.socket(path)}:mode=600" for variable, path in listeners.items()}
        environment = {**sockets, **(upstreams or {})}
        child = Child(twistd_command(config), self.folder / "log", environment)
        self.addCleanup(child.kill)
        for path in listeners.values():
            await deferToThread(child.wait_listening, self.socket(path))
        return child

    async def ask(
        self, listener: str, method: str, target: str, body: bytes = b"", fields: str = ""
    ) -> Answer:
        """One request; it waits in a thread, because the nodes live in this one."""
        answer: Answer = await deferToThread(ask, self.socket(listener), method, target, body, fields)
        return answer

    async def stopped_cleanly(self, child: Child) -> None:
        """It ends by itself when it is asked to, and takes its sockets with it."""
        await deferToThread(child.stop)
        # twistd stops everything, and then lets the signal end it, so that its parent knows.
        self.assertEqual(child.popen.returncode, -signal.SIGTERM, child.said())
        self.assertIn("Server Shut Down.", child.said())
        self.assertEqual([p.name for p in self.folder.iterdir() if p.is_socket()], [])
