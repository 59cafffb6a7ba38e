"""Tests for L{quorumha.logs.pipeline}: who gets which log."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

from twisted.internet.task import Clock
from twisted.logger import Logger, LogPublisher, jsonFileLogObserver
from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.log import LogConfig
from quorumha.logs.log_thread import BOUND
from quorumha.logs.pipeline import LogPipeline, for_options
from quorumha.logs.sinks import Stream


class PipelineTests(SynchronousTestCase):
    """From an event to a line."""

    def test_lines(self) -> None:
        """Folded, in Twisted's form; counts at the end."""
        stream = io.StringIO()
        pipeline = LogPipeline(Clock(), Stream(stream))
        log = Logger("there", observer=LogPublisher(pipeline.observer))
        for _ in range(3):
            log.warn("no luck", fold="luck")
        pipeline.end()
        lines = [line.split(" ", 1)[1] for line in stream.getvalue().splitlines()]
        self.assertEqual(lines, ["[there#warn] no luck", "[there#warn] no luck (2 more of these in 10 s)"])
        self.assertFalse(pipeline.reopen())

    def test_configured(self) -> None:
        """The level and the format of the configuration, which may change."""
        stream = io.StringIO()
        pipeline = LogPipeline(Clock(), Stream(stream))
        log = Logger("there", observer=LogPublisher(pipeline.observer))
        log.debug("all")
        pipeline.take(LogConfig(format="json", level="warn"))
        log.info("not this")
        log.warn("this")
        pipeline.take(LogConfig())
        log.debug("nor this")
        log.info("text")
        pipeline.observer({"log_format": "of no level"})
        plain, of_json, again, other = stream.getvalue().splitlines()
        self.assertTrue(plain.endswith("[there#debug] all"), plain)
        self.assertEqual([json.loads(of_json)[key] for key in ("level", "text")], ["warn", "this"])
        self.assertTrue(again.endswith("[there#info] text"), again)
        self.assertTrue(other.endswith("of no level"), other)

    def test_missing_in_json(self) -> None:
        """Lines that are missing are told in JSON as well."""
        stream = io.StringIO()
        pipeline = LogPipeline(Clock(), Stream(stream))
        pipeline.take(LogConfig(format="json"))
        pipeline.writer.start(lambda run: None)
        pipeline.writer.write("x" * (BOUND + 1))
        pipeline.writer.turn()
        found = json.loads(stream.getvalue())
        self.assertEqual((found["event"], found["count"]), ("log-dropped", 1))

    def test_missing_lines(self) -> None:
        """They are told in the form of the others."""
        for form, read in ((None, str), (jsonFileLogObserver, lambda line: json.loads(line.lstrip("\x1e")))):
            stream = io.StringIO()
            more = {} if form is None else {"form": form}
            pipeline = LogPipeline(Clock(), Stream(stream), **more)  # type: ignore[arg-type]  # one key
            pipeline.writer.start(lambda run: None)
            pipeline.writer.write("x" * (BOUND + 1))
            pipeline.writer.turn()
            (line, end) = stream.getvalue().split("\n")
            self.assertEqual(end, "")
            self.assertIn("log-dropped" if form else "1 lines dropped", str(read(line)))


class ForOptionsTests(SynchronousTestCase):
    """What C{twistd} and C{twist} were told."""

    def twistd(self, **options: Any) -> LogPipeline | None:
        told = {
            "logfile": None,
            "logger": None,
            "syslog": 0,
            "nodaemon": 1,
            "debug": False,
            "uid": None,
            "gid": None,
        }
        return for_options(Clock(), {**told, **options})

    def test_left_alone(self) -> None:
        """The operator's own logger, syslog, and what is neither."""
        for options in ({"logger": print}, {"syslog": 1}, {"nodaemon": 0, "logfile": "-"}):
            self.assertIsNone(self.twistd(**options))
        self.assertIsNone(for_options(Clock(), None))
        self.assertIsNone(for_options(Clock(), {"another": "program's"}))

    def test_standard_output(self) -> None:
        """In the foreground, unless a file is named."""
        for options in ({}, {"logfile": "-"}, {"nodaemon": 0, "debug": True}):
            pipeline = self.twistd(**options)
            assert pipeline is not None
            self.assertFalse(pipeline.reopen())

    def test_file(self) -> None:
        """The one that is named, or the usual one of a daemon."""
        path = Path(self.mktemp())
        pipeline = self.twistd(logfile=str(path))
        assert pipeline is not None
        pipeline.writer.write("x\n")
        self.assertEqual(path.read_text(), "x\n")
        self.assertTrue(pipeline.reopen())
        with self.assertRaises(OSError):
            self.twistd(logfile=str(path / "none"))

    def test_usual_file(self) -> None:
        """Of a daemon."""
        folder = os.path.abspath(self.mktemp())
        os.mkdir(folder)
        before = os.getcwd()
        os.chdir(folder)
        self.addCleanup(os.chdir, before)
        self.assertIsNotNone(self.twistd(nodaemon=0))
        self.assertEqual(os.listdir(folder), ["twistd.log"])

    def test_twist(self) -> None:
        """Its form and its level stay; its file is ours."""
        stream = io.StringIO()
        options: dict[str, Any] = {"logFile": stream, "fileLogObserverFactory": jsonFileLogObserver}
        pipeline = for_options(Clock(), options)
        assert pipeline is not None
        self.assertEqual(options["fileLogObserverFactory"](options["logFile"]), pipeline.observer)
        Logger("there", observer=LogPublisher(pipeline.observer)).info("x")
        self.assertEqual(json.loads(stream.getvalue().lstrip("\x1e"))["log_format"], "x")
