"""Tests for L{quorumha.ctl.terminal}."""

from __future__ import annotations

from io import StringIO

from twisted.trial.unittest import SynchronousTestCase

from quorumha.ctl.terminal import Painter, columns, visible, wants_colour


class Terminal(StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


class TerminalTests(SynchronousTestCase):
    """What reaches a user's screen."""

    def test_visible(self) -> None:
        """Nothing moves the cursor, nor the direction of writing."""
        for text, shown in (
            ("n\u00f6de 1", "n\u00f6de 1"),
            ("\x1b]0;x\x07", "\\x1b]0;x\\x07"),
            ("a\u202eb\x9b\r\n\t", "a\\u202eb\\x9b\\r\\n\\t"),
            ("\ud800", "\\ud800"),
            (5, "5"),
        ):
            self.assertEqual(visible(text), shown)

    def test_colour(self) -> None:
        self.assertTrue(wants_colour(Terminal(), {"NO_COLOR": "", "TERM": "xterm"}))
        for stream, environ in (
            (StringIO(), {}),
            (Terminal(), {"NO_COLOR": "1"}),
            (Terminal(), {"TERM": "dumb"}),
        ):
            self.assertFalse(wants_colour(stream, environ))
        self.assertEqual(Painter(True)("down", "bad"), "\x1b[31mdown\x1b[0m")
        self.assertEqual((Painter(True)("x", ""), Painter(False)("x", "bad")), ("x", "x"))

    def test_columns(self) -> None:
        """They stand below each other in colour, too."""
        rows = [[("a", ""), ("b", "")], [("long", "bad"), ("c", "")]]
        self.assertEqual(list(columns(rows, Painter(False), " ")), [" a     b", " long  c"])
        self.assertEqual(list(columns(rows, Painter(True)))[1], "\x1b[31mlong\x1b[0m  c")
        self.assertEqual(list(columns([], Painter(True))), [])
