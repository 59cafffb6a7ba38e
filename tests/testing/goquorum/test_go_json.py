"""How Go reads JSON; the captured cases are in test_goquorum_corpus."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import RpcError
from quorumha.testing.goquorum.go_json import RpcMessage, fold, read_messages


def read(text: str) -> RpcMessage:
    ((message,), batch) = read_messages(text.encode())
    assert not batch
    return message


class ReadingTests(SynchronousTestCase):
    def test_last_of_two_in_any_case(self) -> None:
        message = read('{"method":"a","METHOD":"b","method":"c","id":1,"ID":2,"param\u017f":[1]}')
        self.assertEqual((message.method, message.id, message.params), ("c", "2", ["1"]))
        self.assertEqual(fold("\u212aey\u017f"), "keys")

    def test_ids_are_kept(self) -> None:
        for id in ("1.50", "1e3", '"\\u0041"', "true", "null", "-1"):
            self.assertEqual((read(f'{{"id": {id} ,"method":"m"}}').id, read("{}").id), (id, ""))
        for id in ("[1]", '{"a":1}'):
            self.assertFalse(read(f'{{"id":{id}}}').has_id)

    def test_fields_of_a_wrong_kind(self) -> None:
        self.assertEqual(read('{"method":5,"id":1}'), RpcMessage(id="1"))
        for text in ("5", "null", '"x"', "{}"):
            self.assertEqual(read(text), RpcMessage())

    def test_what_follows_is_not_read(self) -> None:
        self.assertEqual(read('{"method":"m"} x').method, "m")
        messages, batch = read_messages(b'[{"method":"m"},5] x')
        self.assertEqual((len(messages), batch), (2, True))
        self.assertEqual(read_messages(b" [ ]"), ([], True))

    def test_responses(self) -> None:
        self.assertTrue(read('{"id":1,"result":null}').is_response)
        self.assertFalse(read('{"id":1,"result":1,"method":"m"}').is_response)

    def test_no_json(self) -> None:
        for text in (
            "",
            "{",
            "[",
            "[1",
            "[1 2]",
            '{"a"}',
            '{"a":1 "b":2}',
            '{"a":01}',
            '{"a":NaN}',
            "\ufeff{}",
            '{"a":"\t"}',
            "{1:2}",
            '{"a":1,}',
        ):
            error = self.assertRaises(RpcError, read_messages, text.encode())
            self.assertEqual((error.code, str(error)), (-32700, "parse error"), text)
