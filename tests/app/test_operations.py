"""Tests for L{quorumha.app.operations}: in a process that serves in memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import SynchronousTestCase

from quorumha.admin.running import NotNow, Operations, OperatorWord, ReloadResult, UnknownName
from quorumha.app.kinds import parse_config
from quorumha.app.operations import ProcessOperations
from quorumha.app.service import make_service
from quorumha.events import ConnectionsEnded
from quorumha.testing import FactRecorder, MemoryTopology, http_request
from quorumha.testing.http.plays import Do, Play, Send, Wait, bytes_of, no_response, respond
from quorumha.testing.net.config_endpoints import MemoryEndpoints
from tests.admin.known_writer import written_to
from tests.app.test_apply import ApplyCase, listener, pool


def respond_after(seconds: float) -> Play:
    """A response that takes so long."""
    return no_response(Wait(seconds), Send(bytes_of(respond(200, b"slow"))))


class OperationsCase(ApplyCase):
    """Two members behind a listener for requests and one that relays."""

    def begin(self, *parts: str) -> ProcessOperations:
        self.facts = FactRecorder()
        text = parts or (pool("p", 1, 2), listener("l", 80, "p"), listener("r", 81, "p", "tcp"))
        self.text = "".join(text)
        self.serve(self.text, observers=self.facts.observers)
        self.operations = self.proxy.service.operations
        # Until the first checks are over.
        self.net.advance(1)
        return self.operations

    def asked(self) -> set[str]:
        return {self.who() for _ in range(4)}


class MemberTests(OperationsCase):
    """Words for members."""

    def test_interface(self) -> None:
        """The admin sees it so."""
        operations: Operations = self.begin()
        self.assertIsNone(operations.word("p", "10.0.0.1:80"))

    def test_disable_and_enable(self) -> None:
        operations = self.begin()
        switched = operations.disable("p", "10.0.0.1:80")
        self.assertEqual((switched.pool, switched.upstream, switched.state), ("p", "10.0.0.1:80", "disabled"))
        self.assertEqual(self.asked(), {"2"})
        word = operations.word("p", "10.0.0.1:80")
        assert word is not None
        self.assertEqual((word.enabled, word.who), (False, "admin"))
        self.assertEqual(operations.enable("p", "10.0.0.1:80").state, "up")
        self.assertEqual(self.asked(), {"1", "2"})
        self.assertIsNone(operations.word("p", "10.0.0.1:80"), "the file's word holds again")

    def test_the_last_one(self) -> None:
        """It is refused, unless somebody insists."""
        operations = self.begin()
        operations.disable("p", "10.0.0.1:80")
        for refused in (operations.disable, operations.drain_member):
            with self.assertRaises(NotNow) as caught:
                refused("p", "10.0.0.2:80")
            self.assertIn("10.0.0.2:80 is the only enabled member of p", str(caught.exception))
        self.assertEqual(self.asked(), {"2"})
        operations.disable("p", "10.0.0.1:80")
        operations.disable("p", "10.0.0.2:80", force=True)
        self.assertEqual(self.proxy.ask(http_request()).status, 503)

    def test_the_last_one_that_serves(self) -> None:
        """While the other one is down, whose word is not what is missing, it is refused likewise."""
        operations = self.begin()
        self.net.kill("10.0.0.2:80")
        self.net.advance(3)
        for refused in (operations.disable, operations.drain_member):
            with self.assertRaises(NotNow) as caught:
                refused("p", "10.0.0.1:80")
            self.assertEqual(
                str(caught.exception),
                "10.0.0.1:80 is the only member of p that serves (10.0.0.2:80 is down): nobody would respond;"
                " --force (?force=1 over HTTP) insists",
            )
        self.assertEqual(self.asked(), {"1"})
        operations.disable("p", "10.0.0.2:80")
        operations.enable("p", "10.0.0.2:80")
        operations.disable("p", "10.0.0.1:80", force=True)
        self.assertEqual(self.proxy.ask(http_request(), within=5).status, 502)

    def test_nobody_serves(self) -> None:
        """Then it does no harm."""
        operations = self.begin()
        for host in (1, 2):
            self.net.kill(f"10.0.0.{host}:80")
        self.net.advance(3)
        self.assertEqual(operations.disable("p", "10.0.0.1:80").state, "disabled")

    def test_unknown_names(self) -> None:
        """The nearest is said."""
        operations = self.begin()
        for names, said in (
            (("q", "10.0.0.1:80"), "no pool is called 'q'; there are p"),
            (("p", "10.0.0.1:8"), "no member of p is called '10.0.0.1:8'; did you mean '10.0.0.1:80'?"),
            (("p", "x"), "no member of p is called 'x'; there are 10.0.0.1:80, 10.0.0.2:80"),
        ):
            for asked in (operations.enable, operations.disable, operations.drain_member):
                with self.assertRaises(UnknownName) as caught:
                    asked(*names)
                self.assertEqual(str(caught.exception), said)

    def test_of_one_pool(self) -> None:
        """A node that stands in two pools is disabled in one."""
        self.begin(pool("p", 1, 2), pool("q", 1, 2), listener("l", 80, "p"), listener("m", 82, "q"))
        self.operations.disable("p", "10.0.0.1:80")
        self.assertEqual({self.who("m") for _ in range(4)}, {"1", "2"})

    def test_enabled_against_the_file(self) -> None:
        """The word stays, to be seen; a disable ends nothing of it silently."""
        text = pool("p", 1).replace(
            '"http://10.0.0.1:80"',
            '"http://10.0.0.1:80", { endpoint = "http://10.0.0.2:80", enabled = false }',
        )
        operations = self.begin(text, listener("l", 80, "p"))
        operations.enable("p", "10.0.0.2:80")
        self.assertEqual(self.asked(), {"1", "2"})
        word = operations.word("p", "10.0.0.2:80")
        self.assertTrue(word is not None and word.enabled)

    def test_over_another_configuration(self) -> None:
        """It holds, also for a member whose place changes; a changed C{enabled} in the file wins."""
        operations = self.begin()
        operations.disable("p", "10.0.0.1:80")
        self.apply(self.text.replace('pool = "p"', 'pool = "p"\nmax_connections = 100'))
        self.assertEqual(self.asked(), {"2"})
        named = '{ endpoint = "http://10.0.0.3:80", name = "10.0.0.1:80"%s }'
        other = self.text.replace('"http://10.0.0.1:80"', named % "")
        self.apply(other)
        self.assertEqual(self.asked(), {"2"})
        changed = self.text.replace('"http://10.0.0.1:80"', named % ", enabled = false")
        self.apply(changed)
        self.assertIsNone(operations.word("p", "10.0.0.1:80"))
        self.apply(other)
        self.assertEqual(self.asked(), {"2", "3"})

    def test_reload(self) -> None:
        """Whoever reads the file is asked; where nobody does, why is said."""
        operations = self.begin()
        result: list[ReloadResult] = []
        operations.reload().addCallback(result.append)
        self.assertFalse(result[0].taken)

        def taken(**how: bool) -> Deferred[ReloadResult]:
            return succeed(ReloadResult(True, (str(how),)))

        operations.reloads = taken
        operations.reload(dry_run=True).addCallback(result.append)
        self.assertEqual(result[1].changes, ("{'dry_run': True}",))


class WriterTests(OperationsCase):
    """A person's words on who is written to."""

    def test_taken(self) -> None:
        """They go to the pool's writer."""
        operations = self.begin()
        writer = written_to(self.proxy.service.pools["p"])
        operations.use("p", "10.0.0.2:80")
        operations.forget_writer("p")
        self.assertEqual(writer.words, ["use 10.0.0.2:80", "forget"])

    def test_refused(self) -> None:
        """With the pool, the member, and the writer's own sentence."""
        operations = self.begin()
        written_to(self.proxy.service.pools["p"]).refuses = "it is a standby"
        for error, do, names in (
            ("p: 10.0.0.2:80: it is a standby", operations.use, ("p", "10.0.0.2:80")),
            ("p: it is a standby", operations.forget_writer, ("p",)),
        ):
            self.assertEqual(str(self.assertRaises(NotNow, do, *names)), error)

    def test_unknown(self) -> None:
        """No such pool, no such member, and a pool whose members may all be written to."""
        operations = self.begin()
        for do, names in (
            (operations.use, ("q", "10.0.0.2:80")),
            (operations.use, ("p", "x")),
            (operations.use, ("p", "10.0.0.2:80")),
            (operations.forget_writer, ("q",)),
            (operations.forget_writer, ("p",)),
        ):
            self.assertRaises(UnknownName, do, *names)


