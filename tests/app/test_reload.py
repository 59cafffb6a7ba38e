"""The configuration's file is taken again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, execute
from twisted.trial.unittest import SynchronousTestCase

from quorumha.admin.running import LastReload, ReloadResult
from quorumha.app.kinds import parse_config
from quorumha.app.prepared import Applied
from quorumha.app.reload import FAILED, NO_FILE, Reloader, make_reloader
from quorumha.config.model import Config
from quorumha.events import ReloadRefused, ReloadTaken
from quorumha.testing import FactRecorder, MemoryProxy, Message, ScriptedUpstream, http_request
from quorumha.testing.http.plays import Play, respond


def text(*numbers: int, more: str = "") -> str:
    upstreams = ", ".join(f'"http://10.0.0.{number}:80"' for number in numbers)
    return (
        f'{more}[pools.p]\nupstreams = [{upstreams}]\n[listeners.l]\nlisten = "tcp:80"\nserve = "http"\n'
        'pool = "p"\n'
    )


class ReloadCase(SynchronousTestCase):
    """A proxy of a file that is a text here."""

    def setUp(self) -> None:
        self.facts = FactRecorder()
        self.text = text(1)
        self.proxy = MemoryProxy(self.text, observers=self.facts.observers)
        self.net, self.service = self.proxy.net, self.proxy.service
        for number in (1, 2):
            node = ScriptedUpstream(self.net.clock)
            node.then = respond(200, b"%d" % number)
            self.net.listen(f"10.0.0.{number}:80", node)
        self.reads = 0
        self.held: Deferred[None] | None = None
        self.reloader = Reloader(self.service, "q.toml", self.load, self.in_thread, lambda: 7.0)

    def load(self, serves: Config) -> Config:
        self.reads += 1
        self.assertIs(serves, self.service.config)
        return parse_config(self.text, "q.toml", {})

    def in_thread(self, call: Callable[[], Any]) -> Deferred[Any]:
        """At once, or when it is let go."""
        if self.held is None:
            return execute(call)
        return self.held.addCallback(lambda _: call())

    def start(self) -> None:
        self.proxy.start()
        self.addCleanup(self.proxy.stop)

    def who(self) -> str:
        return self.proxy.ask(http_request(), within=5).body.decode()

    def reload(self, *, dry_run: bool = False) -> ReloadResult:
        result = self.reloader.reload(dry_run=dry_run)
        self.net.run()
        return self.successResultOf(result)


class TakenTests(ReloadCase):
    """What can be used serves."""

    def test_taken(self) -> None:
        self.start()
        applied: list[Applied] = []
        self.service.applied.add(applied.append)
        before, self.text = self.service.config, text(2)
        result = self.reload()
        self.assertTrue(result.taken)
        self.assertEqual(self.who(), "2")
        self.assertEqual([(one.before, one.config) for one in applied], [(before, self.service.config)])
        self.assertEqual([one.file for one in self.facts.of(ReloadTaken)], ["q.toml"])
        numbers = self.service.process_numbers
        self.assertEqual((numbers.reloads_taken, numbers.reloads_refused, numbers.reloaded_at), (1, 0, 7.0))
        self.assertEqual(self.service.last_reload, LastReload(7.0, result))

    def test_dry_run(self) -> None:
        """It says what would be, and neither changes nor tells anything."""
        self.start()
        self.text = text(2)
        result = self.reload(dry_run=True)
        lines = ("removed pools.p.upstreams[10.0.0.1:80]", "added pools.p.upstreams[10.0.0.2:80]")
        self.assertEqual((result.taken, result.changes), (True, lines))
        self.assertEqual((self.who(), self.facts.of(ReloadTaken), self.service.last_reload), ("1", [], None))

    def test_what_changed(self) -> None:
        self.start()
        self.text = text(1, more="max_connections = 7\n")
        self.assertEqual(self.reload().changes, ("max_connections: not given -> 7",))
        self.assertEqual(self.reload().changes, ())
        self.assertEqual(
            [tuple(one.changes) for one in self.facts.of(ReloadTaken)],
            [("max_connections: not given -> 7",), ()],
        )

    def test_the_operators_word(self) -> None:
        """It outlives a reload that does not speak of it; a changed C{enabled} wins, and that is said."""
        self.start()
        enabled = '[pools.p]\nupstreams = [{ endpoint = "http://10.0.0.1:80", enabled = true }]\n'
        self.text = enabled + text(1).partition("\n")[2].partition("\n")[2]
        self.service.pools["p"].members[0].enabled = False
        self.reload()
        (member,) = self.service.pools["p"].members
        self.assertFalse(member.enabled)
        self.text = self.text.replace("true", "false")
        key = "pools.p.upstreams[10.0.0.1:80].enabled"
        said = (f"{key}: true -> false (its operator's word, disabled, gives way)",)
        self.assertEqual(self.reload().changes, said)
        self.text = self.text.replace("false", "true")
        self.assertEqual(self.reload().changes, (f"{key}: false -> true",))
        self.assertTrue(member.enabled)

    def test_before_the_start_is_done(self) -> None:
        """It is taken after the start."""
        result = self.reloader.reload()
        self.assertNoResult(result)
        self.assertEqual(self.reads, 0)
        self.text = text(2)
        self.start()
        self.assertTrue(self.successResultOf(result).taken)
        self.assertEqual(self.who(), "2")

    def test_ten_during_one(self) -> None:
        """They wait, and make one more; a dry run that comes meanwhile is none."""
        self.start()
        held = self.held = Deferred()
        first = self.reloader.reload()
        self.text, self.held = text(2), None
        more = [self.reloader.reload() for _ in range(10)]
        dry = self.reloader.reload(dry_run=True)
        for one in (first, *more, dry):
            self.assertNoResult(one)
        held.callback(None)
        self.net.run()
        self.assertTrue(all(self.successResultOf(one).taken for one in (first, *more, dry)))
        self.assertEqual((self.reads, len(self.facts.of(ReloadTaken))), (3, 2))

    def test_who_asked_may_leave(self) -> None:
        self.start()
        self.held = held = Deferred[None]()
        first = self.reloader.reload()
        first.addErrback(lambda _: None)
        first.cancel()
        second = self.reloader.reload()
        self.held = None
        held.callback(None)
        self.net.run()
        self.assertTrue(self.successResultOf(second).taken)
        self.assertEqual(self.service.process_numbers.reloads_taken, 2)


class KnownTests(SynchronousTestCase):
    """What is known of members outlives a reload that changes what can be changed of their pool."""

    def test_a_member_that_was_down(self) -> None:
        """It is down, and is not sent one request, though its checks are made anew, and it would respond."""
        proxy = MemoryProxy(self.text("400ms"))
        nodes = {number: ScriptedUpstream(proxy.net.clock) for number in (1, 2)}
        for number, node in nodes.items():
            node.then = self.play(number)
            proxy.net.listen(f"10.0.0.{number}:80", node)
        proxy.start()
        self.addCleanup(proxy.stop)
        proxy.net.advance(3)
        self.assertTrue(proxy.service.pools["p"].members[1].health.down)
        texts = [self.text("1s"), self.text("1s", "weight = 3, "), self.text("2s", more="tries = 1\n")]
        reloader = Reloader(
            proxy.service, "q.toml", lambda serves: parse_config(texts.pop(0), "q.toml", {}), execute
        )
        while texts:
            reloader.reload()
            self.assertTrue(proxy.service.pools["p"].members[1].health.down)
            for _ in range(10):
                self.assertEqual(proxy.ask(http_request()).body, b"1")
            proxy.net.advance(3)
        asked = {request.target for request in nodes[2].requests}
        self.assertEqual(asked, {b"/up"})
        self.assertEqual(proxy.service.process_numbers.reloads_taken, 3)

    def text(self, interval: str, second: str = "", more: str = "") -> str:
        return (
            '[pools.p]\nupstreams = ["http://10.0.0.1:80", '
            f'{{ {second}endpoint = "http://10.0.0.2:80" }}]\n'
            f'check = {{ kind = "http", path = "/up", interval = "{interval}" }}\n'
            f'[listeners.l]\nlisten = "tcp:80"\nserve = "http"\npool = "p"\n{more}'
        )

    def play(self, number: int) -> Callable[[Message], Play]:
        """The second one says that it is not well, but responds to whatever else is asked."""

        def responds(request: Message) -> Play:
            well = number == 1 or request.target != b"/up"
            return respond(200 if well else 503, b"%d" % number)

        return responds


class RefusedTests(ReloadCase):
    """What cannot be used changes nothing, and each problem is said."""

    def refused(self, *problems: str) -> None:
        before = self.service.config
        result = self.reload()
        self.assertEqual((result.taken, result.changes), (False, ()))
        self.assertEqual(len(result.problems), len(problems), result)
        for found, wanted in zip(result.problems, problems, strict=True):
            self.assertIn(wanted, found)
        self.assertIs(self.service.config, before)
        self.assertEqual([one.problems for one in self.facts.of(ReloadRefused)], [result.problems])
        numbers = self.service.process_numbers
        self.assertEqual(
            (numbers.reloads_taken, numbers.reloads_refused, numbers.reload_succeeded), (0, 1, False)
        )
        self.assertEqual(self.facts.of(ReloadTaken), [])

    def test_half_written(self) -> None:
        self.start()
        self.text = text(2)[:-5]
        self.refused("not TOML")
        self.assertEqual(self.who(), "1")

    def test_every_problem(self) -> None:
        self.start()
        self.text = text(2, more='nonsense = 1\nstop_timeout = "x"\n')
        self.refused("nonsense", "stop_timeout")

    def test_an_address_that_is_taken(self) -> None:
        self.start()
        place = self.net.listen("proxy:81", ScriptedUpstream(self.net.clock))
        self.text = text(2) + '[listeners.m]\nlisten = "tcp:81"\nserve = "http"\npool = "p"\n'
        self.refused("listener m")
        place.stopListening()
        self.assertTrue(self.reload().taken)
        self.text = text(2)
        self.reload()

    def test_without_a_file(self) -> None:
        self.start()
        self.reloader = make_reloader(self.net.clock, self.service, None)
        self.refused(NO_FILE)

    def test_while_it_stops(self) -> None:
        self.proxy.start()
        self.proxy.stop()
        self.refused("only a proxy that runs")

    def test_a_bug(self) -> None:
        """Whatever happens, the next one is done."""
        self.start()
        self.held = Deferred()
        self.held.errback(ZeroDivisionError())
        self.refused(FAILED)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.held = None
        self.assertTrue(self.reload().taken)


del ReloadCase
