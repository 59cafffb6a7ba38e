"""What an answer says of a filter, without members."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.call import Call
from quorumha.goquorum.decide.filter_verdict import filter_in, gone, is_not_found, is_over

CHANGES = Call(b"1", "eth_getFilterChanges", b'["0x1"]')
UNINSTALL = Call(b"1", "eth_uninstallFilter", b'["0x1"]')
NOT_FOUND = b'{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"filter not found"}}\n'
NO_CHANGES = b'{"jsonrpc":"2.0","id":1,"result":[]}\n'
FALSE = b'{"jsonrpc":"2.0","id":1,"result":false}\n'
TRUE = b'{"jsonrpc":"2.0","id":1,"result":true}\n'


class FilterVerdictTests(SynchronousTestCase):
    """One answer."""

    def test_not_found(self) -> None:
        """By the exact text; uninstalling says false."""
        self.assertTrue(is_not_found(CHANGES, NOT_FOUND))
        self.assertTrue(is_not_found(UNINSTALL, FALSE))
        other = NOT_FOUND.replace(b"filter not found", b"filter not found, or not")
        for call, body in ((CHANGES, NO_CHANGES), (CHANGES, other), (CHANGES, FALSE), (UNINSTALL, TRUE)):
            self.assertFalse(is_not_found(call, body))

    def test_over(self) -> None:
        """It is uninstalled."""
        self.assertTrue(is_over(UNINSTALL, TRUE))
        self.assertFalse(is_over(UNINSTALL, FALSE))
        self.assertFalse(is_over(CHANGES, TRUE))

    def test_the_id_that_was_made(self) -> None:
        """As the node wrote it."""
        made = b'{"jsonrpc":"2.0","id":1,"result":"0x9fA0"}\n'
        self.assertEqual(filter_in(made, b"1"), "0x9fA0")
        self.assertIsNone(filter_in(NOT_FOUND, b"1"))
        self.assertIsNone(filter_in(NO_CHANGES, b"1"))

    def test_gone_as_a_restarted_node_says_it(self) -> None:
        """Byte for byte."""
        self.assertEqual(gone().body(b"1"), NOT_FOUND.strip())
        self.assertEqual(gone().status, 200)
