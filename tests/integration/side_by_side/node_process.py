"""A simulated Tessera in a process of its own.

C{python -m tests.integration.side_by_side.node_process NAME Q2T_PORT P2P_PORT DATABASE URL LAG KNOWS_AFTER}.
Orders come as lines on standard input: C{database-dead}, C{database-silent}, C{database-back}.  It ends
when standard input does.
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
from quorumha.testing.http.faults import Faults
from tests.integration.side_by_side.shared_store import SharedStore


class Orders(LineReceiver):
    """What the run orders."""

    delimiter = b"\n"

    def __init__(self, node: SimulatedTessera) -> None:
        self._faults = node.faults

    def lineReceived(self, line: bytes) -> None:
        {
            b"database-dead": self._database_dead,
            b"database-silent": self._database_silent,
            b"database-back": self._database_back,
        }[line]()

    def _database_dead(self) -> None:
        self._faults.database_dead = True

    def _database_silent(self) -> None:
        self._faults.database_silent = True

    def _database_back(self) -> None:
        self._faults.database_dead = self._faults.database_silent = False

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if reactor.running:
            reactor.stop()


def hold_party_infos(faults: Faults, seconds: float) -> None:
    """What is posted to C{/partyinfo} waits for so long: a JVM that has just begun."""
    usual = faults.only
    faults.only = lambda request: request.method == b"POST" and request.target == b"/partyinfo"
    faults.hang = True

    def go_on() -> None:
        faults.only = usual
        faults.hang = False

    reactor.callLater(seconds, go_on)


def main(name: str, q2t: str, p2p: str, database: str, url: str, lag: str, knows_after: str) -> None:
    node = SimulatedTessera(reactor, SharedStore(Path(database), name), url=url, keep=False, name=name)
    node.faults.lag = float(lag)
    if float(knows_after):
        hold_party_infos(node.faults, float(knows_after))
    for port, factory in ((q2t, node.q2t), (p2p, node.p2p)):
        endpoint = TCP4ServerEndpoint(reactor, int(port), backlog=1024, interface="127.0.0.1")
        # A port that is taken ends the process: nobody would listen there.
        endpoint.listen(factory).addErrback(lambda failure: os._exit(failure.printTraceback() or 1))
    StandardIO(Orders(node))
    reactor.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
