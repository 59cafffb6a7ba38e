"""Tests for L{quorumha.app.administration}: where the admin listens, and how that changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.protocol import Factory, Protocol

from quorumha.admin.own_site import LAST_WORDS
from quorumha.app.administration import Administration
from quorumha.endpoints.certificates import Certificates
from quorumha.endpoints.unix import SafePort
from quorumha.errors import ConfigError, ListenError
from quorumha.events import Listening
from quorumha.testing.net.config_endpoints import MemoryEndpoints
from tests.admin.served import LOOPBACK, PROBES, SOCKET, AdminCase


class ClosesLater(SafePort):
    """A port that is closed when the test says so.

    @ivar removed: whether its name is.
    """

    def __init__(self) -> None:
        self.closed: Deferred[None] = Deferred()
        self.removed = False

    def stopListening(self) -> Deferred[None]:
        """Soon."""
        return self.closed

    def remove_name(self) -> None:
        """It is."""
        self.removed = True


class AdministrationTests(AdminCase):
    """Its addresses."""

    def listening(self) -> list[str]:
        """The places of the admin at which somebody listens."""
        found = []
        for place in (SOCKET, LOOPBACK, PROBES, "proxy:9902"):
            client = self.proxy.net.connect(place)
            self.proxy.net.run()
            if client.how_it_ended is None:
                found.append(place)
                client.transport.abortConnection()
                self.proxy.net.run()
        return found

    def test_life(self) -> None:
        """It listens from the start to the end, which is the last of all; who is there then is cut."""
        self.proxy.start()
        self.assertEqual(self.listening(), [SOCKET, LOOPBACK, PROBES])
        names = [one.listener for one in self.facts.of(Listening)]
        self.assertEqual(names, ["rpc", "admin", "admin", "probes"])
        client = self.client(b"")
        self.proxy.stop()
        self.assertEqual(self.listening(), [])
        self.assertIsNotNone(client.how_it_ended)
        self.assertEqual(self.proxy.net.clock.getDelayedCalls(), [])

    def test_ended_while_it_stops(self) -> None:
        """A second signal may come before the ports are closed: the name of a socket is gone by then."""
        self.start()
        admin = self.proxy.service._admin
        port = ClosesLater()
        kept, admin._entrances[0].port = admin._entrances[0].port, port
        assert kept is not None
        stopping = Deferred.fromCoroutine(admin.stop())
        self.assertNoResult(stopping)
        self.assertTrue(port.removed)
        port.closed.callback(None)
        self.proxy.net.run()
        self.successResultOf(stopping)
        kept.stopListening()

    def test_none(self) -> None:
        """Without the table there is none."""
        self.proxy = type(self.proxy)(self.toml().partition("[admin]")[0])
        self.start()
        self.assertEqual(self.listening(), [])

    def test_taken_at_the_start(self) -> None:
        """Refuses the start, and nothing listens."""
        self.proxy.net.listen(PROBES, Factory.forProtocol(Protocol))
        error = self.assertRaises(ListenError, self.proxy.start)
        self.assertIn("admin: tcp:9901: ", str(error))
        self.proxy.net.run()
        self.assertEqual(self.listening(), [PROBES])
        client = self.proxy.net.connect("proxy:8545")
        self.proxy.net.run()
        self.assertIsNotNone(client.how_it_ended)

    def test_added_and_gone(self) -> None:
        """TCP addresses come and go by a change; what stays keeps its clients."""
        self.start()
        kept = self.client(b"")
        self.proxy.apply(
            self.toml().replace("tcp:9901", "tcp:9902").replace(', "tcp:9900:interface=127.0.0.1"', "")
        )
        self.assertEqual(self.listening(), [SOCKET, "proxy:9902"])
        self.assertIsNone(kept.how_it_ended)
        self.proxy.apply(self.toml())
        self.assertEqual(self.listening(), [SOCKET, LOOPBACK, PROBES])

    def test_given_up(self) -> None:
        """Who waits for a response there, as of a reload, gets it; others are ended at once."""
        self.start()
        idle = self.client(b"", LOOPBACK)
        wrong = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer guess\r\n\r\n"
        waits = self.client(wrong * 2, LOOPBACK)
        endless = self.client(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n", LOOPBACK)
        self.proxy.apply(self.toml().replace(', "tcp:9900:interface=127.0.0.1"', ""))
        self.assertIsNotNone(idle.how_it_ended)
        self.assertIsNone(waits.how_it_ended)
        self.proxy.net.advance(0.3)
        self.assertEqual(waits.received.count(b"HTTP/1.1 401 "), 1)
        self.assertIsNotNone(waits.how_it_ended)
        self.assertIsNone(endless.how_it_ended)
        self.proxy.net.advance(LAST_WORDS)
        self.assertIsNotNone(endless.how_it_ended)

    def test_given_up_and_stopped(self) -> None:
        """Nobody is left behind."""
        self.proxy.start()
        endless = self.client(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n", LOOPBACK)
        self.proxy.apply(self.toml().replace(', "tcp:9900:interface=127.0.0.1"', ""))
        self.proxy.stop()
        self.assertIsNotNone(endless.how_it_ended)
        self.assertEqual(self.proxy.net.clock.getDelayedCalls(), [])

    def test_taken_at_a_change(self) -> None:
        """Refuses all of it."""
        self.start()
        self.proxy.net.listen("proxy:9902", Factory.forProtocol(Protocol))
        text = self.toml().replace("tcp:9901", "tcp:9902")
        self.assertRaises(
            ListenError, self.proxy.apply, text + '\n[listeners.more]\nlisten = "tcp:81"\npool = "nodes"'
        )
        self.assertEqual(self.listening(), [SOCKET, LOOPBACK, PROBES, "proxy:9902"])
        self.assertEqual(list(self.proxy.service.config.listeners), ["rpc"])

    def test_unix_path(self) -> None:
        """Stays: whoever would go on with the new one would not know of it."""
        self.start()
        for text in (
            self.toml().replace("/run/q.sock", "/run/r.sock"),
            self.toml().replace('"unix:/run/q.sock", ', ""),
            self.toml().partition("[admin]")[0],
        ):
            error = self.assertRaises(ConfigError, self.proxy.apply, text)
            self.assertEqual(
                error.problems,
                [
                    "admin.listen: unix:/run/q.sock cannot be changed or left out while the process runs;"
                    " restart it, or leave this address as it was"
                ],
            )
            checked = self.proxy.service.check(self.proxy._read(text))
            self.failureResultOf(checked, ConfigError)

    def test_hosts(self) -> None:
        """Change with the configuration."""
        self.start()
        self.assertEqual(self.status_of("/livez", host="node.example"), 421)
        self.proxy.apply(self.toml('hosts = ["node.example"]'))
        self.assertEqual(self.status_of("/livez", host="node.example:1"), 200)
        self.assertEqual(self.status_of("/livez", host="localhost"), 421)

    def test_token(self) -> None:
        """Is read again at each change; one that cannot be read refuses it."""
        self.start()
        other = "another-token-of-some-characters"
        self.token_file.write_text(other, encoding="utf-8")
        field = f"Authorization: Bearer {other}"
        self.proxy.apply(self.toml())
        self.assertEqual(self.status_of("/livez", field, to=LOOPBACK), 200)
        config = self.proxy._read(self.toml())
        self.token_file.unlink()
        self.failureResultOf(self.proxy.service.apply(config), ConfigError)
        self.assertEqual(self.status_of("/livez", field, to=LOOPBACK), 200)

    def test_files_are_read_by_a_thread(self) -> None:
        """While the process runs: a disk that hangs holds up nobody."""
        self.start()
        held: list[tuple[Callable[[], Any], Deferred[Any]]] = []

        def in_thread(call: Callable[[], Any]) -> Deferred[Any]:
            held.append((call, Deferred()))
            return held[-1][1]

        service, net = self.proxy.service, self.proxy.net
        admin = Administration(
            service,
            net.clock,
            service.observers,
            MemoryEndpoints(net, "other"),
            lambda: 0.0,
            Certificates(),
            in_thread,
        )
        self.addCleanup(lambda: self.successResultOf(Deferred.fromCoroutine(admin.stop())))
        config = service.config.admin
        self.token_file.unlink()
        for asking in (admin.check(config), admin.prepare(config)):
            result = Deferred.fromCoroutine(asking)
            self.assertNoResult(result)
            call, done = held.pop()
            maybeDeferred(call).chainDeferred(done)
            self.failureResultOf(result, ConfigError)
