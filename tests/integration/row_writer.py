"""L{RowWriter}: a client that writes one row after another, and knows what was acknowledged."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable
from typing import Any

from attrs import frozen

from bench.processes import LATE
from tests.integration.database import Database, end_session
from tests.integration.patroni_pair import PatroniNode

#: What it writes to.
TABLE = (
    "CREATE TABLE rows (writer text, number int, port int NOT NULL DEFAULT inet_server_port(),"
    " at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (writer, number))"
)


@frozen
class Written:
    """One row that was acknowledged.

    @ivar port: of the database that did.
    @ivar at: when, by C{time.time()}; C{took}: seconds since it was sent.
    """

    number: int
    port: int
    at: float
    took: float


@frozen
class Trouble:
    """One error that the client got.

    @ivar state: its SQLSTATE, where a server said one.
    @ivar session: it broke a session that there was; otherwise none came about.
    """

    at: float
    state: str | None
    text: str
    session: bool


class RowWriter:
    """One session after another, each written to until it ends; a row that failed is not sent again.

    @param where: how libpq connects.
    @param pause: seconds between rows, and before another session.
    @ivar written: what was acknowledged, in order.
    @ivar troubles: errors, in order.
    """

    def __init__(self, name: str, where: str, pause: float = 0.01) -> None:
        self.name = name
        self.written: list[Written] = []
        self.troubles: list[Trouble] = []
        self._where, self._pause = where, pause
        self._number = 0
        self._session: Any = None
        self._ended = False
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def sent(self) -> int:
        """How many rows were sent."""
        return self._number

    def wait_for(self, what: Callable[[], bool], said: str) -> None:
        """Return when it is true of what happened here.

        @param said: what it is, for the error.
        @raise AssertionError: it does not become so.
        """
        with self._news:
            if not self._news.wait_for(what, LATE):
                last = [one.text for one in self.troubles[-3:]]
                raise AssertionError(f"{self.name}: not {said}; {len(self.written)} written; last: {last}")

    def more(self, database: Database | PatroniNode, count: int = 3) -> None:
        """Return when so many more rows were acknowledged, and by that database."""
        begun = len(self.written)
        self.wait_for(
            lambda: sum(one.port == database.port for one in self.written[begun:]) >= count,
            f"written to {database.name}",
        )

    def trouble(self) -> Trouble:
        """The first error, when there is one."""
        self.wait_for(lambda: bool(self.troubles), "in trouble")
        return self.troubles[0]

    def longest_gap(self) -> float:
        """The longest time between two acknowledged rows, in seconds."""
        times = [one.at for one in self.written]
        return max((after - before for before, after in itertools.pairwise(times)), default=0.0)

    def end(self) -> None:
        """Write no more."""
        with self._news:
            self._ended = True
            self._news.notify_all()
            session = self._session
        if session is not None:
            with contextlib.suppress(Exception):
                end_session(session)
        self._thread.join(LATE)
        assert not self._thread.is_alive(), self.name

    def _run(self) -> None:
        import psycopg

        while not self._ended:
            session = None
            try:
                session = psycopg.connect(self._where, autocommit=True)
                self._take(session)
                self._write(session)
            except psycopg.Error as error:
                trouble = Trouble(time.time(), error.sqlstate, str(error), session is not None)
                self._note(self.troubles, trouble)
            finally:
                self._take(None)
                if session is not None:
                    session.close()
            self._wait()

    def _take(self, session: Any) -> None:
        with self._news:
            self._session = session

    def _write(self, session: Any) -> None:
        text = "INSERT INTO rows (writer, number) VALUES (%s, %s) RETURNING port"
        while not self._ended:
            self._number += 1
            begun = time.time()
            found = session.execute(text, (self.name, self._number)).fetchone()
            now = time.time()
            written = Written(self._number, found[0], now, now - begun)
            self._note(self.written, written)
            self._wait()

    def _note(self, where: list[Any], what: Any) -> None:
        with self._news:
            if not self._ended:
                where.append(what)
                self._news.notify_all()

    def _wait(self) -> None:
        with self._news:
            self._news.wait_for(lambda: self._ended, self._pause)
