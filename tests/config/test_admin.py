"""Tests for L{quorumha.config.admin}."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import parse_config
from quorumha.config.addresses import read_server
from quorumha.config.admin import is_loopback, is_unix, read_token
from quorumha.config.model import AdminConfig
from tests.config.told import LISTENER, POOL, ToldTestCase, problems_of

TOKEN = "a-token-of-24-characters"


class AdminTests(ToldTestCase):
    """C{[admin]}."""

    def admin(self, text: str) -> str:
        """A configuration with these keys of the table, which begins at line 7."""
        return POOL + LISTENER + "[admin]\n" + text

    def token(self, text: str = TOKEN, mode: int = 0o600) -> str:
        """The name of a token file."""
        path = Path(self.mktemp())
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return str(path)

    def test_none(self) -> None:
        """Without the table there is no admin."""
        self.assertIsNone(parse_config(POOL + LISTENER, "q.toml", {}).admin)

    def test_one(self) -> None:
        """One address, as text alone; everything else as it is unless given."""
        found = parse_config(self.admin('listen = "unix:/run/q.sock:mode=660"'), "q.toml", {})
        self.assertEqual(found.admin, AdminConfig(("unix:/run/q.sock:mode=660",)))
        self.assertEqual(found.warnings, ())
        assert found.admin is not None
        self.assertEqual([one and one.path for one in found.admin.addresses], ["/run/q.sock"])

    def test_all(self) -> None:
        """Every key but tls; the token itself is not in it."""
        name = self.token()
        text = (
            'listen = ["unix:/run/q.sock", "tcp:9900:interface=127.0.0.1"]\nprobes = "tcp:9901"\n'
            f'token_file = "{name}"\nhosts = ["Node.example", "[::1]"]\nmetrics = false\n'
        )
        found = parse_config(self.admin(text), "q.toml", {}).admin
        listen = ("unix:/run/q.sock", "tcp:9900:interface=127.0.0.1")
        self.assertEqual(
            found, AdminConfig(listen, "tcp:9901", name, ("node.example", "[::1]"), metrics=False)
        )
        self.assertNotIn(TOKEN, repr(found))

    def test_loopback(self) -> None:
        """What only this machine reaches needs no token."""
        for listen in (
            "tcp:1:interface=127.0.0.2",
            "tcp6:1:interface=\\\\:\\\\:1",
            "tcp:1:interface=localhost",
        ):
            self.check(self.admin(f'listen = "{listen}"'))

    def test_elsewhere(self) -> None:
        """What other machines reach needs TLS and a token; each address is named at its place."""
        lacks = "can be reached from other machines, and lacks `tls` and `token_file`"
        self.check(self.admin('listen = "tcp:9900"'), f"q.toml:7:1 admin.listen: 'tcp:9900' {lacks}")
        text = (
            'listen = ["unix:/q", "tcp:9900:interface=10.0.0.1", "tcp6:9900", "systemd:domain=INET:name=a"]'
        )
        self.check(
            self.admin(text),
            f"q.toml:7:22 admin.listen[1]: 'tcp:9900:interface=10.0.0.1' {lacks}",
            f"q.toml:7:53 admin.listen[2]: 'tcp6:9900' {lacks}",
            f"q.toml:7:66 admin.listen[3]: 'systemd:domain=INET:name=a' {lacks}",
        )
        one = f'listen = "tcp:9900"\ntoken_file = "{self.token()}"'
        self.check(
            self.admin(one),
            "q.toml:7:1 admin.listen: 'tcp:9900' can be reached from other machines, and lacks `tls`;",
        )

    def test_tls(self) -> None:
        """Its files are looked at, as a listener's."""
        self.check(
            self.admin('listen = "unix:/q"\ntls = { cert = "/nowhere", key = "/nowhere" }'),
            "q.toml:8:9 admin.tls.cert: '/nowhere' cannot be read",
            "q.toml:8:28 admin.tls.key: '/nowhere' cannot be read",
        )

    def test_kinds(self) -> None:
        """What brings TLS or the PROXY protocol, or cannot be read, is refused."""
        takes = "the admin takes tcp, tcp6, unix, systemd, with `tls` beside it"
        for listen in ("haproxy:tcp:1", "ssl:1:privateKey=a:certKey=b", "tls:1:privateKey=a"):
            found = self.admin(f'listen = "{listen}"')
            with self.subTest(listen):
                self.assertIn("admin.listen", "".join(problems_of(found)))
        self.check(
            self.admin('listen = "haproxy:tcp:1"'), f"q.toml:7:1 admin.listen: 'haproxy:tcp:1': {takes}"
        )
        self.check(self.admin('listen = "9900"'), "q.toml:7:1 admin.listen: '9900' lacks a kind")

    def test_lacking(self) -> None:
        """C{listen} must be there, and hold something."""
        self.check(self.admin(""), "q.toml:6:2 admin: lacks `listen`")
        self.check(self.admin("listen = []"), "q.toml:7:1 admin.listen: is empty")
        self.check(self.admin("listen = 1"), "q.toml:7:1 admin.listen: must be text in quotes, not a number")
        self.check("admin = 1\n" + POOL + LISTENER, "q.toml:1:1 admin: must be a table, not a number")

    def test_unknown(self) -> None:
        """A slip of the pen gets the nearest key; a key of the table elsewhere is told where it belongs."""
        self.check(
            self.admin('listen = "unix:/q"\nprobe = "tcp:1"'),
            "q.toml:8:1 admin.probe: unknown key; did you mean 'probes'?",
        )
        self.check(
            'token_file = "x"\n' + POOL + LISTENER,
            "q.toml:1:1 token_file: unknown key; it belongs in [admin]",
        )

    def test_probes(self) -> None:
        """Any TCP address, but no unix socket."""
        self.check(self.admin('listen = "unix:/q"\nprobes = "tcp:1"'))
        self.check(
            self.admin('listen = "unix:/q"\nprobes = "unix:/p"'),
            "q.toml:8:1 admin.probes: 'unix:/p': probes come over TCP",
        )

    def test_taken(self) -> None:
        """An address is used once: not a listener's, and not for two things."""
        self.check(
            self.admin('listen = "unix:/q"\nprobes = "tcp:80"'),
            "q.toml:8:1 admin.probes: 'tcp:80' is the address of listeners.l too",
        )
        self.check(
            self.admin('listen = "tcp:9:interface=127.0.0.1"\nprobes = "tcp:9"'),
            "q.toml:8:1 admin.probes: 'tcp:9' is the address of admin.listen too",
        )
        self.check(
            self.admin('listen = ["unix:/q", "unix:/q"]'),
            "q.toml:7:22 admin.listen[1]: 'unix:/q' is the address of admin.listen[0] too",
        )

    def test_hosts(self) -> None:
        """Without ports."""
        for bad in ("a:1", "http://a", "*", "a b"):
            self.check(
                self.admin(f'listen = "unix:/q"\nhosts = ["{bad}"]'),
                f"q.toml:8:1 admin.hosts: '{bad}' is not a host",
            )

    def test_token_files(self) -> None:
        """One that others can read, or that holds none, is refused, and never shown."""
        short, wide, group = self.token("secret\n"), self.token(mode=0o604), self.token(mode=0o640)
        for name, why in (
            (short, "a token has 16 or more characters"),
            (wide, "its mode is 604, so others may read it; chmod 600"),
            (group, "its mode is 640, so others may read it; chmod 600"),
            (self.token(f"{TOKEN}\n{TOKEN}"), "a token is one line"),
            (self.token("\u00e9" * 16), "a token is one line"),
            (self.token("a" * 5000), "a token has 16 or more characters, and 4096 at most"),
            ("/nowhere", "No such file or directory"),
        ):
            text = self.admin(f'listen = "tcp:1:interface=127.0.0.1"\ntoken_file = "{name}"')
            self.check(text, f"q.toml:8:1 admin.token_file: '{name}' cannot be used: {why}")
            self.assertNotIn("secret", "".join(problems_of(text)))

    def test_comes_to_nothing(self) -> None:
        """With unix sockets alone nobody sends a token."""
        self.warns(
            self.admin(f'listen = "unix:/q"\ntoken_file = "{self.token()}"'),
            "q.toml:8:1 admin.token_file: comes to nothing",
        )


