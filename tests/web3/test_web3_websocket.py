"""web3.py over a WebSocket."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred

from tests.web3.client_process import ClientProcess
from tests.web3.web3_case import Web3Case


class WebSocketTests(Web3Case):
    """Calls and subscriptions; and a node that dies under them: L{socket_scenarios} has what they find."""

    async def play(self, scenario: str) -> None:
        """Let a dapp play one, in a process of its own."""
        await self.serve()
        client = ClientProcess(reactor, {"die": self.die, "start": self.start, "mine": self.mine})
        self.addCleanup(client.end)
        await client.run(reactor, "-m", "tests.web3.socket_client", scenario, self.socket_url, *self.accounts)

    def die(self, name: str) -> None:
        """Kill a node."""
        self.nodes[name].die()

    def start(self, name: str) -> Deferred[None]:
        """Bring it back; fires when the checks find it up."""
        self.nodes[name].start()
        return self.is_up(name)

    def mine(self, blocks: int) -> dict[str, Any]:
        """Mint blocks; the last one."""
        last = self.network.mine(blocks)
        return {"number": last.number, "hash": last.hash}

    async def test_calls(self) -> None:
        """As over HTTP, many at once."""
        await self.play("calls")

    async def test_a_node_killed_under_calls(self) -> None:
        """The socket stays, and what was acknowledged takes place."""
        await self.play("calls_while_a_node_dies")
        for account in self.accounts[:4]:
            self.assertEqual(self.nonces(account), [0, 1])

    async def test_a_subscription(self) -> None:
        """Each head once and in order, until it is ended."""
        await self.play("subscription")

    async def test_nodes_killed_under_a_subscription(self) -> None:
        """Three deaths: every head once, in order, with the same id."""
        await self.play("heads_while_nodes_die")

    async def test_nodes_killed_under_logs(self) -> None:
        """Each log once, in the order of its transactions."""
        await self.play("logs_while_nodes_die")

    async def test_a_node_killed_under_a_filter(self) -> None:
        """It is "filter not found"; the socket lives on."""
        await self.play("filters_while_a_node_dies")
