"""Another configuration while it runs."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocolFactory
from twisted.internet.protocol import Factory
from twisted.trial.unittest import SynchronousTestCase

from quorumha.errors import ConfigError, ListenError
from quorumha.events import ConnectionDone, ConnectionsEnded, MemberChanged, Observers, Refused
from quorumha.testing import (
    FactRecorder,
    MemoryProxy,
    Recorder,
    ScriptedUpstream,
    SimulatedTessera,
    TesseraStore,
    http_request,
    responses,
)
from quorumha.testing.http.plays import Play, Wait, respond
from quorumha.testing.net.config_endpoints import MemoryEndpoints

CHECK = 'check = { kind = "http", path = "/up" }\n'


def pool(name: str, *numbers: int, more: str = "") -> str:
    upstreams = ", ".join(f'"http://10.0.0.{number}:80"' for number in numbers)
    return f"[pools.{name}]\nupstreams = [{upstreams}]\n{more}"


def listener(name: str, port: int, of: str, serve: str = "http", more: str = "") -> str:
    return f'[listeners.{name}]\nlisten = "tcp:{port}"\nserve = "{serve}"\npool = "{of}"\n{more}'


class ApplyCase(SynchronousTestCase):
    """Nodes C{10.0.0.1:80} to C{10.0.0.3:80} that say who they are."""

    def serve(self, *parts: str, observers: Observers | None = None) -> MemoryProxy:
        proxy = self.proxy = MemoryProxy("".join(parts), observers=observers)
        self.net = proxy.net
        self.nodes = {number: ScriptedUpstream(self.net.clock) for number in (1, 2, 3)}
        for number, node in self.nodes.items():
            node.then = respond(200, b"%d" % number)
            self.net.listen(f"10.0.0.{number}:80", node)
        proxy.start()
        self.addCleanup(self.stop)
        return proxy

    def stop(self) -> None:
        self.proxy.stop()
        self.assertEqual(len(self.proxy.service.retired), 0)

    def apply(self, *parts: str) -> None:
        self.proxy.apply("".join(parts))

    def who(self, to: str = "") -> str:
        return self.proxy.ask(http_request(), to, within=5).body.decode()

    def said(self, client: Recorder) -> list[str]:
        return [message.body.decode() for message in responses(client)]

    def send(self, client: Recorder) -> None:
        client.write(http_request())
        self.net.run()


class KeptTests(ApplyCase):
    """What is equal stays the very object."""

    def test_nothing_changed(self) -> None:
        text = pool("p", 1, 2, more=CHECK), listener("l", 80, "p"), listener("r", 81, "p", "tcp")
        service = self.serve(*text).service
        before = dict(service.pools), dict(service.parts), list(service.listeners)
        members, checks = list(service.pools["p"].members), dict(service._assembly.checks)
        self.apply(*text)
        self.assertEqual((dict(service.pools), dict(service.parts), list(service.listeners)), before)
        self.assertEqual(service._assembly.checks, checks)
        for one, other in zip(members, service.pools["p"].members, strict=True):
            self.assertIs(one, other)
        self.assertEqual(len(service.retired), 0)

    def test_a_member_comes_and_goes(self) -> None:
        """The pool is the same, and so is who stayed; what is known of it stays known."""
        service = self.serve(pool("p", 1, 2, more=CHECK), listener("l", 80, "p")).service
        stays = service.pools["p"].members[1]
        self.net.kill("10.0.0.2:80")
        self.net.advance(3)
        self.assertTrue(stays.health.down)
        self.apply(pool("p", 2, 3, more=CHECK), listener("l", 80, "p"))
        self.assertIs(service.pools["p"].members[0], stays)
        self.assertTrue(stays.health.down)
        asked = len(self.nodes[1].requests)
        self.assertEqual({self.who() for _ in range(4)}, {"3"})
        self.net.advance(2)
        self.assertEqual(len(self.nodes[1].requests), asked, "nor is it checked any more")

    def test_other_listeners(self) -> None:
        text = pool("p", 1), listener("l", 80, "p")
        service = self.serve(*text, listener("gone", 81, "p")).service
        part = service.parts["l"]
        self.apply(*text, listener("new", 82, "p"))
        self.assertIs(service.parts["l"], part)
        self.assertEqual(sorted(service.listening), ["l", "new"])
        self.assertEqual(self.who("new"), "1")

    def test_counters_go_on(self) -> None:
        service = self.serve(pool("p", 1), listener("l", 80, "p")).service
        self.who()
        more = 'connect_timeout = "2s"\nbalance = "primary-first"\n'
        self.apply(pool("p", 1, more=more), listener("l", 80, "p"))
        self.who()
        self.assertEqual(service.pools["p"].counters.requests, 2)
        self.assertEqual(service.pools["p"].connect_timeout, 2.0)


class TurnTests(ApplyCase):
    """A listener serves something else."""

    def test_between_two_requests(self) -> None:
        """A kept connection has its next request served anew; one under way is finished as it began."""
        self.serve(pool("p", 1), listener("l", 80, "p"))
        client = self.proxy.client(http_request())
        self.nodes[1].script.append(slow(b"slow"))
        self.send(client)
        self.apply(pool("q", 2), listener("l", 80, "q"))
        self.assertEqual(self.said(client), ["1"])
        self.net.advance(1.1)
        self.assertEqual(self.said(client), ["1", "slow"])
        self.send(client)
        self.assertEqual(self.said(client), ["1", "slow", "2"])
        self.assertIsNone(client.how_it_ended)
        self.net.advance(2)
        self.assertEqual(len(self.proxy.service.retired), 0)

    def test_limits(self) -> None:
        """They hold from the next head on, on connections that are there, too."""
        self.serve(pool("p", 1), listener("l", 80, "p"))
        client = self.proxy.client(http_request())
        self.apply(pool("p", 1), listener("l", 80, "p", more="body_limit = 5\n"))
        client.write(http_request(b"POST", b"/", b"too long"))
        self.net.run()
        self.assertEqual([one.status for one in responses(client)], [200, 413])

    def test_relays_stay(self) -> None:
        """Their connections go on; new ones go to the new pool."""
        self.serve(pool("p", 1), listener("r", 80, "p", "tcp"))
        old = self.proxy.client(http_request())
        self.apply(pool("q", 2), listener("r", 80, "q", "tcp"))
        self.assertEqual(self.who(), "2")
        self.net.advance(30)
        self.send(old)
        self.assertEqual(self.said(old), ["1", "1"])
        self.assertEqual(len(self.proxy.service.retired), 1)
        old.close()
        self.net.advance(2)
        self.assertEqual(len(self.proxy.service.retired), 0)

    def test_relays_of_a_pool_that_is_gone(self) -> None:
        """Its members are not checked any more, unless they end with their member; however long they stay."""
        close = 'on_down = "close"\n'
        for on_down, asked in (("", 0), (close, 3)):
            with self.subTest(on_down=on_down):
                self.serve(pool("p", 1, more=CHECK + on_down), listener("r", 80, "p", "tcp"))
                old = self.proxy.client(http_request())
                self.apply(pool("q", 2), listener("r", 80, "q", "tcp"))
                self.net.advance(2)
                before = len(self.nodes[1].requests)
                self.net.advance(7)
                self.assertGreaterEqual(len(self.nodes[1].requests) - before, asked)
                if not on_down:
                    self.assertEqual(len(self.nodes[1].requests), before)
                self.assertEqual(len(self.proxy.service.retired), 2 if on_down else 1)
                old.close()
                self.net.advance(2)
                self.assertEqual(len(self.proxy.service.retired), 0)
                self.proxy.stop()

    def test_relays_keep_what_they_began_with(self) -> None:
        """Who is there is told of under its own pool and listener, once, and ends with its member."""
        pools = [pool(name, n, more=CHECK + 'on_down = "close"\n') for name, n in (("p", 1), ("q", 2))]
        facts = FactRecorder()
        self.serve(*pools, listener("r", 80, "p", "tcp"), observers=facts.observers)
        for of in "qpqp":
            self.apply(*pools, listener("r", 80, of, "tcp"))
        old = self.proxy.client(http_request())
        self.apply(*pools, listener("other", 80, "q", "tcp"))
        self.net.hang("10.0.0.1:80")
        self.net.advance(8)
        self.assertEqual(old.how_it_ended, "ConnectionDone")
        self.assertEqual([(one.pool, one.count) for one in facts.of(ConnectionsEnded)], [("p", 1)])
        self.assertEqual([(one.listener, one.pool) for one in facts.of(ConnectionDone)], [("r", "p")])

    def test_relays_fail_back_in_their_own_pool(self) -> None:
        """That another pool has a primary ends no connection of this one's backup."""
        pools = [
            f"[pools.{name}]\n{more}upstreams = [{{ endpoint = 'http://10.0.0.{n}:80' }},"
            " { endpoint = 'http://10.0.0.3:80', backup = true }]\n"
            for name, n, more in (("p", 1, CHECK), ("q", 2, CHECK + 'fail_back = "5s"\n'))
        ]
        self.serve(*pools, listener("r", 80, "p", "tcp"))
        self.net.kill("10.0.0.1:80")
        self.net.advance(3)
        old = self.proxy.client(http_request())
        self.assertEqual(self.said(old), ["3"])
        self.apply(*pools, listener("r", 80, "q", "tcp"))
        self.net.kill("10.0.0.2:80")
        self.net.advance(3)
        self.net.revive("10.0.0.2:80")
        self.net.advance(40)
        self.assertIsNone(old.how_it_ended)
        old.close()

    def test_a_backup_becomes_a_primary(self) -> None:
        """That is no use of a backup any more: the next one is told."""
        facts = FactRecorder()

        def text(*backups: bool) -> tuple[str, str]:
            tables = (
                f"[[pools.p.upstreams]]\nendpoint = 'http://10.0.0.{n}:80'\nbackup = {str(backup).lower()}\n"
                for n, backup in zip((1, 2, 3), backups, strict=True)
            )
            return f"[pools.p]\n{CHECK}{''.join(tables)}", listener("l", 80, "p")

        self.serve(*text(False, True, True), observers=facts.observers)
        self.net.kill("10.0.0.1:80")
        self.net.advance(3)
        self.assertEqual(self.who(), "2")
        self.apply(*text(False, False, True))
        self.net.kill("10.0.0.2:80")
        self.net.advance(3)
        self.assertEqual(self.who(), "3")
        changes = [
            (one.change, one.upstream[-4]) for one in facts.of(MemberChanged) if "backup" in one.change
        ]
        expected = [("backup in use", "2"), ("back from backup", "2"), ("backup in use", "3")]
        self.assertEqual(changes, expected)

    def test_another_kind(self) -> None:
        """The address serves requests where it relayed, and again: who is there finishes."""
        self.serve(pool("p", 1), listener("l", 80, "p", "tcp"))
        relayed = self.proxy.client(http_request())
        self.apply(pool("p", 1), listener("l", 80, "p"))
        kept = self.proxy.client(http_request())
        self.send(relayed)
        self.assertEqual(self.said(relayed), ["1", "1"])
        self.apply(pool("p", 1), listener("l", 80, "p", "tcp"))
        self.net.advance(1)
        self.assertEqual((self.said(kept), kept.how_it_ended), (["1"], "ConnectionDone"))
        self.assertEqual(self.who(), "1")
        relayed.close()

    def test_addresses_swapped(self) -> None:
        self.serve(pool("p", 1), pool("q", 2), listener("a", 80, "p"), listener("b", 81, "q"))
        clients = [self.proxy.client(http_request(), name) for name in "ab"]
        self.apply(pool("p", 1), pool("q", 2), listener("a", 81, "p"), listener("b", 80, "q"))
        self.assertEqual((self.who("a"), self.who("b")), ("1", "2"))
        for client in clients:
            self.send(client)
        self.assertEqual([self.said(client) for client in clients], [["1", "2"], ["2", "1"]])

    def test_gone(self) -> None:
        """Nobody new is taken; who is there finishes."""
        text = pool("p", 1), listener("l", 80, "p")
        self.serve(*text, listener("gone", 81, "p"), listener("r", 82, "p", "tcp"))
        self.nodes[1].script.append(slow(b"slow"))
        busy = self.proxy.client(http_request(), "gone")
        relayed = self.proxy.client(http_request(), "r")
        self.apply(*text)
        refused = self.net.connect("proxy:81")
        self.net.run()
        self.assertEqual(refused.how_it_ended, "ConnectionRefusedError")
        self.net.advance(1.5)
        self.assertEqual((self.said(busy), busy.how_it_ended), (["slow"], "ConnectionDone"))
        self.net.advance(60)
        self.send(relayed)
        self.assertEqual(self.said(relayed), ["1", "1"])
        relayed.close()


