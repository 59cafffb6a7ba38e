"""Tests for L{quorumha.postgresql.pq_options}, read by libpq itself."""

from __future__ import annotations

from psycopg import pq
from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.addresses import read_client
from quorumha.config.model import ClientTLS
from quorumha.postgresql.pq_options import NO_FILE, Login, conninfo, socket_of, without_variables

KNOWN = {one.keyword.decode() for one in pq.Conninfo.get_defaults()}


def options(
    login: Login, endpoint: str = "tcp:db.example:5433", address: str | None = "10.0.0.1"
) -> dict[str, str]:
    """What libpq makes of it."""
    text = conninfo(login, read_client(endpoint), address, KNOWN)
    return {
        one.keyword.decode(): one.val.decode("utf-8", "surrogateescape")
        for one in pq.Conninfo.parse(text)
        if one.val is not None
    }


class ConninfoTests(SynchronousTestCase):
    """What libpq is told."""

    def test_who_and_where(self) -> None:
        """No name is left for it to look up; nothing in a value is a word of its own."""
        found = options(Login("it's", "a\\b c", b"p'w\\ \xff"))
        self.assertEqual(
            (found["host"], found["hostaddr"], found["port"]), ("db.example", "10.0.0.1", "5433")
        )
        self.assertEqual((found["user"], found["dbname"]), ("it's", "a\\b c"))
        self.assertEqual(found["password"].encode("utf-8", "surrogateescape"), b"p'w\\ \xff")
        self.assertEqual(found["application_name"], "quorumha")

    def test_nothing_leaks_in(self) -> None:
        """Each option that libpq would take from a variable is said; but that of a file of services, which
        cannot be."""
        found = options(Login("q", "postgres"))
        variables = {one.keyword.decode() for one in pq.Conninfo.get_defaults() if one.envvar}
        self.assertGreater(len(variables), 20)
        self.assertEqual(variables - found.keys(), {"service"})

    def test_no_files_of_a_user(self) -> None:
        """libpq would look for these in the home of whoever runs the process."""
        found = options(Login("q", "postgres"))
        for name in ("passfile", "sslcert", "sslkey", "sslrootcert", "sslcrl"):
            self.assertEqual(found[name], NO_FILE)

    def test_without_tls(self) -> None:
        """Encrypted if the server likes it; a password never goes in the clear."""
        found = options(Login("q", "postgres", b"hunter2"))
        self.assertEqual((found["sslmode"], found["require_auth"]), ("prefer", "!password"))
        self.assertEqual(found["gssencmode"], "disable")

    def test_with_tls(self) -> None:
        """Its certificate is checked: for its host, or the name that is given, and as the files say."""
        found = options(Login("q", "postgres", tls=ClientTLS(ca="/ca", cert="/cert", key="/key")))
        self.assertEqual((found["sslmode"], found["host"]), ("verify-full", "db.example"))
        self.assertEqual(
            [found[f"ssl{one}"] for one in ("rootcert", "cert", "key")], ["/ca", "/cert", "/key"]
        )
        self.assertIn("password", found["require_auth"].split(","))
        found = options(Login("q", "postgres", tls=ClientTLS(name="primary.example")))
        self.assertEqual((found["host"], found["hostaddr"]), ("primary.example", "10.0.0.1"))
        self.assertNotEqual(found["sslrootcert"], NO_FILE)

    def test_socket(self) -> None:
        """Of the same machine: its folder and its port are what libpq makes a path of."""
        found = options(Login("q", "postgres"), "unix:/run/postgresql/.s.PGSQL.5433", None)
        self.assertEqual((found["host"], found["port"]), ("/run/postgresql", "5433"))
        self.assertEqual(found["hostaddr"], "")

    def test_no_place(self) -> None:
        """Of what says neither host nor path nobody knows where it leads."""
        for endpoint, address in (("tcp:h:1", None), ("unix:/run/x", None)):
            self.assertRaises(ValueError, options, Login("q", "postgres"), endpoint, address)

    def test_options_of_another_libpq(self) -> None:
        """What it does not know it is not told."""
        text = conninfo(Login("q", "d"), read_client("tcp:h:1"), "::1", {"user", "host", "port"})
        self.assertEqual(text, b"user='q' host='h' port='1'")

    def test_secret_is_not_shown(self) -> None:
        """Not by mistake either."""
        self.assertNotIn("hunter2", repr(Login("q", "d", b"hunter2")))


class SocketTests(SynchronousTestCase):
    """L{socket_of}."""

    def test_names(self) -> None:
        """PostgreSQL calls them so, in whatever folder."""
        self.assertEqual(socket_of("/a/b/.s.PGSQL.5432"), ("/a/b", "5432"))
        self.assertEqual(socket_of("/.s.PGSQL.5432"), ("/", "5432"))
        for other in ("/a/tm.ipc", "/a/.s.PGSQL.", "/a/.s.PGSQL.x", "/a/5432"):
            self.assertIsNone(socket_of(other))


class VariablesTests(SynchronousTestCase):
    """L{without_variables}."""

    def test_taken_and_put_back(self) -> None:
        """Those for which there is no option; others are whoever's they are."""
        before = {"PGSERVICE": "x", "PGTZ": "nowhere", "PGHOST": "h", "PATH": "/"}
        environ = dict(before)
        with self.assertRaises(KeyError), without_variables(environ):
            self.assertEqual(environ, {"PGHOST": "h", "PATH": "/"})
            raise KeyError
        self.assertEqual(environ, before)