class DrainMemberTests(OperationsCase):
    """L{ProcessOperations.drain_member}."""

    def test_idle_relays_end(self) -> None:
        """One on which nobody waits ends at once, one that is busy when its time is over."""
        operations = self.begin()
        clients = [self.proxy.client(to="r") for _ in range(4)]
        for client in clients:
            self.send(client)
        mine = [one for one in clients if self.said(one) == ["1"]]
        self.assertEqual(len(mine), 2)
        self.net.advance(1)
        mine[1].write(b"GET")
        self.net.run()
        switched = operations.drain_member("p", "10.0.0.1:80", within=10)
        self.assertEqual(switched.state, "draining")
        self.assertEqual(switched.left, 2)
        self.net.advance(1)
        self.assertEqual([one.how_it_ended for one in mine], ["ConnectionDone", None])
        self.assertEqual(operations.drain_member("p", "10.0.0.1:80", within=8).left, 1)
        self.net.advance(7.5)
        self.assertIsNone(mine[1].how_it_ended)
        self.net.advance(1.5)
        self.assertEqual(mine[1].how_it_ended, "ConnectionDone")
        ended = [(one.upstream, one.count, one.why) for one in self.facts.of(ConnectionsEnded)]
        self.assertEqual(ended, [("10.0.0.1:80", 1, "drained")] * 2)
        self.assertEqual(operations.disable("p", "10.0.0.1:80").state, "disabled", "nothing is left")
        others = [one for one in clients if one not in mine]
        self.assertEqual([one.how_it_ended for one in others], [None, None], "those of another stay")

    def test_tunnels(self) -> None:
        """WebSockets that are carried as they are end as relays do; requests are never cut."""
        operations = self.begin(pool("p", 1, 2), listener("l", 80, "p", more="upgrade = true\n"))
        switch = b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
        handshake = http_request(b"GET", b"/", None, b"Connection: Upgrade", b"Upgrade: websocket")
        for node in self.nodes.values():
            node.then = no_response(Send(switch + b"hi"), Do.HANG)
        tunnels = [self.proxy.client(handshake) for _ in range(2)]
        mine = tunnels[0]
        self.assertTrue(all(one.received.endswith(b"\r\n\r\nhi") for one in tunnels))
        self.nodes[1].then = respond_after(1.8)
        operations.disable("p", "10.0.0.2:80")
        slow = self.proxy.client(http_request())
        operations.enable("p", "10.0.0.2:80")
        self.net.advance(1)
        self.assertEqual(operations.drain_member("p", "10.0.0.1:80", within=0.1).left, 2)
        self.net.advance(0.5)
        self.assertEqual([one.how_it_ended for one in tunnels], ["ConnectionDone", None])
        self.assertEqual(self.said(slow), [])
        self.net.advance(0.5)
        self.assertEqual((self.said(slow), mine.how_it_ended), (["slow"], "ConnectionDone"))

    def test_enabled_again(self) -> None:
        """What is left stays."""
        operations = self.begin()
        clients = [self.proxy.client(to="r") for _ in range(2)]
        for client in clients:
            client.write(b"GET")
        self.net.run()
        operations.drain_member("p", "10.0.0.1:80", within=2)
        self.assertEqual(operations.enable("p", "10.0.0.1:80").state, "up")
        self.net.advance(5)
        self.assertEqual([one.how_it_ended for one in clients], [None, None])

    def test_stop(self) -> None:
        """A stop waits for nothing of it."""
        operations = self.begin()
        self.proxy.client(b"GET", "r")
        operations.drain_member("p", "10.0.0.1:80", within=1000)
        self.proxy.stop()
        self.assertEqual(self.net.clock.getDelayedCalls(), [])


