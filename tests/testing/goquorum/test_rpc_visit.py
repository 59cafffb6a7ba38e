"""Messages; what was captured is in test_goquorum_corpus."""

from __future__ import annotations

from quorumha.testing import RpcError
from quorumha.testing.goquorum.rpc_visit import RpcVisit, dumps, failed
from tests.testing.goquorum.network_case import NetworkCase


class VisitTests(NetworkCase):
    def test_ids(self) -> None:
        """Bytes as they came, but for what means something in HTML."""
        visit = RpcVisit(self.a1)
        for id, echoed in (
            (b"1.50", b"1.50"),
            (b'"<\\u0041>"', b'"\\u003c\\u0041\\u003e"'),
            (b"null", b"null"),
        ):
            said = visit.response(b'{"id":%b,"method":"net_version"}' % id)
            self.assertEqual(said, b'{"jsonrpc":"2.0","id":%b,"result":"7841"}\n' % echoed)

    def test_an_id_without_a_method(self) -> None:
        self.assertIn(b'"id":7,"error":{"code":-32600', RpcVisit(self.a1).response(b'{"id":7}'))

    def test_a_notification_is_done(self) -> None:
        self.a1.replies["eth_x"] = RpcError(-32000, "no")
        self.assertEqual(RpcVisit(self.a1).response(b'{"method":"eth_x"}'), b"")
        self.assertEqual(self.a1.seen["eth_x"], [None])

    def test_unsubscribe_with_a_wrong_number(self) -> None:
        said = RpcVisit(self.a1).response(b'{"id":1,"method":"eth_unsubscribe","params":[]}')
        self.assertIn(b"missing value for required argument 0", said)

    def test_data_of_an_error(self) -> None:
        self.assertTrue(failed("1", RpcError(3, "reverted", "0x08")).endswith(b'"data":"0x08"}}'))
        self.assertEqual(dumps({"a": "<\u00e4>"}), '{"a":"\\u003c\u00e4\\u003e"}'.encode())
