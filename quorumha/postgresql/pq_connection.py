"""L{PqConnection}: one session of libpq on the reactor: no thread, and nothing of it ever waits.

libpq's own calls that do not block (PostgreSQL's documentation, "Asynchronous Command Processing" and
C{PQconnectStart}): it says whether it waits to read or to write, and is called when its socket can.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from psycopg import Error
from psycopg.pq import ConnStatus, ExecStatus, PGconn, PollingStatus
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReadWriteDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

from quorumha.net.interest import Watch
from quorumha.pool.dial_errors import lack_of
from quorumha.postgresql.pq_errors import PqError, PqLack, PqRefused, of_connecting, one_line
from quorumha.postgresql.pq_options import without_variables

#: Begins a session.
Open = Callable[[bytes], Any]
Row = tuple[bytes | None, ...]


@implementer(IReadWriteDescriptor)
class PqConnection:
    """One session: connected once, then asked again and again, one question at a time.

    libpq closes its socket, and makes another one, whenever it likes, and the number of the new one is often
    that of the old one.  So what the reactor watches is a copy of the descriptor, made anew after each step
    of connecting, and no number is closed that is watched.

    @ivar reached: the server took the connection.
    @ivar logging_in: it was sent who wants to log in.
    @ivar ready: it is logged in.
    @ivar closed: it is over.
    """

    def __init__(self, watch: Watch, secret: bytes | None = None, begin: Open = PGconn.connect_start) -> None:
        """
        @param watch: who calls it when its socket is ready.
        @param secret: never to be shown.
        """
        self.reached = self.logging_in = self.ready = self.closed = False
        self._watch = watch
        self._secret = secret
        self._begin = begin
        self._pg: Any = None
        self._fd = -1
        self._waiting: Deferred[Any] | None = None
        self._row: Row = ()
        self._writing = False
        self._error: Exception | None = None

    def connect(self, conninfo: bytes) -> Deferred[None]:
        """Connect and log in; cancel it to give up.

        @return: fails with L{PqError}, L{PqRefused} or L{PqLack}.
        """
        connecting: Deferred[None] = Deferred(lambda _: self.close())
        self._waiting = connecting
        try:
            with without_variables():
                self._pg = self._begin(conninfo)
            if self._pg.status == ConnStatus.BAD:
                self._connecting_failed()
            else:
                self._wait(PollingStatus.WRITING)
        except (Error, OSError) as error:
            self._failed(error)
        return connecting

    def ask(self, query: bytes) -> Deferred[Row]:
        """Ask for one row; cancel it to give up, which ends the session.

        @return: fails with L{PqError}, and the session is over, or with L{PqRefused}: the server's own words.
        """
        asking: Deferred[Row] = Deferred(lambda _: self.close())
        self._waiting, self._row, self._error = asking, (), None
        try:
            self._pg.send_query(query)
            self._flush()
        except (Error, OSError) as error:
            self._failed(error)
        return asking

    def close(self) -> None:
        """End it, whatever it does; who waits is told nothing any more."""
        self._waiting = None
        self._end()

    def drop(self, cause: str) -> None:
        """End it; who waits for a response fails."""
        self._failed(PqError(cause))

    def fileno(self) -> int:
        """Of the copy that is watched."""
        return self._fd

    def logPrefix(self) -> str:
        """For the log of a bug."""
        return "PqConnection"

    def doRead(self) -> None:
        """There is something to read, or its end."""
        self._go_on(self._read)

    def doWrite(self) -> None:
        """More can be written."""
        self._go_on(self._flush)

    def connectionLost(self, reason: Failure) -> None:
        """The socket is at its end; libpq says why."""
        self.doRead()
        if not self.closed and self.ready:
            self._failed(PqError("the connection was lost"))

    def _go_on(self, step: Callable[[], None]) -> None:
        if self.closed:
            return
        try:
            if self.ready:
                step()
            else:
                self._poll()
        except (Error, OSError) as error:
            self._failed(error)

    def _poll(self) -> None:
        """One step of connecting."""
        self._unwatch()
        with without_variables():
            status = self._pg.connect_poll()
        stage = self._pg.status
        if status == PollingStatus.FAILED:
            self._connecting_failed()
        elif status == PollingStatus.OK:
            self.reached = self.logging_in = self.ready = True
            self._pg.nonblocking = 1
            self._wait(PollingStatus.READING)
            self._done(None)
        else:
            self.reached = stage not in (ConnStatus.STARTED, ConnStatus.NEEDED)
            self.logging_in = stage in (ConnStatus.AWAITING_RESPONSE, ConnStatus.AUTH_OK, ConnStatus.SETENV)
            self._wait(status)

    def _connecting_failed(self) -> None:
        text = self._pg.get_error_message()
        if self.logging_in:
            self._failed(PqRefused(f"no login: {one_line(text, self._secret)}"))
        else:
            self._failed(of_connecting(text))

    def _wait(self, status: int) -> None:
        """Be called when its socket is ready for that."""
        self._unwatch()
        self._fd = os.dup(self._pg.socket)
        if status == PollingStatus.READING:
            self._watch.addReader(self)
        else:
            self._watch.addWriter(self)

    def _unwatch(self) -> None:
        if self._fd >= 0:
            self._watch.removeReader(self)
            self._watch.removeWriter(self)
            os.close(self._fd)
            self._fd = -1

    def _flush(self) -> None:
        left = self._pg.flush()
        if left:
            self._watch.addWriter(self)
        elif self._writing:
            self._watch.removeWriter(self)
        self._writing = left

    def _read(self) -> None:
        self._pg.consume_input()
        # It parses what lies there by that: a notice of a session that rests, too.
        while not self._pg.is_busy() and self._waiting is not None:
            result = self._pg.get_result()
            if result is None:
                self._completed()
            elif result.status == ExecStatus.TUPLES_OK and result.ntuples:
                self._row = tuple([result.get_value(0, column) for column in range(result.nfields)])
            else:
                said = one_line(result.get_error_message(), self._secret)
                self._error = PqRefused(f"its role is not known: {said or 'no row'}")

    def _completed(self) -> None:
        if self._pg.status == ConnStatus.BAD:
            # What ended it need not be true of the next session.
            self._failed(PqError(str(self._error or "broke off")))
        else:
            self._done(self._error or self._row)

    def _done(self, result: Any) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            if isinstance(result, Exception):
                waiting.errback(result)
            else:
                waiting.callback(result)

    def _failed(self, error: Exception) -> None:
        """It is over."""
        lack = lack_of(error)
        if lack is not None:
            error = PqLack(lack)
        elif not isinstance(error, PqError | PqLack):
            error = PqError(f"broke off ({one_line(str(error), self._secret)})")
        self._end()
        self._done(error)

    def _end(self) -> None:
        if not self.closed:
            self.closed, self.ready = True, False
            self._unwatch()
            if self._pg is not None:
                self._pg.finish()
