"""Tests for L{quorumha.postgresql.check_kinds}: the checks of databases in a configuration."""

from __future__ import annotations

from pathlib import Path

from quorumha.app.explain import explain
from quorumha.app.kinds import parse_config
from quorumha.config.model import PoolConfig
from quorumha.postgresql.check_kinds import (
    PATRONI_CHECK,
    PATRONI_PLACE,
    POSTGRESQL_CHECK,
    libpq_version,
    why_no_libpq,
)
from tests.config.told import ToldTestCase, problems_of

LISTENER = '[listeners.l]\nlisten = "tcp:1"\nserve = "tcp"\npool = "a"\n'


def text(check: str, upstreams: str = '["tcp:h:5432", "tcp:[::1]:5432"]') -> str:
    """A file with one pool of databases."""
    return f"[pools.a]\nupstreams = {upstreams}\n{check}\n{LISTENER}"


def pool(check: str) -> PoolConfig:
    """What it comes to."""
    return parse_config(text(check), "q.toml", {}).pools["a"]


class PatroniTests(ToldTestCase):
    """C{check = "patroni"}."""

    def places(self, check: str) -> list[str]:
        """Where the Patronis are asked."""
        return [one.places[PATRONI_PLACE].endpoint for one in pool(check).upstreams]

    def test_usual(self) -> None:
        """A word alone: Patroni's own port at each member's host."""
        self.assertEqual(self.places('check = "patroni"'), ["tcp:h:8008", "tcp:host=\\:\\:1:port=8008"])
        check = pool('check = "patroni"').check
        self.assertEqual((check.asked, check.interval, check.timeout), (PATRONI_CHECK, 0.5, 1.0))

    def test_given(self) -> None:
        """What is written holds."""
        written = 'check = { kind = "patroni", port = 8009, path = "/leader", interval = "1s" }'
        self.assertEqual(self.places(written)[0], "tcp:h:8009")
        check = pool(written).check
        self.assertEqual((check.interval, check.timeout), (1.0, 1.0))
        self.assertNotEqual(PATRONI_CHECK.probe_key(check), PATRONI_CHECK.probe_key(pool("").check))
        self.assertEqual(PATRONI_CHECK.settings(check).path, "/leader")

    def test_path_is_of_its_kind(self) -> None:
        """C{http} has a key of this name as well, with another default."""
        self.assertEqual(PATRONI_CHECK.settings(pool('check = "patroni"').check).path, "/primary")
        self.check(
            text('check = { kind = "patroni", path = "primary" }'),
            "q.toml:3:29 pools.a.check.path: 'primary' does not begin with \"/\"",
        )

    def test_keys_of_others(self) -> None:
        """Mean nothing with it, as its own do with others."""
        self.check(
            text('check = { kind = "patroni", statuses = [200] }'),
            'q.toml:3:29 pools.a.check.statuses: means nothing with kind = "patroni"',
        )
        self.check(
            text('check = { kind = "connect", port = 8008 }'),
            'q.toml:3:29 pools.a.check.port: means nothing with kind = "connect"',
        )

    def test_no_host(self) -> None:
        """Whoever is no host has no Patroni that could be asked."""
        self.check(
            text('check = "patroni"', '["tcp:h:1", "unix:/run/.s.PGSQL.5432"]'),
            "q.toml:2:25 pools.a.upstreams[1]: has no host whose Patroni could be asked; write tcp:HOST:PORT",
        )

    def test_explained(self) -> None:
        """What is asked of whom, and what is not as usual."""
        config = parse_config(text('check = { kind = "patroni", port = 8009 }'), "q.toml", {})
        self.assertIn(
            "check patroni: GET /primary of the Patroni at port 8009 of each member's host; good is who says"
            " that its database runs, and 200 is the primary that has the leader's lock"
            " [changed: kind, port]\n  every 0.5 s, timeout 1 s;",
            explain(config),
        )


class PostgresqlTests(ToldTestCase):
    """C{check = "postgresql"}."""

    def test_usual(self) -> None:
        """A word alone: the role of the how-to, and no password."""
        check = pool('check = "postgresql"').check
        self.assertEqual((check.asked, check.interval, check.timeout), (POSTGRESQL_CHECK, 0.5, 1.0))
        asked = POSTGRESQL_CHECK.settings(check)
        self.assertEqual(
            (asked.user, asked.password_file, asked.database), ("quorumha_probe", None, "postgres")
        )

    def test_one_question_of_each_role(self) -> None:
        """Whoever asks as somebody else does not share the check."""
        first, second = (
            POSTGRESQL_CHECK.probe_key(pool(f'check = {{ kind = "postgresql", user = "{name}" }}').check)
            for name in "ab"
        )
        self.assertNotEqual(first, second)

    def test_password_file(self) -> None:
        """It is looked at when the file is read; what is in it is never told."""
        path = Path(self.mktemp())
        path.write_text("hunter2")
        path.chmod(0o644)
        said = text(f'check = {{ kind = "postgresql", password_file = "{path}" }}')
        self.check(
            said,
            f"q.toml:3:32 pools.a.check.password_file: '{path}' cannot be used: its mode is 644, so others"
            " may read it; chmod 600",
        )
        self.assertNotIn("hunter2", "".join(problems_of(said)))

    def test_where(self) -> None:
        """A host, or a socket that is one of PostgreSQL's."""
        self.check(
            text('check = "postgresql"', '["unix:/run/postgresql/.s.PGSQL.5432", "unix:/run/x"]'),
            "q.toml:2:52 pools.a.upstreams[1]: is no socket of PostgreSQL: one is called"
            " /FOLDER/.s.PGSQL.PORT",
        )

    def test_explained(self) -> None:
        """As whom it is asked."""
        config = parse_config(text('check = { kind = "postgresql", user = "q" }'), "q.toml", {})
        self.assertIn(
            "check postgresql: one query for its role, on a session of q with the database postgres; good is"
            " who answers, primary or standby [changed: kind, user]",
            explain(config),
        )


class LibpqTests(ToldTestCase):
    """L{why_no_libpq}."""

    def test_there(self) -> None:
        """As it is where the tests are run."""
        self.assertEqual(why_no_libpq(), "")
        self.assertGreater(libpq_version(), 160000)

    def test_not_installed(self) -> None:
        """What to do is said."""

        def missing() -> int:
            raise ImportError("no pq wrapper available")

        self.assertEqual(
            why_no_libpq(missing), "needs psycopg, which is not installed: pip install 'quorumha[postgresql]'"
        )

    def test_too_old(self) -> None:
        """A password could go in the clear to whoever says that he is the server."""
        self.assertEqual(
            why_no_libpq(lambda: 150014),
            "needs libpq 16 or newer, and psycopg has 15: pip install 'quorumha[postgresql]'",
        )
