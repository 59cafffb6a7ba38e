"""Which of systemd's sockets is meant, and what is said when it is not there."""

from __future__ import annotations

import os
import socket

from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.addresses import read_server
from quorumha.endpoints.systemd import Given, given_sockets, systemd_endpoint


class SystemdTests(SynchronousTestCase):
    """Sockets made here stand for those that systemd makes."""

    def setUp(self) -> None:
        self.one = self.made(socket.AF_INET)
        self.two = self.made(socket.AF_INET)
        self.given = [Given("p2p", self.one.fileno()), Given("rpc", self.two.fileno())]

    def made(self, family: int, kind: int = socket.SOCK_STREAM, listens: bool = True) -> socket.socket:
        """A socket, listening at an address of the kernel's choice."""
        found = socket.socket(family, kind)
        self.addCleanup(found.close)
        if listens:
            found.listen()
        return found

    def chosen(self, text: str) -> str:
        return repr(systemd_endpoint(MemoryReactorClock(), read_server(text), self.given, bare=True))

    def problem(self, text: str, *given: Given) -> str:
        def listening() -> object:
            return systemd_endpoint(MemoryReactorClock(), read_server(text), given or self.given, bare=True)

        return str(self.assertRaises(ValueError, listening))

    def test_name_and_index(self) -> None:
        for text, wanted in [
            ("systemd:domain=INET:name=p2p", self.one),
            ("systemd:name=rpc:domain=INET", self.two),
            ("systemd:domain=INET:index=1", self.two),
        ]:
            self.assertEqual(self.chosen(text), f"<listen on descriptor {wanted.fileno()}>")

    def test_other_names(self) -> None:
        """The names that there are help to find the mistake."""
        for text in ("systemd:domain=INET:name=p2", "systemd:domain=INET:index=2"):
            self.assertIn("no such socket, but: p2p, rpc.", self.problem(text))

    def test_one_name_twice(self) -> None:
        """A unit with two ListenStream= gives both one name; Twisted would take the last."""
        twice = [Given("p2p", self.one.fileno()), Given("p2p", self.two.fileno())]
        self.assertIn("gave 2 sockets named 'p2p'", self.problem("systemd:domain=INET:name=p2p", *twice))

    def test_without_systemd(self) -> None:
        """As in this process."""
        self.assertEqual(given_sockets(), [])
        text = "systemd:domain=INET:name=p2p"
        error = self.assertRaises(
            ValueError, systemd_endpoint, MemoryReactorClock(), read_server(text), [], bare=True
        )
        self.assertIn("gave this process no socket", str(error))
        self.assertIn("write tcp:PORT", str(error))

    def test_bad_strings(self) -> None:
        for text, words in [
            ("systemd:domain=INET", "write systemd:domain=INET:name=NAME"),
            ("systemd:domain=INET:name=p2p:index=0", "write systemd:domain=INET:name=NAME"),
            ("systemd:domain=INET:name=p2p:mode=660", "write systemd:domain=INET:name=NAME"),
            ("systemd:INET:name=p2p", "write systemd:domain=INET:name=NAME"),
            ("systemd:name=p2p", "write systemd:domain=INET:name=NAME"),
            ("systemd:domain=TCP:name=p2p", "INET, INET6, UNIX"),
            ("systemd:domain=INET:index=-1", "'-1' is no index"),
        ]:
            self.assertIn(words, self.problem(text))

    def test_other_kinds(self) -> None:
        """What an operator would have to change in the unit or in the configuration."""
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        self.addCleanup(os.close, writing)
        for descriptor, words in [
            (self.made(socket.AF_INET6).fileno(), "ListenStream=0.0.0.0:PORT"),
            (self.made(socket.AF_UNIX, listens=False).fileno(), "Accept=no"),
            (self.made(socket.AF_INET, socket.SOCK_DGRAM, listens=False).fileno(), "ListenStream="),
            (reading, "it is no socket"),
        ]:
            self.assertIn(words, self.problem("systemd:domain=INET:name=x", Given("x", descriptor)))
        path = self.mktemp()
        listening = self.made(socket.AF_UNIX, listens=False)
        listening.bind(path)
        listening.listen()
        told = self.problem("systemd:domain=INET:index=0", Given("x", listening.fileno()))
        self.assertIn("write domain=UNIX", told)
