"""A whole process in memory: its certificates change while it serves."""

from __future__ import annotations

from typing import Any

import trustme
from twisted.internet.defer import execute
from twisted.internet.protocol import Factory
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import parse_config
from quorumha.app.reload import Reloader
from quorumha.config.model import ServerTLS
from quorumha.endpoints.certificate_facts import CertificateRefused, CertificateTaken
from quorumha.errors import ConfigError
from quorumha.testing import FactRecorder, MemoryProxy, Recorder, ScriptedUpstream
from quorumha.testing.net.config_endpoints import MemoryEndpoints
from tests.endpoints.papers import CLIENT, NODE, Papers
from tests.endpoints.test_certificates import RENEWED, serial_of, serial_seen


def toml(tls: ServerTLS | None, more: str = "") -> str:
    table = f'tls = {{ cert = "{tls.cert}", key = "{tls.key}" }}\n' if tls is not None else ""
    return (
        f'{more}[pools.nodes]\nupstreams = ["tcp:node:1"]\ncheck = "off"\n[listeners.rpc]\n'
        f'listen = "tcp:443"\nserve = "http"\npool = "nodes"\n{table}'
    )


class WatchCase(SynchronousTestCase):
    more = ""
    #: Where is looked what is shown.
    place = "tcp:proxy:443"

    def setUp(self) -> None:
        self.papers = Papers(self.mktemp())
        self.facts = FactRecorder()
        self.tls = self.papers.server()
        self.proxy = MemoryProxy(toml(self.tls, self.more), observers=self.facts.observers)
        self.net = self.proxy.net
        self.net.listen("node:1", ScriptedUpstream(self.net.clock))
        self.endpoints = MemoryEndpoints(self.net, "client")
        self.proxy.start()
        self.addCleanup(self.proxy.stop)

    def dial(self) -> Recorder:
        endpoint = self.endpoints.upstream(self.net.clock, self.place, self.papers.client())
        connecting: Any = endpoint.connect(Factory.forProtocol(Recorder))
        self.net.run()
        client: Recorder = self.successResultOf(connecting)
        return client

    def shown(self) -> int:
        """The serial number of the certificate that a new client sees."""
        client = self.dial()
        seen = serial_seen(client)
        client.close()
        self.net.run()
        return seen

    def ask(self, client: Recorder) -> None:
        """Who is connected is served."""
        before = client.received.count(b"HTTP/1.1 200")
        client.write(b"GET / HTTP/1.1\r\nHost: proxy\r\n\r\n")
        self.net.run()
        self.assertEqual(client.received.count(b"HTTP/1.1 200"), before + 1)

    def write(self, leaf: trustme.LeafCert, name: str = "server") -> ServerTLS:
        return ServerTLS(*self.papers.files(name, leaf))


class PollTests(WatchCase):
    """Nobody asks for it."""

    def test_by_itself(self) -> None:
        old = self.dial()
        self.ask(old)
        self.write(RENEWED)
        self.net.advance(9)
        self.assertEqual(self.shown(), serial_of(NODE))
        self.net.advance(1)
        self.assertEqual(self.shown(), serial_of(RENEWED))
        (taken,) = self.facts.of(CertificateTaken)
        ends = self.proxy.service.process_numbers.certificates
        self.assertEqual(ends, {self.tls.cert: taken.not_after})
        self.ask(old)
        # And again.
        self.write(NODE)
        self.net.advance(10)
        self.assertEqual(self.shown(), serial_of(NODE))
        old.close()

    def test_bad(self) -> None:
        """One line for a bad pair, however often it is looked at."""
        (self.papers.folder / "server.key").write_bytes(CLIENT.private_key_pem.bytes())
        self.net.advance(60)
        self.assertEqual(len(self.facts.of(CertificateRefused)), 1)
        said = [line for line in self.facts.lines() if line.startswith("certificate-refused")]
        cause = f"{self.tls.key} is not the private key of {self.tls.cert}"
        self.assertEqual(len(said), 1)
        self.assertTrue(said[0].endswith(cause), said)
        self.assertEqual(self.shown(), serial_of(NODE))
        self.write(RENEWED)
        self.net.advance(10)
        self.assertEqual(self.shown(), serial_of(RENEWED))
        (taken,) = [line for line in self.facts.lines() if line.startswith("certificate-taken")]
        self.assertIn(f"{self.tls.cert} and {self.tls.key} changed: new TLS connections use what", taken)

    def test_ends(self) -> None:
        """After a stop nothing is looked at."""
        self.proxy.stop()
        self.write(RENEWED)
        self.net.advance(60)
        self.assertEqual(self.facts.of(CertificateTaken), [])

    def test_another_pace(self) -> None:
        self.proxy.apply(toml(self.tls, 'tls_poll = "1s"\n'))
        self.write(RENEWED)
        self.net.advance(1)
        self.assertEqual(self.shown(), serial_of(RENEWED))


