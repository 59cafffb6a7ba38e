"""What is counted as a call of ours, and which request is the usual one."""

from __future__ import annotations

import sys
from collections import Counter
from types import CodeType

from twisted.trial.unittest import SynchronousTestCase

from bench.calls import PACKAGE, Calls, is_ours, lengths, usual
from quorumha.app.kinds import parse_config

CONFIG = '[pools.p]\nupstreams = ["tcp:a:1"]\n[listeners.l]\nlisten = "tcp:1"\nserve = "tcp"\npool = "p"\n'
FIRST, SECOND = (compile(text, "x.py", "eval") for text in ("1", "2"))


class OursTests(SynchronousTestCase):
    """Which files count."""

    def test_the_proxy(self) -> None:
        """The package counts, wherever in it a file stands."""
        self.assertTrue(is_ours(PACKAGE / "cli.py"))
        self.assertTrue(is_ours(PACKAGE / "config" / "model.py"))

    def test_others(self) -> None:
        """What is apart from the proxy does not, nor what only begins alike."""
        for part in ("testing", "demo"):
            self.assertFalse(is_ours(PACKAGE / part / "a.py"))
        self.assertFalse(is_ours(PACKAGE.with_name("quorumha2") / "a.py"))

    def test_lengths(self) -> None:
        """The longest comes first."""
        found = lengths()
        self.assertEqual(found, sorted(found, reverse=True))
        self.assertFalse([name for _, name in found if name.startswith("testing")])


class CountTests(SynchronousTestCase):
    """L{Calls}, and what is said of many requests."""

    def test_only_while_on(self) -> None:
        """Calls of ours, of no others, and each time taken once."""
        calls, before = Calls(), sys.getprofile()
        calls.on()
        parse_config(CONFIG, "x.toml", {})
        calls.off()
        sys.setprofile(before)
        parse_config(CONFIG, "x.toml", {})
        seen = calls.take()
        self.assertEqual(seen[parse_config.__code__], 1)
        self.assertTrue(all(code.co_filename.startswith(str(PACKAGE)) for code in seen))
        self.assertEqual(calls.take().total(), 0)

    def test_usual(self) -> None:
        """A timer that fell into some requests does not count."""
        each: list[Counter[CodeType]] = [
            Counter({FIRST: 2}),
            Counter({FIRST: 2, SECOND: 7}),
            Counter({FIRST: 2}),
        ]
        self.assertEqual(usual(each), {FIRST: 2})
