"""Tests for L{quorumha.goquorum.decide.call}."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.call import (
    Call,
    OwnResponse,
    echoed,
    gone_with,
    quoted,
    unanswered,
    unavailable,
    unknown_outcome,
    unseen,
)


class CallTests(SynchronousTestCase):
    """What goes to a member."""

    def test_envelope(self) -> None:
        """Version, id, method and parameters in this order; the last ones byte for byte."""
        for id, params, written in (
            (b"1", b"[ 1.50 ]", b'{"jsonrpc":"2.0","id":1,"method":"a_b","params":[ 1.50 ]}'),
            (b"1", b"", b'{"jsonrpc":"2.0","id":1,"method":"a_b"}'),
            (b"", b"[]", b'{"jsonrpc":"2.0","method":"a_b","params":[]}'),
            (b"", b"", b'{"jsonrpc":"2.0","method":"a_b"}'),
        ):
            call = Call(id, "a_b", params)
            self.assertEqual(call.envelope, written)
            self.assertEqual(call.is_notification, not id)

    def test_any_name(self) -> None:
        """A method's name is a text, and cannot become anything else; however long it is."""
        for name in (
            'a","method":"b',
            "a\\",
            "a\n",
            "\u00e9",
            "\u4e16",
            "\x7f",
            "a b",
            "x" * 100,
            '"' * 100,
            " ",
        ):
            envelope = Call(b"1", name, b"").envelope
            self.assertEqual(json.loads(envelope), {"jsonrpc": "2.0", "id": 1, "method": name})
            self.assertEqual(json.loads(quoted(name)), name)


class OwnAnswerTests(SynchronousTestCase):
    """What the proxy says itself."""

    def test_body(self) -> None:
        """The call's id, or the error's own, or null; a reason for programs, and a hash."""
        error = OwnResponse(-32600, 'invalid "x"', "ambiguous", id=b"7")
        self.assertEqual(
            error.body(),
            b'{"jsonrpc":"2.0","id":7,"error":{"code":-32600,"message":"invalid \\"x\\"",'
            b'"data":{"quorumha":"ambiguous"}}}',
        )
        self.assertIn(b'"id":"a",', error.body(b'"a"'))
        self.assertEqual(
            OwnResponse(-32700, "parse error").body(),
            b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}}',
        )
        self.assertIn(
            b'"data":{"quorumha":"unknown-outcome","transactionHash":"0x12"}}',
            unknown_outcome("x", hash="0x12").body(b"1"),
        )

    def test_request_id(self) -> None:
        """It stands in the data; an error without data is word for word a node's."""
        self.assertIn(
            b'"data":{"quorumha":"unknown-outcome","transactionHash":"0x12","requestId":"abc-1"}}',
            unknown_outcome("x", hash="0x12").body(b"1", b"abc-1"),
        )
        error = OwnResponse(-32700, "parse error")
        self.assertEqual(error.body(request_id=b"abc-1"), error.body())

    def test_whose_outcome_is_unknown(self) -> None:
        """The member is named, and what it did or did not do."""
        found = unanswered("a1", "broke off", "0x12")
        self.assertEqual((found.message, found.hash), ("a1 got it and did not answer: broke off", "0x12"))
        found = gone_with("a1", "0x12")
        self.assertEqual((found.code, found.hash), (-32051, "0x12"))
        self.assertIn("a1 took it, and no second member", found.message)

    def test_statuses(self) -> None:
        """Where nothing was done a repeat is welcome; where the outcome is unknown it is not."""
        self.assertEqual(
            [(e.code, e.status) for e in (unavailable("x"), unknown_outcome("x"), unseen("x"))],
            [(-32050, 503), (-32051, 200), (-32052, 503)],
        )

    def test_ids_as_a_node_writes_them(self) -> None:
        """Go escapes some letters; numbers stay as they are."""
        self.assertEqual(echoed(b'"<a>&\\u003c"'), b'"\\u003ca\\u003e\\u0026\\u003c"')
        self.assertEqual(echoed('"\u2028\u2029\u202a"'.encode()), b'"\\u2028\\u2029' + '\u202a"'.encode())
        for id in (b"1.50", b"1e3", b"null", b"", b'"abc"'):
            self.assertEqual(echoed(id), id)
