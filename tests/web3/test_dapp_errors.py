"""docs/howto/dapp-errors.md: what the page shows does what it says."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor

from quorumha.testing import on_calls
from tests.documents import blocks
from tests.goquorum.served_rpc import data_of
from tests.web3.web3_case import Web3Case


class DappErrorsTests(Web3Case):
    """The functions of the page, before nodes that die, hang and keep things to themselves."""

    def setUp(self) -> None:
        super().setUp()
        shown = [one for one in blocks("python") if one.page == "docs/howto/dapp-errors.md"]
        self.page: dict[str, Any] = {}
        for block in shown:
            exec(compile(block.text, block.place, "exec"), self.page)

    def error_of(self, call: Any, *arguments: Any) -> Any:
        """What a call comes to, as the page reads it."""
        try:
            call(*arguments)
        except Exception as failure:
            return self.page["error_in"](failure)
        raise AssertionError("it went well")

    async def test_32050_nothing_was_done(self) -> None:
        """While no node may take it; then it is done once."""
        await self.serve('client_timeout = "400ms"')

        def client() -> None:
            w3, account = self.web3(), self.accounts[0]
            for node in self.nodes.values():
                self.at_once(node.die)
            error = self.error_of(w3.eth.send_transaction, self.payment(account))
            self.assertEqual((error["code"], error["data"]["quorumha"]), (-32050, "timeout"))
            self.assertIn("a1", error["message"])
            for node in self.nodes.values():
                self.at_once(reactor.callLater, 0.5, node.start)  # type: ignore[attr-defined]
            hash = self.page["send"](w3, self.payment(account), pause=0.05)
            self.assertIsNotNone(self.page["look"](w3, hash))
            self.assertEqual(self.nonces(account), [0])

        await self.in_thread(client)

    async def test_32051_without_a_hash(self) -> None:
        """A node that hangs got it; it does it when it goes on."""
        await self.serve('client_timeout = "1s"')

        def client() -> None:
            w3, account = self.web3(), self.accounts[0]
            w3.eth.send_transaction(self.payment(account))
            # web3.py may ask for something else before.
            faults = self.home(account).faults
            faults.only = on_calls("eth_sendTransaction")
            faults.hang = True
            with self.assertRaises(self.page["OutcomeUnknown"]) as caught:
                self.page["send"](w3, self.payment(account))
            self.assertEqual(caught.exception.args, (None,))
            self.assertEqual(data_of(self.error_seen(caught)), {"quorumha": "unknown-outcome"})
            self.at_once(setattr, faults, "hang", False)
            while w3.eth.get_transaction_count(account) < 2:
                pass
            self.assertEqual(self.nonces(account), [0, 1])

        await self.in_thread(client)

    async def test_32051_with_a_hash(self) -> None:
        """The node died before another one had it; it has it when it is back."""
        await self.serve()

        def client() -> None:
            w3, account = self.web3(), self.accounts[0]
            home = self.home(account)

            def die(_: Any) -> None:
                home.die()

            self.network.gossip = None
            # It is asked for the bytes, to carry them over.
            home.replies["eth_getRawTransactionByHash"] = die
            with self.assertRaises(self.page["OutcomeUnknown"]) as caught:
                self.page["send"](w3, self.payment(account))
            (hash,) = caught.exception.args
            self.assertEqual(self.error_seen(caught)["data"]["transactionHash"], hash)
            self.assertIsNone(self.page["look"](w3, hash, 0.3))
            self.network.gossip = 0.001
            self.at_once(home.start)
            self.assertEqual(self.page["look"](w3, hash)["from"], account)

        await self.in_thread(client)

    def error_seen(self, caught: Any) -> Any:
        """The error of JSON-RPC behind what the page raises."""
        return self.page["error_in"](caught.exception.__cause__)

    async def test_32052_nothing_was_done(self) -> None:
        """The other node does not know the account's last transaction; the first one is back, and does it."""
        await self.serve('acknowledge = "at-once"')

        def client() -> None:
            w3, account = self.web3(), self.accounts[0]
            home = self.home(account)
            self.network.gossip = None
            w3.eth.send_transaction(self.payment(account))
            self.at_once(home.die)
            error = self.error_of(w3.eth.send_transaction, self.payment(account))
            self.assertEqual((error["code"], data_of(error)), (-32052, {"quorumha": "unseen"}))
            self.network.gossip = 0.001
            self.at_once(reactor.callLater, 0.1, home.start)  # type: ignore[attr-defined]
            hash = self.page["send"](w3, self.payment(account), pause=0.05)
            self.assertIsNotNone(self.page["look"](w3, hash))
            self.assertEqual(self.nonces(account), [0, 1])

        await self.in_thread(client)

    async def test_signed_first(self) -> None:
        """It may be sent as often as one likes, and is done once though its node dies."""
        await self.serve()

        def client() -> None:
            w3, account = self.web3(), self.accounts[0]
            raw = self.page["signed"](w3, self.payment(account))
            hash = self.page["send_signed"](w3, raw)
            self.assertEqual(self.page["send_signed"](w3, raw), hash)
            self.assertIsNotNone(self.page["look"](w3, hash))
            # It was mined: "nonce too low" is success, too.
            self.assertEqual(self.page["send_signed"](w3, raw), hash)
            raw = self.page["signed"](w3, self.payment(account))
            self.at_once(self.nodes["a1"].die)
            self.assertIsNotNone(self.page["look"](w3, self.page["send_signed"](w3, raw)))
            self.assertEqual(self.nonces(account), [0, 1])

        await self.in_thread(client)

    async def test_other_errors(self) -> None:
        """Are the dapp's own, and are raised at once."""
        await self.serve()

        def client() -> None:
            w3, account = self.web3(), self.accounts[0]
            error = self.error_of(self.page["send"], w3, self.payment(account, gas=1))
            self.assertEqual(error, {"code": -32000, "message": "intrinsic gas too low"})

        await self.in_thread(client)
