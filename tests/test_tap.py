"""Tests for L{quorumha.tap}: the options of C{twistd quorumha}, and what they stand for."""

from __future__ import annotations

import signal
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from twisted.application.service import IService, IServiceMaker
from twisted.plugin import getPlugins
from twisted.python import usage
from twisted.trial.unittest import SynchronousTestCase

from quorumha import tap
from quorumha.app.version import installed_version
from quorumha.config.model import Config
from quorumha.config.tables import file_fields
from tests.documents import STARTING_EXAMPLE


def parsed(*arguments: str) -> tap.Options:
    """The options from a command line."""
    options = tap.Options()
    options.parseOptions(list(arguments))
    return options


class OptionsTests(SynchronousTestCase):
    """The command line."""

    def test_plain(self) -> None:
        """Nothing given."""
        options = parsed()
        self.assertEqual(
            (options["config"], options["demo"], options["duration"], options.has_flags),
            (None, 0, 60.0, False),
        )

    def test_given(self) -> None:
        """Each option, with units, and repeated."""
        self.assertEqual(parsed("-c", "f")["config"], "f")
        options = parsed("--demo", "--duration", "2m")
        self.assertEqual((options["demo"], options["duration"]), (1, 120.0))
        options = parsed("--tcp", "1=a:1", "--tcp", "2=a:1", "--http", "3=a:1")
        self.assertEqual((options["tcp"], options["http"]), (["1=a:1", "2=a:1"], ["3=a:1"]))

    def test_refused(self) -> None:
        """What makes no sense together, or at all."""
        for arguments in [
            ("--config", "f", "--demo"),
            ("--config", "f", "--tcp", "1=a:1"),
            ("--demo", "--http", "1=a:1"),
            ("--demo", "--duration", "soon"),
            ("--nothing",),
            ("surplus",),
        ]:
            with self.assertRaises(usage.UsageError, msg=str(arguments)):
                parsed(*arguments)

    def test_nearest_right_form(self) -> None:
        """What is mistyped, or stands where nothing may."""
        for arguments, hint in [
            (("--confg", "f"), "option --confg not recognized; did you mean '--config'?"),
            (("--htp", "1=a:1"), "option --htp not recognized; did you mean '--http'?"),
            (("f.toml",), "'f.toml' is no option; give a configuration file by --config FILE"),
        ]:
            with self.assertRaises(usage.UsageError) as caught:
                parsed(*arguments)
            self.assertEqual(str(caught.exception), hint)

    def test_version(self) -> None:
        """It is quorumha's, not Twisted's."""
        told = StringIO()
        with redirect_stdout(told), self.assertRaises(SystemExit):
            parsed("--version")
        self.assertEqual(told.getvalue(), f"quorumha {installed_version()}\n")

    def test_options_are_apart(self) -> None:
        """Two command lines in one process do not share their flags."""
        parsed("--tcp", "1=a:1")
        self.assertEqual(parsed()["tcp"], [])


class PluginTests(SynchronousTestCase):
    """What twistd finds."""

    def test_found(self) -> None:
        """One ServiceMaker leads here."""
        (maker,) = (plugin for plugin in getPlugins(IServiceMaker) if plugin.tapname == "quorumha")
        self.assertIs(maker.options, tap.Options)
        self.assertIs(maker.makeService, tap.makeService)


class MakeServiceTests(SynchronousTestCase):
    """From options to a service, or to an exit status."""

    def setUp(self) -> None:
        # A start takes note of a SIGHUP, which the process of the tests is not to do for ever.
        self.addCleanup(signal.signal, signal.SIGHUP, signal.getsignal(signal.SIGHUP))

    def left(self, options: tap.Options) -> tuple[object, str]:
        """The exit status, and what standard error was told."""
        told = StringIO()
        with redirect_stderr(told), self.assertRaises(SystemExit) as caught:
            tap.makeService(options)
        return caught.exception.code, told.getvalue()

    def test_nothing_to_do(self) -> None:
        """Without a word, it says what to do."""
        status, told = self.left(parsed())
        self.assertEqual(status, 64)
        for word in ("--config", "--demo", "--tcp", "--http"):
            self.assertIn(word, told)

    def test_bad_file(self) -> None:
        """Every problem of a file, and no traceback."""
        path = Path(self.mktemp())
        path.write_text("x = 1\ny = 2\n" + STARTING_EXAMPLE)
        status, told = self.left(parsed("--config", str(path)))
        self.assertEqual(status, 78)
        known = ", ".join(file_fields(Config))
        self.assertEqual(
            [line for line in told.splitlines() if line.startswith(str(path))],
            [
                f"{path}:1:1 x: unknown key; known keys: {known}",
                f"{path}:2:1 y: unknown key; known keys: {known}",
            ],
        )
        self.assertNotIn("Traceback", told)

    def test_bad_flags(self) -> None:
        """Flags that cannot be read, and flags at odds with each other."""
        status, told = self.left(parsed("--tcp", "22000"))
        self.assertEqual((status, told.startswith("--tcp 22000: ")), (78, True))
        status, told = self.left(parsed("--tcp", "22000=a:1", "--http", "22000=a:1"))
        self.assertEqual(status, 78)
        self.assertIn("is the address of listeners.tcp-1 too", told)

    def test_good(self) -> None:
        """A service, not started; warnings are told."""
        path = Path(self.mktemp())
        path.write_text(STARTING_EXAMPLE + '[pools.spare]\nupstreams = ["tcp:h:1"]\n')
        told = StringIO()
        with redirect_stderr(told):
            service = tap.makeService(parsed("--config", str(path)))
        self.assertTrue(IService.providedBy(service))
        self.assertFalse(service.running)
        self.assertIn("pools.spare: no listener uses this pool", told.getvalue())
        self.assertTrue(told.getvalue().startswith("warning: "))
