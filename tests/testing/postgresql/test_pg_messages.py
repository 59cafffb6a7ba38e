"""Tests for L{quorumha.testing.postgresql.pg_messages}."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing.postgresql import pg_messages as pg


class MessageTests(SynchronousTestCase):
    """Made and read."""

    @given(st.lists(st.binary(max_size=20), max_size=5), st.integers(1, 7))
    def test_pieces(self, bodies: list[bytes], size: int) -> None:
        """However they are cut."""
        data = b"".join(pg.message(b"D", body) for body in bodies)
        messages, found = pg.Messages(), []
        for at in range(0, len(data), size):
            found += messages.more(data[at : at + size])
        self.assertEqual(found, [(b"D", body) for body in bodies])

    @given(st.lists(st.text(st.characters(codec="utf-8"), max_size=9), max_size=4))
    def test_rows(self, values: list[str]) -> None:
        self.assertEqual(pg.read_row(pg.row(*values)), tuple(values))

    def test_errors(self) -> None:
        self.assertEqual(pg.read_fields(pg.fields(S="FATAL", M="no")), {"S": "FATAL", "M": "no"})

    def test_beginning(self) -> None:
        """What a client begins with has no type; what follows it has."""
        messages = pg.Messages()
        self.assertIsNone(messages.first(pg.start_up(user="x")[:9]))
        found = messages.first(pg.start_up(user="x")[9:] + pg.message(b"Q"))
        self.assertEqual(found, (196608, b"user\0x\0\0"))
        self.assertEqual(list(messages.more(b"")), [(b"Q", b"")])
