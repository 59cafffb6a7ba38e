"""Times, counts and foreign texts, as the page says them."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.admin.page.page_words import LONGEST_TEXT, age, at, count, iso, sentence, several, shown, since
from tests.admin.status_document import NOW


class ForeignTextTests(SynchronousTestCase):
    """What nodes say, and what stands in files."""

    def test_control_characters(self) -> None:
        self.assertEqual(shown("a\x00b\x1b[31mc\r\nd"), "a\ufffdb\ufffd[31mc\ufffd\ufffdd")

    def test_direction_of_writing(self) -> None:
        """No name turns what stands beside it around."""
        self.assertEqual(shown("a\u202eb"), "a\ufffdb")

    def test_surrogates(self) -> None:
        """Bytes of a node that are no UTF-8 can be encoded all the same."""
        shown(b"\xff".decode("utf-8", "surrogateescape")).encode()

    def test_as_it_is(self) -> None:
        self.assertEqual(shown("<b>Zürich & 東京</b>"), "<b>Zürich & 東京</b>")

    def test_nothing(self) -> None:
        self.assertEqual(shown(None), "")

    def test_long(self) -> None:
        said = shown("x" * 5000)
        self.assertEqual((len(said), said[-2:]), (LONGEST_TEXT, "x\u2026"))


class TimeTests(SynchronousTestCase):
    """Ages and moments."""

    def test_ages(self) -> None:
        said = [age(one) for one in (-3, 0, 59.9, 60, 3599, 3600, 3661, 86399, 86400, 200000)]
        expected = [
            "0 s",
            "0 s",
            "59 s",
            "1 min",
            "59 min",
            "1 h",
            "1 h 1 min",
            "23 h 59 min",
            "1 d",
            "2 d 7 h",
        ]
        self.assertEqual(said, expected)

    def test_today(self) -> None:
        self.assertEqual(since(NOW - 132, NOW), "21:57:48 (2 min ago)")

    def test_another_day(self) -> None:
        """The day stands there, too."""
        self.assertEqual(at(NOW - 86400, NOW), "29 Nov 22:00:00")

    def test_for_programs(self) -> None:
        self.assertEqual(iso(NOW), "2025-11-30T22:00:00Z")


class CountTests(SynchronousTestCase):
    """Counts and sentences."""

    def test_thousands(self) -> None:
        self.assertEqual([count(one) for one in (0, 999, 1000)], ["0", "999", "1\u202f000"])

    def test_one_and_more(self) -> None:
        self.assertEqual(
            [several(one, "party", "parties") for one in (0, 1, 2)], ["0 parties", "1 party", "2 parties"]
        )

    def test_sentence(self) -> None:
        self.assertEqual([sentence(one) for one in ("", "back soon", "Done.")], ["", "Back soon.", "Done."])
