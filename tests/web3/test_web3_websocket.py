"""web3.py over a WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tests.web3.web3_case import Web3Case


class WebSocketTests(Web3Case):
    """Calls and subscriptions; and a node that dies under them."""

    async def run_client(self, client: Callable[[Any], Awaitable[None]]) -> None:
        """Let one talk, in a thread with a loop of its own."""
        await self.serve()

        async def talk() -> None:
            from web3 import AsyncWeb3, WebSocketProvider
            from web3.middleware import ExtraDataToPOAMiddleware

            async with AsyncWeb3(WebSocketProvider(self.socket_url)) as w3:
                w3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
                await client(w3)

        await self.in_thread(asyncio.run, talk())

    def mine(self, blocks: int = 1) -> int:
        """Mint blocks; the number of the last one."""
        found: int = self.at_once(self.network.mine, blocks).number
        return found

    async def heads(self, w3: Any, last: int) -> list[tuple[str, int]]:
        """What is told until this head: subscription and number."""
        told = []
        async for message in w3.socket.process_subscriptions():
            told.append((message["subscription"], message["result"]["number"]))
            if told[-1][1] == last:
                return told
        raise AssertionError("it has ended")

    async def test_calls(self) -> None:
        """As over HTTP, many at once."""

        async def client(w3: Any) -> None:
            self.assertEqual(await w3.eth.chain_id, 7841)
            hashes = await asyncio.gather(
                *(w3.eth.send_transaction(self.payment(account)) for account in self.accounts)
            )
            for hash in hashes:
                receipt = await w3.eth.wait_for_transaction_receipt(hash, timeout=10, poll_latency=0.02)
                self.assertEqual(receipt["status"], 1)

        await self.run_client(client)

    async def test_a_node_killed_under_calls(self) -> None:
        """The socket stays, and what was acknowledged takes place."""

        async def client(w3: Any) -> None:
            hashes = [await w3.eth.send_transaction(self.payment(one)) for one in self.accounts[:4]]
            self.at_once(self.nodes["a1"].die)
            hashes += [await w3.eth.send_transaction(self.payment(one)) for one in self.accounts[:4]]
            for hash in hashes:
                await w3.eth.wait_for_transaction_receipt(hash, timeout=10, poll_latency=0.02)

        await self.run_client(client)
        for account in self.accounts[:4]:
            self.assertEqual(self.nonces(account), [0, 1])

    async def test_a_subscription(self) -> None:
        """Each head once and in order, until it is ended."""

        async def client(w3: Any) -> None:
            id = await w3.eth.subscribe("newHeads")
            last = self.mine(3)
            self.assertEqual(await self.heads(w3, last), [(id, 1), (id, 2), (id, 3)])
            self.assertTrue(await w3.eth.unsubscribe(id))

        await self.run_client(client)

    async def test_nodes_killed_under_a_subscription(self) -> None:
        """Two deaths: every head once, in order, with the same id."""

        async def client(w3: Any) -> None:
            id = await w3.eth.subscribe("newHeads")
            told = await self.heads(w3, self.mine(2))
            for dying, coming in (("a1", None), ("a2", "a1"), ("a1", "a2")):
                if coming is not None:
                    self.at_once(self.nodes[coming].start)
                    self.at_once(self.is_up, coming)
                self.at_once(self.nodes[dying].die)
                told += await self.heads(w3, self.mine(3))
            self.assertEqual(told, [(id, number) for number in range(1, 12)])

        await self.run_client(client)

    async def test_nodes_killed_under_logs(self) -> None:
        """Each log once, in the order of its transactions."""

        async def client(w3: Any) -> None:
            id = await w3.eth.subscribe("logs", {})
            made, told = [], []
            for dying, coming in (("other", None), ("a1", None), ("a2", "a1")):
                if coming is not None:
                    self.at_once(self.nodes[coming].start)
                    self.at_once(self.is_up, coming)
                if dying in self.nodes:
                    self.at_once(self.nodes[dying].die)
                # A contract that logs when it is made.
                contract = {"from": self.accounts[0], "data": "0x60006000a0", "gas": 100000, "gasPrice": 0}
                made.append(await w3.eth.send_transaction(contract))
                async for message in w3.socket.process_subscriptions():
                    self.assertEqual(message["subscription"], id)
                    told.append(message["result"]["transactionHash"])
                    break
            self.assertEqual(told, made)

        await self.run_client(client)

    async def test_a_node_killed_under_a_filter(self) -> None:
        """It is "filter not found"; the socket lives on."""

        async def client(w3: Any) -> None:
            from web3.exceptions import Web3RPCError

            filters = [await w3.eth.filter("latest") for _ in range(2)]
            self.at_once(self.nodes["a1"].die)
            block = self.at_once(self.network.mine).hash
            said = []
            for one in filters:
                try:
                    while not (found := await one.get_new_entries()):
                        pass
                    said += [new.to_0x_hex() for new in found]
                except Web3RPCError as failure:
                    said.append(failure.rpc_response["error"]["message"])
            self.assertEqual(sorted(said), [block, "filter not found"])

        await self.run_client(client)
