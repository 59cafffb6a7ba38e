"""Tests for L{quorumha.app.operator_words}."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from quorumha.admin.running import OperatorWord
from quorumha.app.kinds import parse_config
from quorumha.app.operator_words import OperatorWords
from quorumha.config.model import Config


def config(**enabled: bool) -> Config:
    members = ", ".join(
        f'{{ endpoint = "http://{name}:1", name = "{name}", enabled = {str(said).lower()} }}'
        for name, said in enabled.items()
    )
    text = f'[pools.p]\nupstreams = [{members}]\n[listeners.l]\nlisten = "tcp:1"\npool = "p"\n'
    return parse_config(text, "q.toml", {})


def _kept(**keys: object) -> bytes:
    word = {"pool": "p", "upstream": "a", "configured": True, "enabled": False, "who": "admin", "since": 5.0}
    return json.dumps({"version": 1, "words": [{**word, **keys}]}).encode()


#: What no word has.
WRONG: tuple[tuple[str, object], ...] = (
    ("since", 10**400),
    ("since", float("nan")),
    ("since", float("inf")),
    ("since", -1),
    ("since", 1e300),
    ("since", "5"),
    ("enabled", "false"),
    ("configured", 0),
    ("who", "\ud800"),
    ("who", "a\x1b[2J"),
    ("pool", 1),
    ("upstream", None),
)

OUT = OperatorWord(False, "admin", 5.0)


class WordsTests(SynchronousTestCase):
    """What holds, and for how long."""

    def setUp(self) -> None:
        self.kept: list[bytes] = []
        self.words = OperatorWords(self.kept.append)

    def test_read_back(self) -> None:
        self.words.say("p", "a", OUT, configured=True)
        other = OperatorWords()
        other.read(self.kept[-1])
        self.assertEqual(list(other.all()), [("p", "a", OUT)])
        other.read(b"")
        self.assertEqual(list(other.all()), [], "nothing was ever kept")

    def test_not_ours(self) -> None:
        for kept in (
            b"{",
            b"[]",
            b"{}",
            b'{"words": 1}',
            b'{"words": [1]}',
            b'{"words": [{}]}',
            b"\xff",
            b"1",
            b"[" * 100_000,
            b'{"version": 2, "words": []}',
            b'{"version": 1, "words": 1}',
            b'{"version": 1, "words": [1]}',
            *(_kept(**{key: value}) for key, value in WRONG),
        ):
            with self.subTest(kept=kept), self.assertRaises(ValueError):
                self.words.read(kept)

    def test_since_the_first_time(self) -> None:
        self.words.say("p", "a", OUT, configured=True)
        self.words.say("p", "a", OperatorWord(False, "admin", 9.0), configured=True)
        self.assertEqual((self.words.of("p", "a"), len(self.kept)), (OUT, 1))

    def test_clear(self) -> None:
        self.words.say("p", "a", OUT, configured=True)
        self.words.clear("p", "a")
        self.words.clear("p", "a")
        self.assertEqual((self.words.of("p", "a"), len(self.kept)), (None, 2))

    def test_follow(self) -> None:
        """A word ends with its member, and with what the file said then; not with anything else."""
        for now, holds in (
            (config(a=True, b=True), True),
            (config(b=True), False),
            (config(a=False, b=True), False),
        ):
            self.words.say("p", "a", OUT, configured=True)
            self.words.follow(now)
            self.assertEqual(self.words.of("p", "a"), OUT if holds else None)
        self.words.say("q", "a", OUT, configured=True)
        self.words.follow(config(a=True))
        self.assertIsNone(self.words.of("q", "a"), "its pool is gone")
