"""What an answer of a node is."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.verdict import (
    Verdict,
    asks_next,
    begins_with_result,
    error_in,
    is_absent,
    is_object,
    prefix_of,
    result_of,
    verdict_of,
    verdict_of_error,
)

#: Texts as GoQuorum 24.4.1 gave them, or as its source has them.
NODES = (
    "header not found",
    "header for hash not found",
    "header found, but block body is missing",
    "Unable to retrieve the pending state from the miner.",
    "unknown block",
    "missing trie node 2f1c (path )",
    "required historical state unavailable (reexec=128)",
    "missing block 0x1234 17",
    "block #17 not found",
    "block 0x3876bc4d not found",
    "transaction 0x3876bc4da656445f4b0bbbc659d28a7cb401096ae04751dee714f6a3ac6e0652 not found",
    "chain not synced beyond EIP-155 replay-protection fork block",
    "method handler crashed",
    "database closed",
    "leveldb: closed",
    "cannot send transaction from this node",
    "txpool is full",
    "no leader is currently elected",
    'unable to submit request (method:POST,path:/send). Cause: Post "http+unix://c/send": EOF',
    "500 status: oops",
    "503 status: ",
    "410 status: gone",
    "Non-200 status code: {}",
    "private transaction manager is not ready",
    "private transaction manager is not in use",
    "PrivateTransactionManager is not enabled",
)
CALLERS = (
    "execution reverted",
    "execution reverted: header not found",
    "err: insufficient funds for gas * price + value (supplied gas 1)",
    "invalid opcode: opcode 0xfe not defined",
    "out of gas",
    "nonce too high",
    "replacement transaction underpriced",
    "transaction underpriced",
    "Gas price not 0",
    "intrinsic gas too low",
    "unknown account",
    "filter not found",
    "subscription not found",
    "not authorized",
    "404 status: Recipient not found for key: x",
    "4000 status: x",
    "5000 status: x",
    "unable to find private state for context psi X",
    "HEADER NOT FOUND",
    " header not found",
    "nobody has ever seen this text",
)


def failed(message: str, code: int = -32000, id: str = "1") -> bytes:
    """A node's answer with an error."""
    error = json.dumps({"code": code, "message": message}, separators=(",", ":"))
    return f'{{"jsonrpc":"2.0","id":{id},"error":{error}}}\n'.encode()


class VerdictTests(SynchronousTestCase):
    """Whose fault it is (GOQUORUM.md 4)."""

    def test_a_result_is_delivered(self) -> None:
        """Without a look at it."""
        for result in (b"null", b'"0x"', b"{}", b"[]", b"false"):
            self.assertIs(
                verdict_of(b'{"jsonrpc":"2.0","id":1,"result":%b}\n' % result, b"1"), Verdict.DELIVER
            )

    def test_a_result_of_another_program(self) -> None:
        """Whose JSON has its own order and spaces."""
        self.assertIs(verdict_of(b'{"result": 5, "id": 1, "jsonrpc": "2.0"}', b"1"), Verdict.DELIVER)

    def test_an_answer_to_another_call(self) -> None:
        """Somebody else's is delivered to nobody; one id may be written in several ways, or not at all."""
        for body in (
            b'{"jsonrpc":"2.0","id":%b,"result":"0x1"}',
            b'{"id":%b,"error":{"code":3,"message":"x"}}',
        ):
            for id in (b"2", b'"1"', b"true", b'"\\u0031"', b"[1]"):
                self.assertIs(verdict_of(body % id, b"1"), Verdict.BROKEN, id)
            for id, call in ((b"1.0", b"1"), (b'"A"', b'"\\u0041"'), (b"null", b"1"), (b'"\\u003c"', b'"<"')):
                self.assertIs(verdict_of(body % id, call), Verdict.DELIVER, id)
        self.assertIs(verdict_of(b'{"result":"0x1"}', b"1"), Verdict.DELIVER)

    def test_verdict_node_exact_texts(self) -> None:
        """Another member may do better."""
        for text in NODES:
            self.assertIs(verdict_of(failed(text), b"1"), Verdict.NODE, text)
            self.assertIs(verdict_of(failed(text, -32001), b"1"), Verdict.DELIVER, text)
            self.assertIs(verdict_of(failed(text, 3), b"1"), Verdict.DELIVER, text)

    def test_caller_and_anything_not_listed_is_delivered(self) -> None:
        """As it is."""
        for text in CALLERS:
            self.assertIs(verdict_of(failed(text), b"1"), Verdict.DELIVER, text)

    @given(st.text())
    def test_a_contract_cannot_choose_the_verdict(self, words: str) -> None:
        """What it reverts with stands behind words of the node."""
        self.assertIs(verdict_of_error(3, words), Verdict.DELIVER)
        self.assertIs(verdict_of_error(-32000, f"execution reverted: {words}"), Verdict.DELIVER)

    def test_verdicts_of_accounts_and_signed(self) -> None:
        """What their calls make of these is theirs."""
        said = {
            "authentication needed: password or unlock": Verdict.LOCKED,
            "already known": Verdict.KNOWN,
            "nonce too low": Verdict.NONCE_TOO_LOW,
        }
        for text, verdict in said.items():
            self.assertIs(verdict_of(failed(text), b"1"), verdict)

    def test_no_such_method_whatever_it_says(self) -> None:
        """-32601 asks the next one."""
        text = "the method eth_protocolVersion does not exist/is not available"
        self.assertIs(verdict_of(failed(text, -32601), b"1"), Verdict.NO_METHOD)
        self.assertTrue(asks_next(Verdict.NO_METHOD))
        self.assertTrue(asks_next(Verdict.NODE))
        for other in (Verdict.DELIVER, Verdict.LOCKED, Verdict.KNOWN, Verdict.NONCE_TOO_LOW, Verdict.BROKEN):
            self.assertFalse(asks_next(other))

    def test_its_security_plugin_broke(self) -> None:
        """-32001 "internal error" is the node's fault; all else with that code is the token's."""
        self.assertIs(verdict_of(failed("internal error", -32001), b"1"), Verdict.NODE)
        for text in ("missing access token", "token expired", "eth_call - access denied"):
            self.assertIs(verdict_of(failed(text, -32001), b"1"), Verdict.DELIVER)

    def test_what_is_no_answer(self) -> None:
        """A node that speaks something else, or what stands before one, is broken."""
        for body in (b"", b"[]", b"5", b"{}", b'{"jsonrpc":"2.0","id":1}', b"<html>", b'{"result":', b"\xff"):
            self.assertIs(verdict_of(body, b"1"), Verdict.BROKEN, body)
        for status in (500, 502, 503, 504, 301, 204):
            self.assertIs(verdict_of(b"Bad Gateway\n", b"1", status), Verdict.BROKEN)

    def test_what_is_nested_too_deep_is_no_answer(self) -> None:
        """Unless it begins as answers do: what is in a result is nobody's business."""
        deep = b"[" * 100_000 + b"]" * 100_000
        self.assertIs(verdict_of(b'{"result":%b}' % deep, b"1"), Verdict.BROKEN)
        self.assertIsNone(result_of(b'{"result":%b}' % deep, b"1"))
        self.assertIsNone(error_in(b'{"error":%b}' % deep))
        self.assertIs(verdict_of(b'{"jsonrpc":"2.0","id":1,"result":%b}' % deep, b"1"), Verdict.DELIVER)

    def test_refusals_with_a_status(self) -> None:
        """Its name is not the node's: the member's fault.  All others are the call's."""
        self.assertIs(verdict_of(b"invalid host specified\n", b"1", 403), Verdict.NODE)
        for status in (400, 401, 403, 404, 413, 415, 429):
            self.assertIs(verdict_of(b"no\n", b"1", status), Verdict.DELIVER)

    def test_errors_that_are_none(self) -> None:
        """What has no code or no message is delivered."""
        for error in (b"null", b"5", b"{}", b'"x"', b'{"code":-32000}', b'{"code":"x","message":"y"}'):
            body = b'{"jsonrpc":"2.0","id":1,"error":%b}' % error
            self.assertIs(verdict_of(body, b"1"), Verdict.DELIVER, body)