class RemovedTests(ApplyCase):
    """Relayed connections of a member that was removed."""

    def ended_after(self, *parts: str) -> Recorder:
        """One that is still there after 9 of 10 seconds, and is not after that."""
        facts = FactRecorder()
        timeout = 'removed_timeout = "10s"\n'
        self.serve(pool("p", 1, more=timeout), listener("l", 80, "p", "tcp"), observers=facts.observers)
        relayed = self.proxy.client(http_request())
        self.apply(*parts)
        self.net.advance(9)
        self.send(relayed)
        self.assertEqual(self.said(relayed), ["1", "1"])
        self.assertEqual(facts.of(ConnectionsEnded), [])
        self.net.advance(1.1)
        self.assertEqual(relayed.read_ended or relayed.how_it_ended is not None, True)
        (fact,) = facts.of(ConnectionsEnded)
        self.assertEqual((fact.pool, fact.upstream, fact.count, fact.why), ("p", "10.0.0.1:80", 1, "removed"))
        return relayed

    def test_in_time(self) -> None:
        timeout = 'removed_timeout = "10s"\n'
        self.ended_after(pool("p", 2, more=timeout), listener("l", 80, "p", "tcp")).close()
        self.assertEqual(self.who(), "2")

    def test_with_its_pool(self) -> None:
        """As the pool said that is gone, also where its address goes on with another one."""
        self.ended_after(pool("q", 2), listener("l", 80, "q", "tcp")).close()

    def test_with_its_listener(self) -> None:
        self.ended_after(pool("q", 2), listener("m", 81, "q", "tcp")).close()

    def test_a_stop(self) -> None:
        """Nothing waits for it any more."""
        text = pool("p", 1, more='removed_timeout = "10s"\n'), listener("l", 80, "p", "tcp")
        self.serve(*text)
        relayed = self.proxy.client(http_request())
        self.apply(pool("p", 2, more='removed_timeout = "10s"\n'), listener("l", 80, "p", "tcp"))
        stopping = self.proxy.service.stopService()
        self.net.advance(6)
        self.successResultOf(stopping)
        self.assertEqual(self.net.clock.getDelayedCalls(), [])
        self.assertIsNotNone(relayed.how_it_ended)


