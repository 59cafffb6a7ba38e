"""L{ScriptedPg}: in place of libpq's connection, one that does what a test says, with a real descriptor."""

from __future__ import annotations

import os
from collections.abc import Sequence

from attrs import define, field, frozen
from psycopg import OperationalError
from psycopg.pq import ConnStatus, ExecStatus, PollingStatus
from twisted.internet.testing import MemoryReactorClock

#: What L{ScriptedPg.polls} says of a login that goes well: what is waited for, and where it is then.
LOGIN = (
    (PollingStatus.WRITING, ConnStatus.MADE),
    (PollingStatus.READING, ConnStatus.AWAITING_RESPONSE),
    (PollingStatus.READING, ConnStatus.AUTH_OK),
    (PollingStatus.OK, ConnStatus.OK),
)
#: A primary's row.
ROW = (b"f", b"off", b"7300000000000000001", b"00000003", b"f")


@frozen
class ScriptedResult:
    """One row, or an error."""

    row: Sequence[bytes | None] = ()
    error: str = ""

    @property
    def status(self) -> int:
        return ExecStatus.FATAL_ERROR if self.error else ExecStatus.TUPLES_OK

    @property
    def ntuples(self) -> int:
        return 1 if self.row else 0

    @property
    def nfields(self) -> int:
        return len(self.row)

    def get_value(self, row: int, column: int) -> bytes | None:
        return self.row[column]

    def get_error_message(self) -> str:
        return self.error


@define(eq=False)
class ScriptedPg:
    """One session.

    @ivar polls: what each step of connecting comes to; after the last one nothing happens any more.
    @ivar results: what has come of the question; C{None}: that is all.
    @ivar lost: what libpq says when it reads next, as the connection is gone.
    @ivar unsent: so many times something is left to be sent.
    @ivar sent: the questions.
    @ivar given: what it was begun with.
    """

    polls: list[tuple[int, int]] = field(factory=lambda: list(LOGIN), converter=list)
    error: str = ""
    status: int = ConnStatus.STARTED
    results: list[ScriptedResult | None] = field(factory=list)
    lost: str = ""
    unsent: int = 0
    sent: list[bytes] = field(factory=list)
    given: bytes = b""
    finished: bool = False
    nonblocking: int = 0
    _ends: tuple[int, int] = field(factory=os.pipe)

    @property
    def socket(self) -> int:
        return self._ends[0]

    def change_socket(self) -> None:
        """libpq tries another way: the same number is another socket then."""
        self._close()
        self._ends = os.pipe()

    def connect_poll(self) -> int:
        status, self.status = self.polls.pop(0)
        return status

    def get_error_message(self) -> str:
        return self.error

    def send_query(self, query: bytes) -> None:
        if self.finished or self.lost:
            raise OperationalError(f"sending query failed: {self.lost or 'the connection is closed'}")
        self.sent.append(query)

    def flush(self) -> int:
        self.unsent = max(0, self.unsent - 1)
        return int(self.unsent > 0)

    def consume_input(self) -> None:
        if self.lost:
            self.status = ConnStatus.BAD
            self._close()
            raise OperationalError(f"consuming input failed: {self.lost}")

    def is_busy(self) -> int:
        return int(not self.results)

    def get_result(self) -> ScriptedResult | None:
        return self.results.pop(0)

    def answer(self, *row: bytes | None, error: str = "") -> None:
        """The whole response has arrived."""
        self.results += [ScriptedResult(row, error), None]

    def finish(self) -> None:
        self.finished = True
        self.status = ConnStatus.BAD
        self._close()

    def _close(self) -> None:
        for end in self._ends:
            if end >= 0:
                os.close(end)
        self._ends = (-1, -1)


class ScriptedServer:
    """Begins sessions as a test says, on a reactor that the test moves.

    @ivar next: the sessions that are begun from now on; where there is none, one that goes well.
    @ivar sessions: those that were begun.
    """

    def __init__(self) -> None:
        self.reactor = MemoryReactorClock()
        self.next: list[ScriptedPg] = []
        self.sessions: list[ScriptedPg] = []

    def begin(self, conninfo: bytes) -> ScriptedPg:
        """In place of C{PGconn.connect_start}."""
        session = self.next.pop(0) if self.next else ScriptedPg()
        session.given = conninfo
        self.sessions.append(session)
        return session

    @property
    def watched(self) -> tuple[int, int]:
        """How many wait to read, and to write."""
        return len(self.reactor.readers), len(self.reactor.writers)

    def turn(self) -> None:
        """All that wait can read and write, once."""
        for one in list(self.reactor.readers):
            one.doRead()
        for one in list(self.reactor.writers):
            one.doWrite()

    def log_in(self) -> ScriptedPg:
        """The last session goes through the steps that it has left."""
        session = self.sessions[-1]
        while session.polls:
            self.turn()
        return session

    def close(self) -> None:
        """Nothing of it is left."""
        for session in self.sessions:
            session.finish()
