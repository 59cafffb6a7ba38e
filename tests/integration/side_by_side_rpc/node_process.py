"""The simulated nodes, in a process of their own.

C{python -m tests.integration.side_by_side_rpc.node_process}.  It prints the ports as JSON.  Orders come as
lines on standard input: C{die a1}, C{start a1}, C{freeze a1}, C{thaw a1}, C{lag a1}, C{no-lag a1}, C{blocks},
C{report}: what blocks have, printed as JSON.  It ends when standard input does.
"""

from __future__ import annotations

import json
import sys

from twisted.internet import reactor
from twisted.internet.protocol import connectionDone
from twisted.internet.stdio import StandardIO
from twisted.internet.task import LoopingCall
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

from quorumha.testing import KEYS, SimulatedNetwork

#: Seconds that a node takes for an answer: a call is under way when it dies.
ANSWER = 0.003
#: Seconds from a restart until accounts are unlocked, as measured at real nodes.
UNLOCK = 0.5
#: Seconds by which a node has blocks later.
LAG = 5.0


class Orders(LineReceiver):
    """What the run orders."""

    delimiter = b"\n"

    def __init__(self, network: SimulatedNetwork) -> None:
        self._network = network
        self._minting = LoopingCall(self._mine)

    def lineReceived(self, line: bytes) -> None:
        what, _, name = line.decode().partition(" ")
        network = self._network
        if what == "report":
            blocks = network.chain.blocks
            mined = [
                (one.sender, one.nonce, one.data.hex(), one.hash) for b in blocks for one in b.transactions
            ]
            said = json.dumps({"mined": mined, "height": network.chain.height})
            self.sendLine(said.encode())  # type: ignore[no-untyped-call]
            return
        if what == "blocks":
            self._minting.start(network.block_time)
            return
        node = network.nodes[name]
        if what == "start":
            node.start(unlock_after=UNLOCK)
        elif what in ("lag", "no-lag"):
            node.lag = LAG if what == "lag" else 0.0
        else:
            {"die": node.die, "freeze": node.freeze, "thaw": node.thaw}[what]()

    def _mine(self) -> None:
        if self._network.minter is not None:
            self._network.mine()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if reactor.running:
            reactor.stop()


def main() -> None:
    network = SimulatedNetwork(reactor, keep=False)
    # Others first: one of them mints.
    for name in ("other-1", "other-2"):
        network.add(name)
    ports = {}
    for name in ("a1", "a2"):
        node = network.add(name, KEYS[:10])
        node.faults.lag = ANSWER
        ports[name] = node.listen_tcp(reactor)
    sys.stdout.write(json.dumps({"ports": ports, "accounts": KEYS[:10]}) + "\n")
    sys.stdout.flush()
    StandardIO(Orders(network))
    reactor.run()


if __name__ == "__main__":
    main()
