"""Tests for L{quorumha.app.log_switch}: logs follow the configuration."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.testing import MemoryReactorClock
from twisted.logger import Logger, LogPublisher
from twisted.trial.unittest import SynchronousTestCase

from quorumha import events
from quorumha.app.log_switch import LogSwitch
from quorumha.logs.access_facts import AccessLogFailed
from quorumha.logs.pipeline import LogPipeline
from quorumha.logs.sinks import Stream
from quorumha.testing import FactRecorder, MemoryProxy, http_request

CONFIG = """
[pools.nodes]
upstreams = ["http://10.0.0.1:80"]
check = "off"
[listeners.l]
listen = "tcp:8080"
serve = "http"
pool = "nodes"
"""


class Reactor(MemoryReactorClock):
    """One in whose thread all runs."""

    def callFromThread(self, call: Callable[..., object], *args: object) -> None:
        """At once."""
        call(*args)


class SwitchTests(SynchronousTestCase):
    """What is written, and when that changes."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()
        self.facts = FactRecorder()

    def start(self, log: str) -> None:
        observers = events.Observers(self.facts)
        self.proxy = MemoryProxy(log + CONFIG, observers=observers)
        self.reactor: Any = Reactor()
        self.stream = io.StringIO()
        self.logs = LogPipeline(self.reactor, Stream(self.stream))
        self.switch = LogSwitch(self.reactor, self.proxy.service, self.logs, lambda run: None)
        self.proxy.simulate()
        self.proxy.start()
        self.addCleanup(self.proxy.stop)
        self.switch.startService()
        self.reactor.run()

    def ask(self) -> None:
        self.proxy.ask(http_request(b"GET", b"/secret?k=1"))

    def lines(self, name: str) -> list[dict[str, Any]]:
        """What the access log's file has."""
        access = self.switch.access
        if access is not None:
            access.hand_over()
            access.writer.turn()
        file = self.folder / name
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def access(self, name: str, more: str = "") -> str:
        return f'log = {{ access = "{self.folder}/{name}"{more} }}\n'

    def test_off(self) -> None:
        """Nobody wants every request, and nothing is built."""
        self.start("")
        self.ask()
        self.assertIsNone(self.switch.access)
        self.assertFalse(self.proxy.service.observers.requests)
        self.assertFalse(self.switch.reopen())

    def test_file(self) -> None:
        """A line; its path is the route."""
        self.start(self.access("a"))
        self.ask()
        (line,) = self.lines("a")
        self.assertEqual((line["listener"], line["path"], line["status"]), ("l", "/", 200))
        self.assertTrue(self.switch.reopen())

    def test_paths(self) -> None:
        self.start(self.access("a", ", access_paths = true"))
        self.ask()
        self.assertEqual(self.lines("a")[0]["path"], "/secret?k=1")
        (line,) = self.lines("a")
        self.assertEqual(line["method"], "GET")

    def test_changed(self) -> None:
        """By another configuration: off, on, elsewhere, less of it."""
        self.start("")
        self.ask()
        self.proxy.apply(self.access("a") + CONFIG)
        self.ask()
        self.assertEqual(len(self.lines("a")), 1)
        first = self.switch.access
        self.proxy.apply(self.access("b", ", access_errors_only = true") + CONFIG)
        assert first is not None
        first.writer.turn()
        self.ask()
        self.proxy.kill("10.0.0.1:80")
        self.ask()
        self.assertEqual([line["status"] for line in self.lines("b")], [502])
        self.assertEqual(len(self.lines("a")), 1)
        self.proxy.apply(CONFIG)
        self.assertIsNone(self.switch.access)
        self.assertFalse(self.proxy.service.observers.requests)

    def test_reload_opens_anew(self) -> None:
        """Also one that changes nothing."""
        self.start(self.access("a"))
        self.ask()
        self.assertEqual(len(self.lines("a")), 1)
        (self.folder / "a").rename(self.folder / "old")
        self.proxy.apply(self.access("a") + CONFIG)
        self.ask()
        access = self.switch.access
        assert access is not None
        access.writer.turn()
        self.assertEqual(len(self.lines("a")), 1)
        self.assertEqual(len((self.folder / "old").read_text().splitlines()), 1)

    def test_cannot_be_written(self) -> None:
        """Requests go on; it is told, and counted."""
        self.start(self.access("none/a"))
        self.ask()
        self.ask()
        self.assertEqual(self.lines("none/a"), [])
        self.assertEqual(self.proxy.service.process_numbers.access_log_dropped, 2)
        (fact,) = self.facts.of(AccessLogFailed)
        self.assertEqual((fact.path, fact.cause), (f"{self.folder}/none/a", "No such file or directory"))
        self.assertIn("its lines are dropped, and counted", self.facts.lines()[-1])

    def test_stderr(self) -> None:
        """The lines go to standard error, which is opened by nobody."""
        self.start('log.access = "stderr"\n')
        self.assertIsNotNone(self.switch.access)

    def test_format(self) -> None:
        """The log's own keys are followed, too."""
        self.start('log = { format = "json", level = "warn" }\n')
        log = Logger("there", observer=LogPublisher(self.logs.observer))
        log.info("not this")
        log.warn("this")
        self.proxy.apply(CONFIG)
        log.info("text")
        of_json, text = self.stream.getvalue().splitlines()
        self.assertEqual(json.loads(of_json)["text"], "this")
        self.assertTrue(text.endswith("[there#info] text"), text)

    def test_own_log(self) -> None:
        """The operator's own log is left alone; the access log is there all the same."""
        self.start(self.access("a"))
        switch = LogSwitch(self.reactor, self.proxy.service, None, lambda run: None)
        switch.begin()
        self.assertIsNotNone(switch.access)
        self.assertTrue(switch.reopen())
