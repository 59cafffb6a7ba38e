"""Tests for L{quorumha.postgresql.role_query}; with a server: L{tests.integration.test_pq_probe}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.postgresql.role_query import word_of
from quorumha.postgresql.role_word import RoleWord

SYSTEM = b"7300000000000000001"


class WordTests(SynchronousTestCase):
    """L{word_of}."""

    def test_primary(self) -> None:
        """Its timeline is hexadecimal, as in the name of a file of its log."""
        self.assertEqual(
            word_of((b"f", b"off", SYSTEM, b"0000001F", b"t")),
            RoleWord(True, 31, SYSTEM.decode(), read_only=False, synchronous=True),
        )

    def test_standby(self) -> None:
        """Its own is a number, and it is read only."""
        self.assertEqual(
            word_of((b"t", b"on", SYSTEM, b"31", b"f")),
            RoleWord(False, 31, SYSTEM.decode(), read_only=True, synchronous=False),
        )

    def test_primary_that_is_read_only(self) -> None:
        """By C{default_transaction_read_only}."""
        self.assertTrue(word_of((b"f", b"on", SYSTEM, b"00000001", b"f")).read_only)

    def test_system_above_the_middle(self) -> None:
        """It is a number of 64 bits without a sign, and PostgreSQL shows it with one."""
        self.assertEqual(word_of((b"f", b"off", b"-1", b"00000001", b"f")).system, "18446744073709551615")

    def test_the_same_again(self) -> None:
        """Is the same word, which nobody has to read again."""
        first, again = (word_of((b"f", b"off", SYSTEM, bytes([*b"0000001F"]), b"t")) for _ in range(2))
        self.assertIs(first, again)

    def test_no_response(self) -> None:
        """Anything else is of another program."""
        for row in (
            (),
            (b"f",) * 4,
            (b"yes", b"off", SYSTEM, b"1", b"f"),
            (b"f", b"off", None, b"1", b"f"),
            (b"f", b"off", SYSTEM, None, b"f"),
            (b"f", b"off", SYSTEM, b"x", b"f"),
            (b"f", b"off", b"\xff", b"1", b"f"),
            (b"f", b"off", SYSTEM, b"100000000", b"f"),
            (b"t", b"on", SYSTEM, b"4294967296", b"f"),
            (b"t", b"on", SYSTEM, b"-1", b"f"),
        ):
            self.assertRaises(ValueError, word_of, row)

    def test_longer_than_any(self) -> None:
        """It is no response, and is not kept."""
        spaces = b" " * 1000
        for row in (
            (b"f", b"off" + spaces, SYSTEM, b"1", b"f"),
            (b"f", b"off", SYSTEM + spaces, b"1", b"f"),
            (b"f", b"off", SYSTEM, spaces + b"1", b"f"),
            (b"f", b"off", SYSTEM, b"1", b"f" + spaces),
        ):
            self.assertRaises(ValueError, word_of, row)
