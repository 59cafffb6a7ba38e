"""Tests for L{quorumha.http.wire.request_id}: which ids are carried."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import HeadLimits
from quorumha.http.wire.parsing import parse_request_head
from quorumha.http.wire.request_id import END, client_id, end_of, id_in


def end_for(fields: bytes) -> bytes:
    """What ends heads of a request with these fields."""
    return parse_request_head(b"GET / HTTP/1.1\r\nHost: h\r\n" + fields + b"\r\n", HeadLimits()).end


class ClientIdTests(SynchronousTestCase):
    """What a client sent."""

    def test_carried(self) -> None:
        for one in (b"a", b"A-b_c.9", b"x" * 128):
            self.assertEqual(id_in(end_for(b"X-Request-Id: %b\r\n" % one)), one)
        self.assertEqual(end_for(b"x-request-ID:  a \t\r\n"), b"X-Request-Id: a\r\n\r\n")

    def test_not_carried(self) -> None:
        """Too long, empty, of other letters, or given twice: it is as if there were none."""
        for one in (b"", b"x" * 129, b"a b", b"a,b", b"a;b", b'"a"', "ä".encode(), b"a/b", b"<a>"):
            self.assertIs(end_for(b"X-Request-Id: %b\r\n" % one), END)
        self.assertIs(end_for(b"X-Request-Id: a\r\nX-Request-Id: a\r\n"), END)
        self.assertIs(end_for(b"X-Request-Id: a\r\nX-REQUEST-ID: b\r\n"), END)

    def test_for_this_connection_alone(self) -> None:
        """What C{Connection} names is not carried."""
        self.assertIs(end_for(b"X-Request-Id: a\r\nConnection: x-request-id\r\n"), END)

    @given(st.binary(max_size=200))
    def test_ends_no_head(self, value: bytes) -> None:
        """Whatever it is: what is carried is one field's value."""
        end = end_of(client_id([value]))
        self.assertEqual(end.count(b"\r\n"), 1 if end is END else 2)
        self.assertEqual(end.count(b"\n"), end.count(b"\r"))
        self.assertEqual(Client(head_end=end).request_id, b"" if end is END else value)
