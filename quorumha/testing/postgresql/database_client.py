"""L{DatabaseClient}: writes rows to a database, and keeps which ones were acknowledged."""

from __future__ import annotations

import struct

from twisted.internet.interfaces import IStreamClientEndpoint, ITransport
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from quorumha.testing.postgresql import pg_messages as pg


class DatabaseClient(Protocol):
    """One session; it begins when it is connected.

    @ivar ready: it is logged in, and waits for nothing.
    @ivar process: the number of the server's process, with which a query is cancelled.
    @ivar acknowledged: the rows whose insertion was.
    @ivar rows: what the last C{select} gave.
    @ivar errors: code and text of each error.
    @ivar refused: what it asked for before it began was refused: TLS, GSSAPI.
    @ivar lost: how it ended: the name of the exception; empty: it has not.
    """

    transport: ITransport

    def __init__(self, encryption: tuple[bytes, ...] = ()) -> None:
        """
        @param encryption: what it asks for first: L{pg_messages.SSL_REQUEST}, L{pg_messages.GSS_REQUEST}.
        """
        self._asks = list(encryption)
        self._messages = pg.Messages()
        self._inserting: list[str] = []
        self._unsent: list[str] = []
        self.ready = False
        self.process = 0
        self.refused = 0
        self.acknowledged: list[str] = []
        self.rows: list[str] = []
        self.errors: list[tuple[str, str]] = []
        self.lost = ""

    @classmethod
    def to(cls, endpoint: IStreamClientEndpoint, *encryption: bytes) -> DatabaseClient:
        """One that is being connected."""
        client = cls(encryption)
        failed = lambda failure: client.connectionLost(failure)  # noqa: E731  # short
        endpoint.connect(Factory.forProtocol(lambda: client)).addErrback(failed)
        return client

    def insert(self, value: str) -> None:
        """Write one row, as soon as that can be done."""
        self._unsent.append(f"insert into rows values ('{value}')")
        self._send()

    def select(self) -> None:
        """Read all rows."""
        self._unsent.append("select value from rows")
        self._send()

    def close(self) -> None:
        """End as a client does."""
        self.transport.write(pg.message(b"X"))
        self.transport.loseConnection()

    def connectionMade(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self.transport.write(self._asks[0] if self._asks else pg.start_up(user="tessera", database="tessera"))

    def dataReceived(self, data: bytes) -> None:
        """What the server says."""
        while self._asks:
            if self._messages.byte(data) != b"N":
                return
            data = b""
            self._asks.pop(0)
            self.refused += 1
            self._begin()
        for kind, body in self._messages.more(data):
            self._take(kind, body)

    def _take(self, kind: bytes, body: bytes) -> None:
        if kind == b"Z":
            self.ready = True
            self._send()
        elif kind == b"K":
            self.process = struct.unpack("!II", body)[0]
        elif kind == b"D":
            self.rows += pg.read_row(body)
        elif kind == b"C" and body.startswith(b"INSERT"):
            self.acknowledged.append(self._inserting.pop(0))
        elif kind == b"E":
            found = pg.read_fields(body)
            self.errors.append((found["C"], found["M"]))
            self._inserting.clear()

    def _send(self) -> None:
        if self.ready and self._unsent:
            text = self._unsent.pop(0)
            self.ready = False
            if text.startswith("insert"):
                self._inserting.append(text.split("'")[1])
            else:
                self.rows.clear()
            self.transport.write(pg.message(b"Q", text.encode() + b"\0"))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """It is over."""
        self.ready = False
        assert reason.type is not None
        self.lost = reason.type.__name__
