"""Tests for L{quorumha.config.upstreams}."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.endpoints import clientFromString
from twisted.internet.testing import MemoryReactor
from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.upstreams import read_target


class TargetTests(SynchronousTestCase):
    """What is written for an upstream."""

    def test_urls(self) -> None:
        """URLs become endpoint strings, names and authorities."""
        for written, endpoint, name, authority, tls in [
            ("http://10.0.0.1:9101", "tcp:host=10.0.0.1:port=9101", "10.0.0.1:9101", "10.0.0.1:9101", False),
            (
                "https://node.example:9101/",
                "tcp:host=node.example:port=9101",
                "node.example:9101",
                "node.example:9101",
                True,
            ),
            ("http://h", "tcp:host=h:port=80", "h:80", "h", False),
            ("https://h", "tcp:host=h:port=443", "h:443", "h", True),
            ("http://[::1]:85", "tcp:host=\\:\\:1:port=85", "[::1]:85", "[::1]:85", False),
            ("http://node_1:85", "tcp:host=node_1:port=85", "node_1:85", "node_1:85", False),
            (
                "http://bücher.example:1",
                "tcp:host=xn--bcher-kva.example:port=1",
                "xn--bcher-kva.example:1",
                "xn--bcher-kva.example:1",
                False,
            ),
            ("HTTP://h:1", "tcp:host=h:port=1", "h:1", "h:1", False),
        ]:
            found = read_target(written)
            self.assertEqual(
                (found.endpoint, found.name, found.authority, found.tls),
                (endpoint, name, authority, tls),
                written,
            )

    def test_endpoints(self) -> None:
        """Endpoint strings stay as they are, and name their host, port or path."""
        for written, name, authority in [
            ("tcp:10.0.0.21:22000", "10.0.0.21:22000", "10.0.0.21:22000"),
            ("tcp:host=a:port=80", "a:80", "a"),
            ("tcp:a:8545:bindAddress=10.0.0.9", "a:8545", "a:8545"),
            ("unix:/run/node.ipc", "/run/node.ipc", "localhost"),
            ("unix:path=/run/node.ipc", "/run/node.ipc", "localhost"),
            ("tls:node.example:443", "node.example:443", "node.example"),
        ]:
            found = read_target(written)
            self.assertEqual((found.endpoint, found.name, found.authority), (written, name, authority))
            assert found.address is not None
            self.assertEqual(found.address.brings_tls, written.startswith("tls:"))
            self.assertFalse(found.tls)

    def test_ipv6(self) -> None:
        """IPv6 in brackets becomes what Twisted can dial."""
        found = read_target("tcp:[2001:db8::1]:8545:timeout=3")
        self.assertEqual(found.name, "[2001:db8::1]:8545")
        reactor = MemoryReactor()
        clientFromString(reactor, found.endpoint).connect(None)  # type: ignore[arg-type]
        self.assertEqual(reactor.tcpClients[0][:2], ("2001:db8::1", 8545))

    def test_refused(self) -> None:
        """What cannot be dialled is refused with a reason."""
        for written, told in [
            ("http://h:1/path", "a path in an upstream's URL is never used"),
            ("http://h:1?a=b", "a query or fragment"),
            ("http://h:1#x", "a query or fragment"),
            ("http://u:p@h:1", "a user or password"),
            ("htp://h:1", "did you mean 'http'"),
            ("http://", "names no host"),
            ("http://h:0", "0 is no port"),
            ("http://h:70000", "70000 is no port"),
            ("http://h:x", "is not a URL"),
            ("postgresql://h:5432", "is not http or https; what speaks no HTTP, a database for one, is tcp:"),
            ("://h", "."),
            ("http://a%20b:1", "the host is no name"),
            ("http://\u200d\u0301:1", "the host is no name"),
            ("10.0.0.1:9101", "did you mean 'tcp:10.0.0.1:9101'"),
            ("[::1]:1", "did you mean 'tcp:"),
            ("tessera-1:9101", "lacks a kind; did you mean 'tcp:tessera-1:9101'"),
            ("tessera-1", "'tessera-1' has no port; write 'tcp:tessera-1:PORT'"),
            ("10.0.0.1", "'10.0.0.1' has no port; write 'tcp:10.0.0.1:PORT'"),
            ("10.0.0.1:x", "has no port; write 'tcp:10.0.0.1:PORT'"),
            ("9101", "lacks a host; did you mean 'tcp:HOST:9101'"),
            ("/run/x", "did you mean 'unix:/run/x'"),
            ("tpc:h:1", "did you mean 'tcp'"),
            ("tcp:h", "it lacks .*port"),
            ("tcp:h:x", "a number stands where none can be read"),
            ("tcp:h:1:prot=1", "it takes no 'prot'; did you mean 'port'"),
            ("tcp:h:1:2:3", "."),
            ("tcp::80", "names no host"),
            ("tcp:h:0", "0 is no port"),
            ("tcp:h:99999", "99999 is no port"),
            ("tcp:h:-1", "-1 is no port"),
            ("unix:@name", "abstract"),
            ("unix:\0name", "abstract"),
            ("unix:path=@name", "abstract"),
            ("unix:", "needs a path"),
            ("unix:/" + "x" * 107, "107 bytes"),
            ("tcp:h:1\\", "."),
            ("", "."),
            ("\\", "."),
            ("=", "."),
            (":", "."),
            ("stdio:", "no kind"),
        ]:
            with self.assertRaisesRegex(ValueError, told, msg=written):
                read_target(written)

    @settings(deadline=None)
    @given(st.one_of(st.text(), st.text(alphabet="tcpunix:/=\\[]@0189.htlsg?#")))
    def test_total(self, written: str) -> None:
        """Any text is an upstream or a ValueError, and what passes can be dialled."""
        try:
            found = read_target(written)
        except ValueError:
            return
        clientFromString(MemoryReactor(), found.endpoint)