class KnownTests(ApplyCase):
    """What changes takes over what is known."""

    def test_kept_connections_to_nodes(self) -> None:
        """Of a member that stays they are used again, by whatever its listeners are now."""
        self.serve(pool("p", 1), listener("l", 80, "p"))
        self.who()
        self.apply(
            pool("p", 1, 2, more='connect_timeout = "2s"\n'), listener("l", 80, "p", more="tries = 1\n")
        )
        self.assertEqual(sorted(self.who() for _ in range(2)), ["1", "2"])
        self.assertEqual(len(self.nodes[1].connections), 1)

    def test_kept_connections_of_who_is_gone(self) -> None:
        self.serve(pool("p", 1, 2), listener("l", 80, "p"))
        self.assertEqual(sorted(self.who() for _ in range(2)), ["1", "2"])
        self.apply(pool("p", 2), listener("l", 80, "p"))
        self.assertEqual((len(self.nodes[1].live), len(self.nodes[2].live)), (0, 1))

    def test_limits_of_clients(self) -> None:
        service = self.serve("max_connections = 7\n", pool("p", 1), listener("l", 80, "p")).service
        self.apply("max_connections = 5\n", "mirror_budget = 9\n", pool("p", 1), listener("l", 80, "p"))
        self.assertEqual((service.connections.most, service.mirror_budget.limit), (5, 9))


