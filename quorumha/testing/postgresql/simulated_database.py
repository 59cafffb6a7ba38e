"""L{SimulatedDatabase}: a server of PostgreSQL with one table of rows, and the Patroni beside it.

What is simulated: start-up without a password, simple queries (C{insert}, C{select}, and what a probe asks
for the role), a standby's refusals, requests for TLS (refused) and to cancel (kept); of Patroni C{GET
/primary}.  What is not: transactions, any other SQL, authentication.
"""

from __future__ import annotations

import json
import re
import struct
from typing import TYPE_CHECKING

from twisted.internet.interfaces import IReactorTime, ITransport
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from quorumha.testing.http.faults import Faults
from quorumha.testing.http.message_reader import Message
from quorumha.testing.http.node import NodeFactory, NodeResponse
from quorumha.testing.postgresql import pg_messages as pg

if TYPE_CHECKING:
    from quorumha.testing.postgresql.simulated_cluster import SimulatedCluster

_VALUE = re.compile(r"'([^']*)'")
_READY = pg.message(b"Z", b"I")


class SimulatedDatabase(Factory):
    """One server; listen with it at its port, and with C{patroni} at that of its Patroni.

    @ivar name: what its cluster calls it.
    @ivar primary: it is not in recovery; C{timeline}: the one that it is on; C{read_only}: it refuses writes.
    @ivar follows: whose log it receives: what that one writes it has, too.
    @ivar rows: what was inserted, in order.
    @ivar sessions: those that live.
    @ivar cancels: requests to cancel that came, by the process that was meant.
    @ivar patroni: a factory.
    @ivar faults: those of the Patroni.
    """

    noisy = False

    def __init__(self, clock: IReactorTime, cluster: SimulatedCluster, name: str) -> None:
        self.cluster = cluster
        self.name = name
        self.primary = self.read_only = False
        self.timeline = 0
        self.follows: SimulatedDatabase | None = None
        self.rows: list[str] = []
        self.sessions: list[DatabaseSession] = []
        self.cancels: list[int] = []
        self.faults = Faults()
        self.patroni = NodeFactory(clock, self._patroni_says, self.faults)
        self._begun = 0

    def buildProtocol(self, addr: object) -> DatabaseSession:
        """A session."""
        self._begun += 1
        return DatabaseSession(self, self._begun)

    def insert(self, value: str) -> bool:
        """Write a row, here and at those that follow; whether it could be."""
        if not self.primary or self.read_only:
            return False
        for one in self.cluster.databases.values():
            if one is self or one.follows is self:
                one.rows.append(value)
        return True

    def _patroni_says(self, request: Message) -> NodeResponse:
        leads = self.primary and self.cluster.leader is self
        states = [
            {"application_name": one.name, "state": "streaming", "sync_state": "async"}
            for one in self.cluster.databases.values()
            if one.follows is self
        ]
        said: dict[str, object] = {
            "state": "running",
            "role": "master" if self.primary else "replica",
            "timeline": self.timeline,
            "database_system_identifier": self.cluster.system,
        }
        if self.primary and states:
            said["replication"] = states
        return NodeResponse(200 if leads else 503, json.dumps(said).encode(), b"application/json")


class DatabaseSession(Protocol):
    """One client's session.

    @ivar started: it is logged in.
    @ivar terminated: the client said that it was the end.
    """

    transport: ITransport

    def __init__(self, database: SimulatedDatabase, process: int) -> None:
        self._database = database
        self._process = process
        self._messages = pg.Messages()
        self.started = self.terminated = False

    def connectionMade(self) -> None:
        self._database.sessions.append(self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._database.sessions.remove(self)

    def dataReceived(self, data: bytes) -> None:
        """Messages of the client."""
        while not self.started:
            found = self._messages.first(data)
            data = b""
            if found is None:
                return
            self._begin(*found)
        for kind, body in self._messages.more(data):
            if kind == b"Q":
                self._query(body.rstrip(b"\0").decode())
            elif kind == b"X":
                self.terminated = True
                self.transport.loseConnection()

    def _begin(self, code: int, body: bytes) -> None:
        if code == pg.CANCEL:
            self._database.cancels.append(struct.unpack("!II", body)[0])
            self.transport.loseConnection()
        elif code >> 16 != 3:
            self.transport.write(b"N")
        else:
            self.started = True
            self.transport.write(
                pg.message(b"R", struct.pack("!I", 0))
                + pg.message(b"K", struct.pack("!II", self._process, 1))
                + _READY
            )

    def _query(self, text: str) -> None:
        database = self._database
        if text.startswith("insert"):
            value = _VALUE.search(text)
            if value is not None and database.insert(value[1]):
                said = pg.message(b"C", b"INSERT 0 1\0")
            else:
                error = "cannot execute INSERT in a read-only transaction"
                said = pg.message(b"E", pg.fields(S="ERROR", V="ERROR", C="25006", M=error))
        else:
            rows = [(value,) for value in database.rows]
            said = b"".join(pg.message(b"D", pg.row(*one)) for one in rows)
            said += pg.message(b"C", b"SELECT %d\0" % len(rows))
        self.transport.write(said + _READY)
