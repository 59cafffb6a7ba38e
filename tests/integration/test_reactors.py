"""Plain sockets on each of Twisted's reactors, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

from bench.processes import LATE, ROOT

_SCRIPT = """
import importlib, socket, sys
importlib.import_module("twisted.internet." + sys.argv[1]).install()
from twisted.internet import reactor
from twisted.internet.protocol import Factory, Protocol
from quorumha.net.accept import SocketServerEndpoint
from quorumha.net.connect import SocketClientEndpoint
SIZE = 5_000_000

ended = []

def end(which):
    ended.append(which)
    if len(ended) == 2:
        reactor.callLater(0, last)

def last():
    left = [one for one in reactor.getReaders() if type(one).__module__.startswith("quorumha")]
    print(sorted(ended), left)
    reactor.stop()

class Echo(Protocol):
    def dataReceived(self, data):
        self.transport.write(data)
    def connectionLost(self, reason):
        end("echo " + reason.type.__name__)

class Client(Protocol):
    got = 0
    def connectionMade(self):
        self.transport.write(bytes(SIZE))
    def dataReceived(self, data):
        self.got += len(data)
        if self.got == SIZE:
            self.transport.loseConnection()
    def connectionLost(self, reason):
        end("client " + reason.type.__name__)

def begin(port):
    address = ("127.0.0.1", port.getHost().port)
    factory = Factory.forProtocol(Client)
    factory.noisy = False
    SocketClientEndpoint(reactor, socket.AF_INET, address).connect(factory)

echo = Factory.forProtocol(Echo)
echo.noisy = False
SocketServerEndpoint(reactor, 0, 10, "127.0.0.1").listen(echo).addCallback(begin)
reactor.run()
"""


class Reactors(SynchronousTestCase):
    """Five megabytes there and back, and nothing of ours left in the reactor."""

    def echoed(self, reactor: str) -> None:
        done = subprocess.run(
            [sys.executable, "-c", _SCRIPT, reactor],
            capture_output=True,
            text=True,
            timeout=LATE,
            check=False,
            cwd=ROOT,
        )
        self.assertEqual(
            (done.stdout, done.stderr), ("['client ConnectionDone', 'echo ConnectionDone'] []\n", "")
        )

    def test_epoll(self) -> None:
        self.echoed("epollreactor")

    def test_poll(self) -> None:
        self.echoed("pollreactor")

    def test_select(self) -> None:
        self.echoed("selectreactor")

    def test_asyncio(self) -> None:
        self.echoed("asyncioreactor")
