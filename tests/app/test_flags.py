"""Tests for L{quorumha.app.flags}."""

from __future__ import annotations

import tomllib

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.flags import flags_to_toml
from quorumha.app.kinds import parse_config
from quorumha.errors import ConfigError


class FlagTests(SynchronousTestCase):
    """What flags stand for."""

    def listens(self, flag: str) -> tuple[str, list[tuple[str, bool]]]:
        """Where a C{--tcp} flag listens, and its upstreams with their being backups."""
        config = parse_config(flags_to_toml([flag], []), "command line", {})
        (listener,) = config.listeners.values()
        (pool,) = config.pools.values()
        return listener.listen, [(u.name, u.backup) for u in pool.upstreams]

    def test_both(self) -> None:
        """The example of the documentation."""
        text = flags_to_toml(["22000=a:8545,b:8545:backup"], ["unix:/run/tm.ipc=a:9101,b:9101"])
        config = parse_config(text, "command line", {})
        relay, proxy = config.listeners.values()
        self.assertEqual((relay.serve, relay.listen), ("tcp", "tcp:22000"))
        self.assertEqual((proxy.serve, proxy.listen), ("http", "unix:/run/tm.ipc"))
        assert relay.pool is not None and proxy.pool is not None
        self.assertEqual([u.backup for u in config.pools[relay.pool].upstreams], [False, True])
        self.assertEqual(
            [u.endpoint for u in config.pools[proxy.pool].upstreams],
            ["tcp:host=a:port=9101", "tcp:host=b:port=9101"],
        )
        self.assertEqual(config.warnings, ())

    def test_repeated(self) -> None:
        """Every flag is a listener of its own."""
        config = parse_config(flags_to_toml(["1=a:1", "2=a:1"], ["3=a:1", "4=b:1"]), "command line", {})
        self.assertEqual(
            [listener.listen for listener in config.listeners.values()], ["tcp:1", "tcp:2", "tcp:3", "tcp:4"]
        )

    def test_addresses(self) -> None:
        """Every form of either side, signs of the other inside it too."""
        for flag, listen, upstreams in [
            ("127.0.0.1:80=a:1", "tcp:80:interface=127.0.0.1", [("a:1", False)]),
            ("[::1]:80=[::2]:1:backup,c:2", "tcp6:80:interface=\\:\\:1", [("[::2]:1", True), ("c:2", False)]),
            ("tcp:80:interface=127.0.0.1=a:1", "tcp:80:interface=127.0.0.1", [("a:1", False)]),
            ("unix:/a:mode=600=tcp:host=b:port=1", "unix:/a:mode=600", [("b:1", False)]),
            ("/run/x=/run/y", "unix:/run/x", [("/run/y", False)]),
            ("1=http://a:2,unix:/y:backup", "tcp:1", [("a:2", False), ("/y", True)]),
            ("unix:/a$b=a:1", "unix:/a$b", [("a:1", False)]),
        ]:
            self.assertEqual(self.listens(flag), (listen, upstreams), flag)

    def test_refused(self) -> None:
        """Each flag that cannot be read is named, all at once."""
        with self.assertRaises(ConfigError) as caught:
            flags_to_toml(["22000", "=a:1", "1=", "1=a:1,,b:1", "1=a", "x=a:1"], ["1=http://h/x"])
        told = caught.exception.problems
        self.assertEqual(len(told), 7)
        for problem, beginning in zip(
            told,
            [
                "--tcp 22000: there is no =",
                "--tcp =a:1: before the = stands no address",
                "--tcp 1=: an upstream is empty",
                "--tcp 1=a:1,,b:1: an upstream is empty",
                "--tcp 1=a: the upstream has no port; write a:PORT",
                "--tcp x=a:1: the address to listen on has no port; write x:PORT, or a port alone",
                "--http 1=http://h/x: a path in an upstream's URL",
            ],
            strict=True,
        ):
            self.assertTrue(problem.startswith(beginning), problem)

    def test_no_port(self) -> None:
        """What lacks a port is told with the form that has one."""
        with self.assertRaises(ConfigError) as caught:
            flags_to_toml(["[::1]=a:1"], ["9101=10.0.0.1", "9101=a:1,[::1]", "1=10.0.0.1:x"])
        self.assertEqual(
            caught.exception.problems,
            [
                "--tcp [::1]=a:1: the address to listen on has no port; write [::1]:PORT, or a port alone",
                "--http 9101=10.0.0.1: the upstream has no port; write 10.0.0.1:PORT",
                "--http 9101=a:1,[::1]: the upstream has no port; write [::1]:PORT",
                "--http 1=10.0.0.1:x: '10.0.0.1:x' has no port; write 'tcp:10.0.0.1:PORT'",
            ],
        )

    @settings(deadline=None)
    @given(st.text(alphabet="01a:=,/\\\"'$\x7f\x00é\n{}[].", max_size=20))
    def test_total(self, flag: str) -> None:
        """Any text is refused, or becomes TOML."""
        try:
            text = flags_to_toml([flag], [f"unix:/x{flag}=a:1"])
        except ConfigError:
            return
        tomllib.loads(text)
