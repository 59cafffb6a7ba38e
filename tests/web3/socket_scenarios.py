"""What dapps do on a WebSocket, and what they find: L{socket_client} plays these, one in a process."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from unittest import TestCase

from tests.web3.payment import payment

if TYPE_CHECKING:
    from tests.web3.socket_client import Nodes

#: Its assertions say what they found, and stand whatever the interpreter leaves out.
CHECK = TestCase()


async def send(w3: Any, nodes: Nodes, account: str) -> Any:
    """The hash of a new transaction."""
    return await w3.eth.send_transaction(payment(account, nodes.accounts[-1]))


async def receipt(w3: Any, hash: Any) -> Any:
    """Of a transaction, as soon as it was mined."""
    return await w3.eth.wait_for_transaction_receipt(hash, timeout=10, poll_latency=0.02)


async def heads(w3: Any, last: int) -> list[tuple[str, int]]:
    """What is told until this head: subscription and number."""
    told = []
    async for message in w3.socket.process_subscriptions():
        told.append((message["subscription"], message["result"]["number"]))
        if told[-1][1] == last:
            return told
    raise AssertionError("it has ended")


async def calls(w3: Any, nodes: Nodes) -> None:
    """Transactions of all accounts side by side, each mined."""
    CHECK.assertEqual(await w3.eth.chain_id, 7841)
    hashes = await asyncio.gather(*(send(w3, nodes, account) for account in nodes.accounts))
    CHECK.assertEqual(len(hashes), 10)
    for hash in hashes:
        CHECK.assertEqual((await receipt(w3, hash))["status"], 1)


async def calls_while_a_node_dies(w3: Any, nodes: Nodes) -> None:
    """Two transactions of each of four accounts; between them a node dies."""
    hashes = [await send(w3, nodes, one) for one in nodes.accounts[:4]]
    nodes.die("a1")
    hashes += [await send(w3, nodes, one) for one in nodes.accounts[:4]]
    for hash in hashes:
        await receipt(w3, hash)


async def subscription(w3: Any, nodes: Nodes) -> None:
    """Each head once and in order, until it is ended."""
    id = await w3.eth.subscribe("newHeads")
    last = nodes.mine(3)["number"]
    CHECK.assertEqual(await heads(w3, last), [(id, 1), (id, 2), (id, 3)])
    CHECK.assertTrue(await w3.eth.unsubscribe(id))


async def heads_while_nodes_die(w3: Any, nodes: Nodes) -> None:
    """Three deaths: every head once, in order, with the same id."""
    id = await w3.eth.subscribe("newHeads")
    told = await heads(w3, nodes.mine(2)["number"])
    for dying, coming in (("a1", None), ("a2", "a1"), ("a1", "a2")):
        if coming is not None:
            nodes.start(coming)
        nodes.die(dying)
        told += await heads(w3, nodes.mine(3)["number"])
    CHECK.assertEqual(told, [(id, number) for number in range(1, 12)])


async def logs_while_nodes_die(w3: Any, nodes: Nodes) -> None:
    """Each log once, in the order of its transactions."""
    id = await w3.eth.subscribe("logs", {})
    made, told = [], []
    for dying, coming in ((None, None), ("a1", None), ("a2", "a1")):
        if coming is not None:
            nodes.start(coming)
        if dying is not None:
            nodes.die(dying)
        # A contract that logs when it is made.
        contract = {"from": nodes.accounts[0], "data": "0x60006000a0", "gas": 100000, "gasPrice": 0}
        made.append(await w3.eth.send_transaction(contract))
        async for message in w3.socket.process_subscriptions():
            CHECK.assertEqual(message["subscription"], id)
            told.append(message["result"]["transactionHash"])
            break
    CHECK.assertEqual(told, made)


async def filters_while_a_node_dies(w3: Any, nodes: Nodes) -> None:
    """The filter of the node that died is "filter not found"; the other one says its block."""
    from web3.exceptions import Web3RPCError

    filters = [await w3.eth.filter("latest") for _ in range(2)]
    nodes.die("a1")
    block = nodes.mine()["hash"]
    said = []
    for one in filters:
        try:
            while not (found := await one.get_new_entries()):
                pass
            said += [new.to_0x_hex() for new in found]
        except Web3RPCError as failure:
            said.append(failure.rpc_response["error"]["message"])
    CHECK.assertEqual(sorted(said), [block, "filter not found"])
