"""Tests for L{quorumha.config.spelling}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.spelling import SHOWN, Substituted, did_you_mean, nearest, show


class SpellingTests(SynchronousTestCase):
    """What was probably meant."""

    def test_nearest(self) -> None:
        """Slips of letters, case, and dashes for underscores."""
        choices = ("stop_timeout", "pools", "listeners", "round-robin")
        for word, meant in [
            ("stop_timout", "stop_timeout"),
            ("stop-timeout", "stop_timeout"),
            ("StopTimeout", "stop_timeout"),
            ("pool", "pools"),
            ("listener", "listeners"),
            ("roundrobin", "round-robin"),
            ("zebra", None),
            ("", None),
        ]:
            self.assertEqual(nearest(word, choices), meant, word)

    def test_did_you_mean(self) -> None:
        """As the end of a sentence."""
        self.assertEqual(did_you_mean("htttp", ["http"]), "; did you mean 'http'?")
        self.assertEqual(did_you_mean("x", ["http"]), "")
        self.assertEqual(did_you_mean("x", []), "")


class ShowTests(SynchronousTestCase):
    """Values in messages."""

    def test_words(self) -> None:
        """In the words of TOML."""
        for value, shown in [
            ("a", "'a'"),
            (True, "true"),
            (1, "1"),
            ({}, "a table"),
            ([1], "an array"),
            (10**5000, "a huge number"),
            ("a\nb", "'a\\nb'"),
        ]:
            self.assertEqual(show(value), shown)

    def test_cut(self) -> None:
        """Long ones are cut, and still end with their quote."""
        shown = show("x" * 200)
        self.assertEqual(len(shown), SHOWN)
        self.assertTrue(shown.endswith("...'"))

    def test_substituted(self) -> None:
        """What a variable holds is not shown."""
        value = Substituted("secret", "${A}")
        self.assertEqual((value, show(value)), ("secret", "'${A}'"))
