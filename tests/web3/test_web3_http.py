"""web3.py over HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.web3.web3_case import Web3Case


def new_entries(filter: Any) -> list[str]:
    """What a filter says as soon as it says anything: blocks come to its node by and by."""
    while not (found := filter.get_new_entries()):
        pass
    return [one.to_0x_hex() for one in found]


class HttpTests(Web3Case):
    """Reads, transactions, filters; and a node that dies under them."""

    async def test_a_dapp(self) -> None:
        """Reads, a transaction of the key store's, one that the client signed."""
        await self.serve()

        def client() -> None:
            from eth_account import Account

            w3, first = self.web3(), self.accounts[0]
            self.assertEqual(w3.eth.chain_id, 7841)
            hash = w3.eth.send_transaction(self.payment(first))
            receipt = w3.eth.wait_for_transaction_receipt(hash, timeout=10, poll_latency=0.02)
            self.assertEqual((receipt["from"], receipt["status"]), (first, 1))
            own = Account.create()
            fields = {"to": first, "gas": 21000, "gasPrice": 0, "nonce": 0, "chainId": 7841}
            signed = own.sign_transaction(fields)
            self.assertEqual(w3.eth.send_raw_transaction(signed.raw_transaction), signed.hash)
            # It is there already: what it did stands.
            self.assertEqual(w3.eth.send_raw_transaction(signed.raw_transaction), signed.hash)
            w3.eth.wait_for_transaction_receipt(signed.hash, timeout=10, poll_latency=0.02)
            self.assertEqual(w3.eth.get_transaction(signed.hash)["from"], own.address)
            self.assertGreaterEqual(w3.eth.block_number, receipt["blockNumber"])

        await self.in_thread(client)

    async def test_a_batch(self) -> None:
        """Is answered in its order."""
        await self.serve()

        def client() -> None:
            w3 = self.web3()
            with w3.batch_requests() as batch:
                batch.add(w3.eth.get_balance(self.accounts[0]))
                batch.add(w3.eth.get_block("latest"))
                batch.add(w3.eth.get_transaction_count(self.accounts[0]))
                balance, block, count = batch.execute()
            self.assertEqual((block["number"], count), (0, 0))
            self.assertIsInstance(balance, int)

        await self.in_thread(client)

    async def test_a_node_killed_under_transactions(self) -> None:
        """None that was acknowledged is lost, none is there twice, and no nonce is left out."""
        await self.serve()
        dying, sent = self.nodes["a1"], self.accounts[:8]

        def send(account: str, w3: Any) -> list[Any]:
            known = []
            for number in range(12):
                if number == 6 and account == sent[0]:
                    self.at_once(dying.die)
                try:
                    known.append(w3.eth.send_transaction(self.payment(account)))
                except Exception as failure:
                    # An unknown outcome, of those that the node had in its hands.
                    self.assertIn("-32051", str(failure))
            return known

        def clients() -> list[Any]:
            with ThreadPoolExecutor(8) as threads:
                w3 = self.web3()
                known = [hash for one in threads.map(send, sent, [w3] * 8) for hash in one]
                for hash in known:
                    w3.eth.wait_for_transaction_receipt(hash, timeout=10, poll_latency=0.02)
            return known

        known = await self.in_thread(clients)
        self.assertGreater(len(known), 8 * 12 - 8 - 1)
        self.assertEqual(len(known), len(set(known)))
        self.assertEqual([one for one in known if not self.network.included(one.to_0x_hex())], [])
        for account in sent:
            nonces = self.nonces(account)
            self.assertEqual(nonces, list(range(len(nonces))))

    async def test_a_node_killed_under_reads(self) -> None:
        """No client hears of it."""
        await self.serve()

        def client() -> None:
            w3 = self.web3()
            for number in range(40):
                if number == 20:
                    self.at_once(self.nodes["a1"].die)
                self.assertEqual(w3.eth.get_transaction_count(self.accounts[1]), 0)

        await self.in_thread(client)

    async def test_filters(self) -> None:
        """A filter says each block once, wherever it lives."""
        await self.serve()

        def client() -> None:
            w3 = self.web3()
            filters = [w3.eth.filter("latest") for _ in range(3)]
            for _ in range(2):
                block = self.at_once(self.network.mine).hash
                for one in filters:
                    self.assertEqual(new_entries(one), [block])
                    self.assertEqual(one.get_new_entries(), [])
            self.assertTrue(w3.eth.uninstall_filter(filters[0].filter_id))

        await self.in_thread(client)

    async def test_a_node_killed_under_a_filter(self) -> None:
        """It is "filter not found", as after a restart of the node; the next one works."""
        await self.serve()

        def client() -> None:
            from web3.exceptions import Web3RPCError

            w3 = self.web3()
            filters = [w3.eth.filter("latest") for _ in range(2)]
            self.at_once(self.nodes["a1"].die)
            gone = 0
            for one in filters:
                try:
                    one.get_new_entries()
                except Web3RPCError as failure:
                    self.assertIn("filter not found", str(failure))
                    gone += 1
            self.assertEqual(gone, 1)
            new = w3.eth.filter("latest")
            block = self.at_once(self.network.mine).hash
            self.assertEqual(new_entries(new), [block])

        await self.in_thread(client)
