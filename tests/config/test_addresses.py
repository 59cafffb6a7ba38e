"""Tests for L{quorumha.config.addresses}."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.endpoints import serverFromString
from twisted.internet.testing import MemoryReactor
from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.addresses import read_client, read_server


class AddressTests(SynchronousTestCase):
    """What endpoint strings lead to."""

    def test_servers(self) -> None:
        """Listening strings of every kind."""
        for written, host, port, path in [
            ("tcp:22000", "", 22000, None),
            ("tcp:0:interface=127.0.0.1", "127.0.0.1", 0, None),
            ("tcp6:80", "::", 80, None),
            ("unix:/run/a:mode=600", None, None, "/run/a"),
            ("unix:/run/a:mode=660:user=quorum:group=quorum:backlog=9", None, None, "/run/a"),
            ("haproxy:tcp:8080", "", 8080, None),
            ("systemd:domain=INET:name=rpc", None, None, None),
            ("systemd:index=0:domain=UNIX", None, None, None),
            ("haproxy:systemd:domain=INET6:name=rpc", None, None, None),
        ]:
            found = read_server(written)
            self.assertEqual((found.host, found.port, found.path), (host, port, path), written)

    def test_servers_refused(self) -> None:
        """Listening strings that nobody can read."""
        for written, told in [
            ("22000", "did you mean 'tcp:22000'"),
            ("9081:interface=127.0.0.1", "did you mean 'tcp:9081:interface=127.0.0.1'"),
            ("tcp:127.0.0.1:80", "did you mean 'tcp:80:interface=127.0.0.1'"),
            ("tcp:localhost:80", "a number stands where none"),
            ("localhost:80", "lacks a kind; did you mean 'tcp:80:interface=localhost'"),
            ("10.0.0.1", "'10.0.0.1' has no port; write 'tcp:PORT:interface=10.0.0.1'"),
            ("127.0.0.1:80", "did you mean 'tcp:80:interface=127.0.0.1'"),
            ("/run/a", "did you mean 'unix:/run/a'"),
            ("unix:@a", "abstract"),
            ("unix:/a:mode=9", "not octal"),
            ("stdio:", "nothing to listen on"),
            ("systemd:domain=INET", "is no endpoint"),
            ("systemd:domain=INET:name=", "is no endpoint"),
            ("systemd:domain=INET:name=a:index=0", "is no endpoint"),
            ("haproxy:systemd:INET:name=a", "is no endpoint: write systemd:domain=INET:name=NAME"),
            ("systemd:domain=TCP:name=a", "one of INET, INET6, UNIX"),
            ("systemd:domain=INET:index=one", "'one' is no index"),
            ("tcp:", "."),
            ("tcp:70000", "70000 is no port"),
            ("tcp:1:interfac=::1", "did you mean 'interface'"),
            ("ssl:443:privateKey=/nowhere.pem", "/nowhere.pem: No such file"),
            ("haproxy:tpc:1", "."),
        ]:
            with self.assertRaisesRegex(ValueError, told, msg=written):
                read_server(written)

    def test_clients_with_a_user(self) -> None:
        """No host has an at sign: what stands before it is a secret, and told to nobody."""
        for written in ("tcp:u\\:s3cr3t@h:1", "tcp:host=u\\:s3cr3t@h:port=1"):
            with self.assertRaisesRegex(ValueError, "a user or password is never sent") as caught:
                read_client(written)
            self.assertNotIn("s3cr3t", str(caught.exception))

    def test_hostname_of_a_tls_client(self) -> None:
        """The name that a tls: endpoint would look up."""
        found = read_client("tls:node.example:8443")
        self.assertEqual((found.host, found.port), ("node.example", 8443))

    @settings(deadline=None)
    @given(st.one_of(st.text(), st.text(alphabet="tcpunix6:/=\\[]@0189.hmode")))
    def test_total(self, written: str) -> None:
        """Any text is an address or a ValueError, and what passes can be made."""
        try:
            read_server(written)
        except ValueError:
            return
        if not any(f"{word}=" in written for word in ("user", "group", "owner")):
            serverFromString(MemoryReactor(), written)