class TokenTests(SynchronousTestCase):
    """L{read_token}."""

    def test_white_space(self) -> None:
        """What an editor adds at the end is not of the token."""
        path = Path(self.mktemp())
        path.write_text(f"{TOKEN}\r\n", encoding="utf-8")
        os.chmod(path, 0o600)
        self.assertEqual(read_token(str(path)), TOKEN.encode())


class AddressTests(SynchronousTestCase):
    """Who can reach an address."""

    def test_loopback(self) -> None:
        """By what it says; what cannot be known is not."""
        for text, said in (
            ("tcp:1:interface=127.0.0.1", True),
            ("tcp:1:interface=127.8.8.8", True),
            ("tcp:1:interface=localhost", True),
            ("tcp:1", False),
            ("tcp:1:interface=0.0.0.0", False),
            ("tcp:1:interface=localhost.example", False),
            ("tcp6:1", False),
            ("unix:/q", False),
            ("systemd:domain=INET:name=a", False),
        ):
            self.assertEqual(is_loopback(read_server(text)), said, text)

    def test_unix(self) -> None:
        """Our own, and systemd's."""
        for text, said in (("unix:/q", True), ("systemd:domain=UNIX:name=a", True), ("tcp:1", False)):
            self.assertEqual(is_unix(read_server(text)), said, text)