class NoPollTests(WatchCase):
    """C{tls_poll = 0}."""

    more = "tls_poll = 0\n"

    def test_only_when_applied(self) -> None:
        self.write(RENEWED)
        self.net.advance(600)
        self.assertEqual(self.shown(), serial_of(NODE))
        self.proxy.apply(toml(self.tls, self.more))
        self.assertEqual(self.shown(), serial_of(RENEWED))


class ApplyTests(WatchCase):
    """Another configuration."""

    def test_other_files(self) -> None:
        """A listener may use other files; who is there stays, and the old files are forgotten."""
        old = self.dial()
        other = self.write(RENEWED, "other")
        self.proxy.apply(toml(other))
        self.assertEqual(self.shown(), serial_of(RENEWED))
        self.ask(old)
        self.assertEqual(list(self.proxy.service.process_numbers.certificates), [other.cert])
        old.close()

    def test_unusable(self) -> None:
        """Files that went between reading and applying refuse it as a whole."""
        other = self.write(RENEWED, "other")
        config = parse_config(toml(other), "memory.toml", {})
        (self.papers.folder / "other.key").unlink()
        self.assertRaises(ConfigError, self.proxy.apply, config)
        self.assertEqual(self.shown(), serial_of(NODE))
        self.assertEqual(list(self.proxy.service.process_numbers.certificates), [self.tls.cert])

    def test_only_checked(self) -> None:
        """What was only looked at is not kept."""
        config = parse_config(toml(self.write(RENEWED, "other")), "memory.toml", {})
        self.successResultOf(self.proxy.service.check(config))
        self.assertEqual(list(self.proxy.service.process_numbers.certificates), [self.tls.cert])
        self.assertEqual(self.shown(), serial_of(NODE))

    def test_neither_begins_nor_ends(self) -> None:
        error = self.assertRaises(ConfigError, self.proxy.apply, toml(None))
        self.assertIn("listeners.rpc.tls: TLS neither begins nor ends", error.problems[0])
        self.assertEqual(self.shown(), serial_of(NODE))


class ReloadTests(WatchCase):
    """The file is taken again."""

    def test_lines(self) -> None:
        """Files that changed have a line, though nothing else did; the next time nothing has."""
        reloader = Reloader(
            self.proxy.service,
            "q.toml",
            lambda serves: parse_config(toml(self.tls), "q.toml", {}),
            execute,
            lambda: 7.0,
        )
        self.write(RENEWED)
        for lines in ((f"{self.tls.cert}: changed", f"{self.tls.key}: changed"), ()):
            reloading = reloader.reload()
            self.net.run()
            result = self.successResultOf(reloading)
            self.assertEqual((result.taken, result.changes), (True, lines))
        self.assertEqual(self.shown(), serial_of(RENEWED))


class AdminTests(WatchCase):
    """The admin's own TLS."""

    place = "tcp:proxy:9900"

    def setUp(self) -> None:
        super().setUp()
        self.proxy.apply(toml(self.tls, self.admin(self.tls)))

    def admin(self, tls: ServerTLS | None) -> str:
        table = f'tls = {{ cert = "{tls.cert}", key = "{tls.key}" }}\n' if tls is not None else ""
        return f'[admin]\nlisten = "tcp:9900:interface=127.0.0.1"\n{table}'

    def test_renewed(self) -> None:
        """By itself, and by another table."""
        self.assertEqual(self.shown(), serial_of(NODE))
        self.write(RENEWED)
        self.net.advance(10)
        self.assertEqual(self.shown(), serial_of(RENEWED))
        other = self.write(NODE, "other")
        self.proxy.apply(toml(self.tls, self.admin(other)))
        self.assertEqual(self.shown(), serial_of(NODE))
        ends = self.proxy.service.process_numbers.certificates
        self.assertEqual(set(ends), {self.tls.cert, other.cert})

    def test_neither_begins_nor_ends(self) -> None:
        error = self.assertRaises(ConfigError, self.proxy.apply, toml(self.tls, self.admin(None)))
        self.assertIn("admin.tls: TLS neither begins nor ends", error.problems[0])
        self.assertEqual(self.shown(), serial_of(NODE))
