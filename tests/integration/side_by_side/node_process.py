"""A simulated Tessera in a process of its own.

C{python -m tests.integration.side_by_side.node_process NAME Q2T_PORT P2P_PORT DATABASE URL LAG}.
Orders come as lines on standard input: C{database-dead}, C{database-back}.  It ends when standard
input does.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import connectionDone
from twisted.internet.stdio import StandardIO
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

from quorumha.testing import SimulatedTessera
from tests.integration.side_by_side.shared_store import SharedStore


class Orders(LineReceiver):
    """What the run orders."""

    delimiter = b"\n"

    def __init__(self, node: SimulatedTessera) -> None:
        self._node = node

    def lineReceived(self, line: bytes) -> None:
        self._node.faults.database_dead = {b"database-dead": True, b"database-back": False}[line]

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if reactor.running:
            reactor.stop()


def main(name: str, q2t: str, p2p: str, database: str, url: str, lag: str) -> None:
    node = SimulatedTessera(reactor, SharedStore(Path(database), name), url=url, keep=False, name=name)
    node.faults.lag = float(lag)
    for port, factory in ((q2t, node.q2t), (p2p, node.p2p)):
        endpoint = TCP4ServerEndpoint(reactor, int(port), backlog=1024, interface="127.0.0.1")
        # A port that is taken ends the process: nobody would listen there.
        endpoint.listen(factory).addErrback(lambda failure: os._exit(failure.printTraceback() or 1))
    StandardIO(Orders(node))
    reactor.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