class ResultTests(SynchronousTestCase):
    """The result of an answer."""

    def test_the_bytes_as_they_came(self) -> None:
        """Not written anew."""
        body = b'{"jsonrpc":"2.0","id":"a","result":{"b": 1.50,"a":"\\u0041"}}\n'
        self.assertEqual(result_of(body, b'"a"'), b'{"b": 1.50,"a":"\\u0041"}')
        self.assertEqual(result_of(b'{"id":1, "result" : [1, 2]}', b"1"), b"[1, 2]")

    def test_none(self) -> None:
        """An error, and what is no answer."""
        self.assertIsNone(result_of(failed("header not found"), b"1"))
        self.assertIsNone(result_of(b"", b"1"))

    def test_an_object(self) -> None:
        """What a member refuses by a status is none."""
        self.assertTrue(is_object(b' {"id":1}'))
        for body in (b"", b"invalid host specified", b"[]", b"<html>"):
            self.assertFalse(is_object(body))

    def test_absent(self) -> None:
        """Null, and no bytes."""
        for result, absent in ((b"null", True), (b'"0x"', True), (b'"0x0"', False), (b"[]", False)):
            self.assertEqual(is_absent(b'{"jsonrpc":"2.0","id":1,"result":%b}\n' % result, b"1"), absent)
            self.assertEqual(is_absent(b'{"jsonrpc": "2.0","result":%b, "id":1}' % result, b"1"), absent)

    def test_begins_with_a_result(self) -> None:
        """Of the id of the call, and none that its member may only not have yet."""
        begun = b'{"jsonrpc":"2.0","id":%b,"result":%b'
        for id, result, call_class, shows in (
            (b"1", b'"0x', "read", False),
            (b"1", b'"0x1', "read", True),
            (b"1", b'"0x"', "read", True),
            (b"1", b'"0x"', "lookup", False),
            (b"1", b"null}", "read", False),
            (b"1", b"null}", "lookup", False),
            (b"1", b"null}", "read-at", True),
            (b"12", b"[{}]", "read-at", False),
            (b'"<"', b"[{}]", "read-at", False),
        ):
            self.assertIs(begins_with_result(begun % (b"1", result), id, call_class), shows, result)
        self.assertTrue(begins_with_result(begun % (b'"\\u003c"', b"[{}]"), b'"<"', "read-at"))
        self.assertFalse(begins_with_result(begun[:30], b"1", "read-at"))

    def test_the_id_as_a_node_writes_it(self) -> None:
        """Go escapes what means something in HTML."""
        self.assertEqual(prefix_of(b'"<&>"'), b'{"jsonrpc":"2.0","id":"\\u003c\\u0026\\u003e","result":')
