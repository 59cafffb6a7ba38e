"""A dapp on a WebSocket, in a process of its own: it plays one of L{socket_scenarios} and ends.

C{python -m tests.web3.socket_client SCENARIO URL ACCOUNT...}.  What the scenario wants of the nodes goes to
standard output, an order a line of JSON; each gets one line back on standard input.  The last line says that
all of the scenario was played; what went wrong is on standard error.

web3.py waits for a response on a WebSocket in a loop that never rests.  In a thread of the process that
the proxy and the nodes are in, such loops keep the interpreter to themselves, and the response does not come.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from attrs import frozen

from tests.web3 import socket_scenarios


@frozen
class Nodes:
    """The nodes of the test that started this process.  Each order blocks until it is carried out.

    @ivar accounts: of their key store.
    """

    accounts: list[str]

    def die(self, name: str) -> None:
        """Kill one."""
        self.order("die", name)

    def start(self, name: str) -> None:
        """Bring one back; this returns when the proxy finds it up."""
        self.order("start", name)

    def mine(self, blocks: int = 1) -> dict[str, Any]:
        """Mint blocks.

        @return: C{number} and C{hash} of the last one.
        """
        found: dict[str, Any] = self.order("mine", blocks)
        return found

    def order(self, what: str, *arguments: Any) -> Any:
        """What an order comes to.

        @raise RuntimeError: it went wrong.
        """
        print(json.dumps({"order": what, "arguments": arguments}), flush=True)
        said = json.loads(sys.stdin.readline())
        if "error" in said:
            raise RuntimeError(f"{what}{arguments}: {said['error']}")
        return said["result"]


def played() -> None:
    """Say so: a process that only ends has not shown anything."""
    print(json.dumps({"played": True}), flush=True)


async def play(scenario: str, url: str, nodes: Nodes) -> None:
    """Let it talk.

    @raise Exception: whatever it found wrong.
    """
    from web3 import AsyncWeb3, WebSocketProvider
    from web3.middleware import ExtraDataToPOAMiddleware

    async with AsyncWeb3(WebSocketProvider(url)) as w3:
        w3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
        await getattr(socket_scenarios, scenario)(w3, nodes)


if __name__ == "__main__":
    asyncio.run(play(sys.argv[1], sys.argv[2], Nodes(sys.argv[3:])))
    played()