class WaitingTests(SynchronousTestCase):
    """Requests that wait for a Tessera."""

    def serve(self) -> MemoryProxy:
        proxy = self.proxy = MemoryProxy(self.text("t", "x"))
        store = TesseraStore()
        for name in "xy":
            proxy.net.listen(f"{name}:9101", SimulatedTessera(proxy.net.clock, store, name=name).q2t)
            proxy.net.kill(f"{name}:9101")
        proxy.start()
        self.addCleanup(proxy.stop)
        return proxy

    def text(self, pool: str, *nodes: str) -> str:
        upstreams = ", ".join(f'"http://{node}:9101"' for node in nodes)
        more = 'client_timeout = "none"\n'
        return f"[pools.{pool}]\nupstreams = [{upstreams}]\n" + listener("l", 1, pool, "tessera-q2t", more)

    def waiting(self) -> Recorder:
        client = self.proxy.client(http_request(b"GET", b"/upcheck"))
        self.proxy.net.advance(3)
        self.assertEqual(client.received, b"")
        return client

    def test_on_a_pool_that_is_gone(self) -> None:
        """They are still woken when its members are back; so its checks go on for so long."""
        proxy = self.serve()
        client = self.waiting()
        proxy.apply(self.text("u", "y"))
        proxy.net.advance(30)
        self.assertEqual((client.received, len(proxy.service.retired)), (b"", 2))
        proxy.net.revive("x:9101")
        proxy.net.advance(3)
        self.assertEqual([one.status for one in responses(client)], [200])
        proxy.net.advance(2)
        self.assertEqual(len(proxy.service.retired), 0)
        accepted = proxy.net.accepted("x:9101")
        proxy.net.advance(5)
        self.assertEqual(proxy.net.accepted("x:9101"), accepted, "nor is it checked any more")

    def test_a_member_that_comes(self) -> None:
        """It wakes them."""
        proxy = self.serve()
        client = self.waiting()
        proxy.net.revive("y:9101")
        proxy.apply(self.text("t", "x", "y"))
        proxy.net.advance(0.1)
        self.assertEqual([one.status for one in responses(client)], [200])

    def test_a_stop(self) -> None:
        """Who waits on a pool that is gone is told, too."""
        proxy = self.serve()
        client = self.waiting()
        proxy.apply(self.text("u", "y"))
        stopping = proxy.service.stopService()
        proxy.net.advance(1)
        self.successResultOf(stopping)
        self.assertEqual([one.status for one in responses(client)], [503])


