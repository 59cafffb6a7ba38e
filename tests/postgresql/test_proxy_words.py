"""Tests for L{quorumha.postgresql.proxy_words}; what follows from them: test_one_primary_proxies."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.postgresql.proxy_words import ProxyWords


class ProxyWordsTests(SynchronousTestCase):
    """What two others say."""

    def setUp(self) -> None:
        self.words = ProxyWords()
        self.words.arrange(["p", "q"])

    def test_last_words(self) -> None:
        """The highest of each one's last."""
        self.words.observed("p", {"7": 2, "8": 9}, 1.0)
        self.words.observed("q", {"7": 3}, 1.0)
        self.assertEqual((self.words.highest("7"), self.words.who("7", 3)), (3, ("q",)))
        self.assertEqual(self.words.who("7", 2), ("p",))
        self.words.observed("q", {}, 2.0)
        self.assertEqual((self.words.highest("7"), self.words.highest("6")), (2, 0))

    def test_stranger(self) -> None:
        """Who is none of them, or no more, as one that a reload removed while it was asked."""
        self.assertFalse(self.words.observed("z", {"7": 9}, 1.0))
        self.words.observed("q", {"7": 9}, 1.0)
        self.words.arrange(["p"])
        self.assertFalse(self.words.observed("q", {"7": 9}, 2.0))
        self.words.silent("q", 2.0)
        self.assertEqual((self.words.highest("7"), list(self.words.names)), (0, ["p"]))

    def test_all_asked(self) -> None:
        """In vain or not."""
        self.assertFalse(self.words.all_asked(0.0))
        self.words.observed("p", {}, 5.0)
        self.words.silent("q", 6.0)
        self.assertEqual([self.words.all_asked(since) for since in (4.0, 5.0)], [True, False])

    def test_forgotten(self) -> None:
        """What another one had said does not count until it says something else of that system."""
        self.words.observed("p", {"7": 3, "8": 1}, 1.0)
        self.words.forget("7")
        for timelines in ({"7": 3, "8": 1}, {}, {"7": 3, "8": 1}):
            self.words.observed("p", timelines, 2.0)
            self.assertEqual(self.words.highest("7"), 0)
        self.assertEqual(self.words.highest("8"), 1)
        self.words.observed("p", {"7": 1}, 4.0)
        self.assertEqual(self.words.highest("7"), 1, "it was told to forget, too")
        self.words.observed("p", {"7": 3}, 4.0)
        self.assertEqual(self.words.highest("7"), 3)

    def test_forgotten_and_higher(self) -> None:
        """That was seen since."""
        self.words.observed("p", {"7": 4}, 1.0)
        self.words.forget("7")
        self.words.observed("p", {"7": 5}, 2.0)
        self.assertEqual(self.words.highest("7"), 5)

    def test_forgotten_before_it_said_anything(self) -> None:
        """There is nothing of it to be ignored."""
        self.words.forget("7")
        self.words.observed("p", {"7": 4}, 2.0)
        self.assertEqual(self.words.highest("7"), 4)
