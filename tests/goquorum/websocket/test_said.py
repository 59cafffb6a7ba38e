"""What a member says."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.call import Call
from quorumha.goquorum.websocket.said import Notification, Said, read_said


class SaidTests(SynchronousTestCase):
    """Each kind of message."""

    def test_read(self) -> None:
        """Responses, notifications; all else is no JSON-RPC."""
        self.assertEqual(read_said(b'{"jsonrpc":"2.0","id":1,"result":[ 1]}\n'), Said(b"[ 1]", b"", b"1"))
        self.assertEqual(read_said(b'{"id":"a","error":{"code":1}}'), Said(b"", b'{"code":1}', b'"a"'))
        said = b'{"method":"eth_subscription","params":{"subscription":"0x1","result":{"a":1}}}'
        self.assertEqual(read_said(said), Notification("0x1", b'{"a":1}'))
        deep = b'{"id":1,"result":' + b"[" * 100_000
        for data in (
            b"",
            b"[]",
            b"{",
            deep,
            b'{"method":"x"}',
            b'{"method":"x","params":{"subscription":1}}',
        ):
            self.assertIsNone(read_said(data), data[:50])

    def test_response_to(self) -> None:
        """With the id as a node echoes it; a result that is not there is null."""
        call = Call(b'"<"', "eth_x", b"[]")
        self.assertEqual(Said(b"", b"").response_to(call), b'{"jsonrpc":"2.0","id":"\\u003c","result":null}')
        self.assertEqual(
            Said(b"", b'{"code":1}').response_to(call), b'{"jsonrpc":"2.0","id":"\\u003c","error":{"code":1}}'
        )