class RefusedTests(ApplyCase):
    """What cannot be used changes nothing."""

    def test_an_address_that_is_taken(self) -> None:
        text = pool("p", 1), listener("l", 80, "p")
        service = self.serve(*text).service
        self.net.listen("proxy:82", Factory())
        before = service.config
        with self.assertRaises(ListenError):
            self.apply(pool("p", 2), listener("l", 80, "p"), listener("m", 81, "p"), listener("n", 82, "p"))
        self.assertIs(service.config, before)
        self.assertEqual(self.who(), "1")
        self.net.listen("proxy:81", Factory())

    def test_clients_are_refused_by_the_name_of_now(self) -> None:
        """A listener that goes on under another name tells of those it refuses by that name."""
        facts = FactRecorder()
        first, then = (listener(name, 80, "p").replace("tcp:", "haproxy:tcp:") for name in "lm")
        self.serve(pool("p", 1), first, observers=facts.observers)
        for name, text in (("l", first), ("m", then)):
            self.apply(pool("p", 1), text)
            self.proxy.client(b"nonsense", name)
            self.net.run()
            self.assertEqual(facts.of(Refused)[-1].listener, name)

    def test_clients_have_as_long_for_a_handshake_as_is_said_now(self) -> None:
        facts = FactRecorder()
        text = pool("p", 1), listener("l", 80, "p").replace("tcp:", "haproxy:tcp:")
        self.serve(*text, observers=facts.observers)
        self.apply(*text, 'header_timeout = "2s"\n')
        self.proxy.client(b"")
        self.net.advance(3)
        self.assertEqual([one.cause for one in facts.of(Refused)], ["the PROXY header took too long"])

    def test_not_while_it_runs(self) -> None:
        text = pool("p", 1), listener("l", 80, "p")
        proxy = self.serve(*text)
        stopping = proxy.service.stopService()
        with self.assertRaises(ConfigError):
            self.apply(*text)
        self.net.advance(1)
        self.successResultOf(stopping)

    def test_stopped_meanwhile(self) -> None:
        """An address that is had only after the stop is given back."""
        text = pool("p", 1), listener("l", 80, "p")
        proxy = self.serve(*text)
        had: Deferred[None] = Deferred()

        class Later(MemoryEndpoints):
            def listening(self, *asked: Any) -> Any:
                endpoint = super().listening(*asked)

                class Endpoint:
                    async def wait(self, factory: IProtocolFactory) -> Any:
                        await had
                        return await endpoint.listen(factory)

                    def listen(self, factory: IProtocolFactory) -> Any:
                        return Deferred.fromCoroutine(self.wait(factory))

                return Endpoint()

        proxy.service._process.endpoints = Later(proxy.net, "proxy")
        config = proxy._read("".join((*text, listener("m", 81, "p"))))
        applying = proxy.service.apply(config)
        self.assertNoResult(applying)
        stopping = proxy.service.stopService()
        proxy.net.advance(1)
        self.successResultOf(stopping)
        had.callback(None)
        proxy.net.run()
        self.failureResultOf(applying, ConfigError)
        proxy.net.listen("proxy:81", Factory())

    def test_stopped_before_the_turn(self) -> None:
        """However short a turn the change is put off to, a stop may come before it."""
        text = pool("p", 1), listener("l", 80, "p")
        proxy = self.serve(*text)
        clock, stopping = proxy.net.clock, list[Deferred[None]]()

        class Long(MemoryEndpoints):
            def listening(self, *asked: Any) -> Any:
                endpoint = super().listening(*asked)

                class Endpoint:
                    def listen(self, factory: IProtocolFactory) -> Any:
                        # So that what follows is left to the next turn, in which the stop comes first.
                        clock.rightNow += 0.001
                        clock.callLater(0, lambda: stopping.append(proxy.service.stopService()))
                        return endpoint.listen(factory)

                return Endpoint()

        proxy.service._process.endpoints = Long(proxy.net, "proxy")
        applying = proxy.service.apply(proxy._read("".join((*text, listener("m", 81, "p")))))
        self.assertNoResult(applying)
        proxy.net.advance(1)
        self.failureResultOf(applying, ConfigError)
        self.successResultOf(stopping[0])
        proxy.net.listen("proxy:81", Factory())

    def test_one_at_a_time(self) -> None:
        service = self.serve(pool("p", 1), listener("l", 80, "p")).service
        configs = [self.proxy._read(pool("p", n) + listener("l", 80, "p")) for n in (2, 3)]
        for config in configs:
            self.successResultOf(service.apply(config))
        self.assertEqual(self.who(), "3")


def slow(body: bytes) -> Play:
    made = respond(200, body)
    return evolve(made, steps=(Wait(1.0), *made.steps))