class KeptTests(SynchronousTestCase):
    """C{state_directory}."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        text = pool("p", 1, 2) + listener("l", 80, "p")
        self.config = parse_config(f'state_directory = "{self.folder}"\n' + text, "q.toml", {})

    def started(self) -> Any:
        """A process, whose words are written by nobody but the test."""
        net = MemoryTopology()
        service = make_service(net.clock, self.config, endpoints=MemoryEndpoints(net, "proxy"))
        service.operations.words.keep = (self.folder / "operator.json").write_bytes
        service.startService()
        net.run()

        def stop() -> None:
            service.stopService()
            net.advance(6)

        self.addCleanup(stop)
        return service

    def test_over_a_restart(self) -> None:
        self.started().operations.disable("p", "10.0.0.1:80")
        service = self.started()
        self.assertFalse(service.pools["p"].member("10.0.0.1:80").enabled)
        self.assertEqual(service.operations.word("p", "10.0.0.1:80").who, "admin")
        service.operations.enable("p", "10.0.0.1:80")
        self.assertEqual(json.loads((self.folder / "operator.json").read_text())["words"], [])
        self.assertTrue(self.started().pools["p"].member("10.0.0.1:80").enabled)

    def test_what_cannot_be_read(self) -> None:
        """It is said, and nothing holds."""
        (self.folder / "operator.json").write_text("{")
        service = self.started()
        self.assertTrue(service.pools["p"].member("10.0.0.1:80").enabled)

    def test_since(self) -> None:
        service = self.started()
        service.operations._wall = lambda: 7.0
        service.operations.disable("p", "10.0.0.1:80")
        self.assertEqual(service.operations.word("p", "10.0.0.1:80"), OperatorWord(False, "admin", 7.0))
