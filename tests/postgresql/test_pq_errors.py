"""Tests for L{quorumha.postgresql.pq_errors}, with texts that libpq 15 to 18 gave."""

from __future__ import annotations

import errno
import os

from twisted.trial.unittest import SynchronousTestCase

from quorumha.postgresql.pq_errors import LONGEST, PqError, PqLack, of_connecting, one_line

AT = 'connection to server at "10.0.0.1", port 5432 failed: '
NAMED = 'connection to server at "db.example" (10.0.0.1), port 5432 failed: '
SOCKET = 'connection to server on socket "/run/postgresql/.s.PGSQL.5432" failed: '


class OneLineTests(SynchronousTestCase):
    """L{one_line}."""

    def test_first_line(self) -> None:
        """What happened, and neither where nor what libpq makes of it."""
        for text, said in (
            (f"{AT}FATAL:  the database system is starting up\n", "the database system is starting up"),
            (f"{NAMED}FATAL:  sorry, too many clients already\n{NAMED}x", "sorry, too many clients already"),
            (
                f"{SOCKET}No such file or directory\n\tIs the server running locally?",
                "No such file or directory",
            ),
            (
                "consuming input failed: server closed the connection unexpectedly\n\tThis",
                "server closed the connection unexpectedly",
            ),
            ("sending query failed: the connection is closed", "the connection is closed"),
            ("ERROR:  permission denied for function f\nCONTEXT:  x", "permission denied for function f"),
            (f"{NAMED}SSL error: certificate verify failed", "SSL error: certificate verify failed"),
            ("", ""),
        ):
            self.assertEqual(one_line(text), said)

    def test_fit_for_a_log(self) -> None:
        """No more than a line, no character that moves a cursor, no password."""
        self.assertEqual(one_line("a\tb\x1b[2J"), "a b?[2J")
        self.assertEqual(len(one_line("x" * 10_000)), LONGEST)
        self.assertEqual(one_line('role "hunter2"', b"hunter2"), 'role "***"')


class ConnectingTests(SynchronousTestCase):
    """L{of_connecting}."""

    def test_words_of_the_house(self) -> None:
        """For what the system says."""
        for code, said in (
            (errno.ECONNREFUSED, "refused"),
            (errno.EHOSTUNREACH, "no route"),
            (errno.ENOENT, "no such socket"),
        ):
            error = of_connecting(f"{AT}{os.strerror(code)}\n\tIs the server running?")
            self.assertEqual((str(error), type(error)), (f"could not connect ({said})", PqError))

    def test_others(self) -> None:
        """As libpq says it."""
        self.assertEqual(
            str(of_connecting(f"{AT}server does not support SSL, but SSL was required")),
            "could not connect (server does not support SSL, but SSL was required)",
        )
        self.assertEqual(str(of_connecting("")), "could not connect (unknown)")

    def test_lacks(self) -> None:
        """Of this process or its machine."""
        error = of_connecting(f"{AT}could not create socket: {os.strerror(errno.EMFILE)}")
        self.assertEqual((str(error), type(error)), ("no file descriptors left", PqLack))
        self.assertIsInstance(of_connecting(f"{AT}{os.strerror(errno.EADDRNOTAVAIL)}"), PqLack)
