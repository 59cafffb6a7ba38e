"""Long streams through C{serve = "postgresql"}, while the database hangs, or another one is promoted."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import threading
from collections.abc import Iterable

import psycopg

from tests.integration.database_case import DatabaseCase

#: Rows of about a kilobyte: many more than all buffers on the way hold.
ROWS = 20_000
#: Pieces of them that are passed before something happens.
MIDST = 5_000
#: Bytes of memory that the proxy may need beyond what it had: of a stream it keeps a buffer, and no more.
SOME = 16 << 20
#: What is read; each row is another one.
READ = f"COPY (SELECT n, repeat(md5(n::text), 30) FROM generate_series(1, {ROWS}) n) TO STDOUT"
WRITE = "COPY streamed FROM STDIN"
#: What is true of rows that were all written once.
WRITTEN = "count(*), count(DISTINCT n), bool_and(t = repeat(lpad(n::text, 32, '0'), 30))"


def pieces() -> Iterable[str]:
    """What is written."""
    return (f"{number}\t{f'{number:032}' * 30}\n" for number in range(ROWS))


class StreamCase(DatabaseCase):
    """Sessions through the proxy, and a table to write to."""

    def setUp(self) -> None:
        super().setUp()
        self.pair.primary.ask("DROP TABLE IF EXISTS streamed")
        self.pair.primary.ask("CREATE TABLE streamed (n int, t text)")
        self.pair.caught_up()

    def session(self) -> psycopg.Connection:
        """One that ends with the test."""
        session = psycopg.connect(self.where(), autocommit=True)
        self.addCleanup(session.close)
        return session

    def asking(self, text: str) -> psycopg.Connection:
        """One that has put this question, and reads no answer."""
        session = self.session()
        session.pgconn.send_query(text.encode())
        session.pgconn.flush()
        return session


class StreamTests(StreamCase):
    """No byte is lost, and none comes twice."""

    def test_paused(self) -> None:
        """A stream to the client, one to the database, and one that its client does not read: all stand
        still with a writer that is silent, go on with it, and are whole.  The proxy keeps none of it."""
        before = self.proxy.child.rss()
        unread = self.asking("SELECT repeat('x', 1000000) FROM generate_series(1, 40)")
        found = hashlib.sha256()
        written = iter(pieces())
        with (
            self.session().cursor().copy(READ) as reading,
            self.session().cursor().copy(WRITE) as writing,
        ):
            for piece, row in itertools.islice(zip(reading, written, strict=False), MIDST):
                found.update(piece)
                writing.write(row)
            with self.pair.primary.hung():
                self.paused()
            for row in written:
                writing.write(row)
            for piece in reading:
                found.update(piece)
        self.assertLess(self.proxy.child.rss() - before, SOME)
        with (
            contextlib.closing(psycopg.connect(self.pair.primary.where())) as direct,
            direct.cursor().copy(READ) as reading,
        ):
            self.assertEqual(found.digest(), hashlib.sha256(b"".join(map(bytes, reading))).digest())
        self.assertEqual(self.pair.primary.ask(f"SELECT {WRITTEN} FROM streamed"), [(ROWS, ROWS, True)])
        result = unread.pgconn.get_result()
        assert result is not None
        self.assertEqual(
            [result.get_value(number, 0) for number in range(result.ntuples)], [b"x" * 1_000_000] * 40
        )

    def test_cut(self) -> None:
        """Another one is promoted: both break off, so that nobody takes a part for the whole, and of the
        statement that wrote nothing is anywhere."""
        reading, writing = self.session(), self.session()
        with self.assertRaises(psycopg.OperationalError), reading.cursor().copy(READ) as begun:
            next(iter(begun))
            with self.assertRaises(psycopg.OperationalError), writing.cursor().copy(WRITE) as copy:
                for number, row in enumerate(pieces()):
                    copy.write(row)
                    if number == MIDST:
                        self.promote()
                        self.says("db: 2 sessions of")
            for _ in begun:
                pass
        for database in (self.pair.a, self.pair.b):
            self.assertEqual(database.ask("SELECT count(*) FROM streamed"), [(0,)])


class SignalTests(StreamCase):
    """What is said beside the stream of a session."""

    def test_cancel_and_notify(self) -> None:
        """A request to cancel, and what others notify of, wait with a writer that is silent, and arrive."""
        listening, asking = self.session(), self.asking("SELECT pg_sleep(600)")
        listening.execute("LISTEN news")
        self.pair.primary.wait_until(
            "EXISTS (SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)')"
        )
        self.pair.primary.ask("NOTIFY news, 'before'")
        cancelling = threading.Thread(target=asking.cancel_safe, kwargs={"timeout": 60.0}, daemon=True)
        with self.pair.primary.hung():
            self.paused()
            cancelling.start()
        self.pair.primary.ask("NOTIFY news, 'after'")
        heard = [one.payload for one in listening.notifies(timeout=60, stop_after=2)]
        self.assertEqual(heard, ["before", "after"])
        cancelling.join(60)
        result = asking.pgconn.get_result()
        assert result is not None
        self.assertIn(b"canceling statement due to user request", result.error_message)


del DatabaseCase, StreamCase
