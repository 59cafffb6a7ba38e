"""Which transaction a member acknowledged."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.results import transaction_in

HASH = "0x" + "aB" * 32


class TransactionInTests(SynchronousTestCase):
    """Answers to the call with the id 7."""

    def result(self, result: str) -> str | None:
        """Of an answer with this result, JSON."""
        return transaction_in(b'{"jsonrpc":"2.0","id":7,"result":%b}\n' % result.encode(), b"7")

    def test_hash(self) -> None:
        """In lower case: so it is asked for."""
        self.assertEqual(self.result(f'"{HASH}"'), HASH.lower())

    def test_the_zero_hash_of_async_is_none(self) -> None:
        """eth_sendTransactionAsync: there is no transaction yet."""
        self.assertIsNone(self.result('"0x' + "00" * 32 + '"'))

    def test_what_is_no_hash(self) -> None:
        """Of quorumPermission and eth_fillTransaction."""
        for result in ('"Action completed successfully"', '{"raw":"0x","tx":{}}', "null", "true", '"0x12"'):
            self.assertIsNone(self.result(result))

    def test_an_error_has_none(self) -> None:
        """Nothing was pooled."""
        body = b'{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"%b"}}' % HASH.encode()
        self.assertIsNone(transaction_in(body, b"7"))
