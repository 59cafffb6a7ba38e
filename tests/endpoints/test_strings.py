"""Endpoint strings: what they become, and what is said of those that cannot be used."""

from __future__ import annotations

import errno
import os

from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.model import ClientTLS
from quorumha.endpoints.strings import listening_endpoint, upstream_endpoint
from quorumha.errors import ConfigError, ListenError
from tests.endpoints.papers import Papers


class Full(MemoryReactorClock):
    """A reactor on a machine that gives no port."""

    number = errno.EADDRINUSE

    def listenTCP(self, port, factory, backlog=50, interface=""):
        raise CannotListenError(interface, port, OSError(self.number, os.strerror(self.number)))


class ListeningTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.reactor = MemoryReactorClock()
        self.papers = Papers(self.mktemp())

    def problem(self, text: str) -> str:
        (problem,) = self.assertRaises(ConfigError, listening_endpoint, self.reactor, text).problems
        self.assertTrue(problem.startswith(f"{text}: "), problem)
        return problem.removeprefix(f"{text}: ")

    def listen(self, text: str) -> None:
        endpoint = listening_endpoint(self.reactor, text)
        self.assertEqual(repr(endpoint), f"<listen at {text}>")
        self.successResultOf(endpoint.listen(Factory()))

    def test_tcp(self) -> None:
        """Many may wait, unless the string says how many."""
        self.listen("tcp:22000")
        self.listen("tcp:22000:interface=127.0.0.1")
        self.listen("tcp:22000:127.0.0.1:7")
        self.listen("tcp:22000:backlog=9")
        self.assertEqual(
            [s[2:4] for s in self.reactor.tcpServers],
            [(1024, ""), (1024, "127.0.0.1"), (7, "127.0.0.1"), (9, "")],
        )

    def test_bad_strings(self) -> None:
        for text in ("tcp", "tcp:x", "nonsense:1", "", "22000"):
            self.assertRegex(self.problem(text), "is no endpoint|is no kind of endpoint|lacks a kind")

    def test_bad_unix_strings(self) -> None:
        for text, words in [
            ("unix", "needs a path"),
            ("unix:/run/tm.ipc:mode=rw", "the mode is not octal"),
            ("unix:/run/tm.ipc:mode=4755", "the mode is not octal"),
            ("unix:/run/tm.ipc:mode=-1", "the mode is not octal"),
            ("unix:/run/tm.ipc:user=nobody-of-that-name", "no user or group"),
            ("unix:/run/tm.ipc:group=no-such-group", "no user or group"),
            ("unix:/run/tm.ipc:lockfile=1", "no lock file"),
            ("unix:/run/tm.ipc:wantPID=1", "no lock file"),
            ("unix:/run/tm.ipc:colour=red", "takes no 'colour'"),
            ("unix:/run/tm.ipc:backlog=many", "a number stands where none can be read"),
            ("unix:@tm", "abstract"),
            ("unix:/" + "x" * 200, "at most 107 bytes"),
        ]:
            self.assertIn(words, self.problem(text))

    def test_unix_owner(self) -> None:
        """Names and numbers of users and groups."""
        for text in ("unix:/run/tm.ipc:660:user=root:group=0", "unix:address=/run/tm.ipc:owner=0"):
            listening_endpoint(self.reactor, text)

    def test_systemd(self) -> None:
        """Nobody gave this process a socket; test_systemd.py has the rest."""
        for text in ("systemd:domain=UNIX:index=0", "haproxy:systemd:domain=INET:name=p2p"):
            self.assertIn("gave this process no socket", self.problem(text))

    def test_wide_open(self) -> None:
        """Twisted makes such a socket with the mode 0666."""
        self.assertIn("every user", self.problem("haproxy:unix:/run/tm.ipc"))

    def test_port_taken(self) -> None:
        for number, words in [
            (errno.EADDRINUSE, "another process listens there"),
            (errno.EACCES, "ports below 1024"),
            (errno.EADDRNOTAVAIL, "no such address"),
            (errno.ENOBUFS, os.strerror(errno.ENOBUFS)),
        ]:
            reactor = Full()
            reactor.number = number
            endpoint = listening_endpoint(reactor, "tcp:22000")
            error = self.failureResultOf(endpoint.listen(Factory()), ListenError).value
            self.assertTrue(str(error).startswith("tcp:22000: "), error)
            self.assertIn(words, str(error))

    def test_unix_error_passes(self) -> None:
        missing = f"{self.mktemp()}/tm.ipc"
        endpoint = listening_endpoint(self.reactor, f"unix:{missing}")
        error = self.failureResultOf(endpoint.listen(Factory()), ListenError).value
        self.assertIn("does not exist", str(error))

    def test_tls(self) -> None:
        """Wrapped around whatever the string says."""
        endpoint = listening_endpoint(self.reactor, "tcp:443", self.papers.server())
        factory = Factory()
        self.successResultOf(endpoint.listen(factory))
        self.assertIsNot(self.reactor.tcpServers[0][1], factory)


class UpstreamTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.reactor = MemoryReactorClock()
        self.papers = Papers(self.mktemp())

    def problem(self, text: str, tls: ClientTLS | None = None) -> str:
        (problem,) = self.assertRaises(ConfigError, upstream_endpoint, self.reactor, text, tls).problems
        self.assertTrue(problem.startswith(f"{text}: "), problem)
        return problem.removeprefix(f"{text}: ")

    def test_addresses_need_no_resolver(self) -> None:
        """An IP address is dialled at once."""
        for text in ("tcp:10.0.0.11:9101", "tcp:host=10.0.0.11:port=9101", r"tcp:fd00\:\:1:9101"):
            upstream_endpoint(self.reactor, text).connect(Factory())
        self.assertEqual(
            [c[:2] for c in self.reactor.tcpClients],
            [("10.0.0.11", 9101), ("10.0.0.11", 9101), ("fd00::1", 9101)],
        )

    def test_other_kinds(self) -> None:
        """Names and options go to Twisted's own endpoints."""
        for text in ("tcp:node.example:9101", "tcp:10.0.0.11:9101:timeout=3", "unix:/run/tm.ipc"):
            upstream_endpoint(self.reactor, text)

    def test_bad_strings(self) -> None:
        for text in ("tcp:a", "tcp:a:x", "nonsense:1", "", "a:9101"):
            self.assertRegex(self.problem(text), "is no endpoint|is no kind of endpoint|lacks a kind")

    def test_unchecked_tls(self) -> None:
        """C{ssl:} without a name would take anybody's certificate."""
        self.assertIn("any certificate", self.problem("ssl:node.example:443"))
        upstream_endpoint(self.reactor, "ssl:node.example:443:hostname=node.example")
        upstream_endpoint(self.reactor, "tls:node.example:443")

    def test_tls_name(self) -> None:
        """The host that is dialled is the name, unless another is given; a path is none."""
        upstream_endpoint(self.reactor, "tcp:10.0.0.11:9101", ClientTLS(self.papers.ca))
        upstream_endpoint(self.reactor, "unix:/run/tm.ipc", self.papers.client("node.example"))
        self.assertIn("name to check", self.problem("unix:/run/tm.ipc", ClientTLS(self.papers.ca)))
