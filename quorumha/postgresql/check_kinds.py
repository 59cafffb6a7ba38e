"""C{check = "postgresql"} and C{check = "patroni"}: which role a database has."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

from quorumha.config.kind import CheckKind
from quorumha.config.model import CheckConfig, PoolConfig, UpstreamConfig
from quorumha.config.problems import KeyPath, Problems
from quorumha.config.upstreams import read_target
from quorumha.postgresql.check_config import PatroniCheckConfig, PostgresCheckConfig
from quorumha.postgresql.pq_options import socket_of

# What serves and asks is imported where it is built: reading a configuration takes none of it.
if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorTime

    from quorumha.health.probes import Probe
    from quorumha.pool.member import Member

#: What the place at which a member's Patroni is asked is called.
PATRONI_PLACE = "patroni"

#: The first libpq that can be told not to send a password in the clear (C{require_auth}).
OLDEST_LIBPQ = 160000


def libpq_version() -> int:
    """Which libpq there is, as C{PQlibVersion} says it.

    @raise ImportError: there is no psycopg, or it finds none.
    """
    from psycopg import pq

    return pq.version()


class RoleCheck(CheckKind):
    """Says which member of a pool may be written to."""

    finds_hangs = True
    says_role = True
    #: Seconds from a response to the next question, and that one may take: together below a writer's lease.
    usual = {"interval": 0.5, "timeout": 1.0}


class PatroniCheck(RoleCheck):
    """The Patroni beside each database: whether that is the primary that has the leader's lock."""

    name = "patroni"
    model = PatroniCheckConfig

    def check(self, pool: PoolConfig, path: KeyPath, problems: Problems) -> None:
        """Note members of which no host is known."""
        for index, one in enumerate(pool.upstreams):
            if one.address is None or not one.address.host:
                problems.add(
                    ("pools", pool.name, "upstreams", index),
                    "has no host whose Patroni could be asked; write tcp:HOST:PORT",
                )

    def member_places(self, upstream: UpstreamConfig, check: CheckConfig) -> Mapping[str, UpstreamConfig]:
        """Where its Patroni is: at its own host."""
        asked: PatroniCheckConfig = self.settings(check)
        host = None if upstream.address is None else upstream.address.host
        if not host:
            return {}
        return {
            PATRONI_PLACE: read_target(
                f"tcp:[{host}]:{asked.port}" if ":" in host else f"tcp:{host}:{asked.port}"
            )
        }

    def explain(self, check: CheckConfig, upstreams: Collection[str], elsewhere: Collection[str]) -> str:
        """What is asked, and which response is good."""
        asked: PatroniCheckConfig = self.settings(check)
        return (
            f"GET {asked.path} of the Patroni at port {asked.port} of each member's host; good is who says"
            " that its database runs, and 200 is the primary that has the leader's lock"
        )

    def probe(self, clock: IReactorTime, check: CheckConfig, elsewhere: Callable[[Member], bool]) -> Probe:
        """Asks on connections that it keeps."""
        from quorumha.postgresql.patroni_probe import PatroniProbe

        asked: PatroniCheckConfig = self.settings(check)
        return PatroniProbe(clock, check.timeout, asked.path)


class PostgresqlCheck(RoleCheck):
    """The database itself, by one kept session: which role it has."""

    name = "postgresql"
    model = PostgresCheckConfig

    def check(self, pool: PoolConfig, path: KeyPath, problems: Problems) -> None:
        """Note that libpq cannot be used, and members of which it does not know where they are."""
        lacking = why_no_libpq()
        if lacking:
            problems.add(path, lacking)
        for index, one in enumerate(pool.upstreams):
            where, at = one.address, ("pools", pool.name, "upstreams", index)
            if where is not None and where.path is not None:
                if socket_of(where.path) is None:
                    problems.add(at, "is no socket of PostgreSQL: one is called /FOLDER/.s.PGSQL.PORT")
            elif where is None or not where.host:
                problems.add(at, "has no host that could be asked; write tcp:HOST:PORT")

    def explain(self, check: CheckConfig, upstreams: Collection[str], elsewhere: Collection[str]) -> str:
        """What is asked, and which response is good."""
        asked: PostgresCheckConfig = self.settings(check)
        return (
            f"one query for its role, on a session of {asked.user} with the database {asked.database};"
            " good is who answers, primary or standby"
        )

    def probe(self, clock: IReactorTime, check: CheckConfig, elsewhere: Callable[[Member], bool]) -> Probe:
        """Asks by sessions that it keeps."""
        from quorumha.postgresql.pq_probe import PqProbe

        return PqProbe(clock, check.timeout, self.settings(check), check.tls)


def why_no_libpq(find: Callable[[], int] = libpq_version) -> str:
    """Why databases cannot be asked, with what to do; empty: they can."""
    try:
        version = find()
    except ImportError:
        return "needs psycopg, which is not installed: pip install 'quorumha[postgresql]'"
    if version < OLDEST_LIBPQ:
        said = f"needs libpq {OLDEST_LIBPQ // 10000} or newer, and psycopg has {version // 10000}"
        return f"{said}: pip install 'quorumha[postgresql]'"
    return ""


POSTGRESQL_CHECK, PATRONI_CHECK = PostgresqlCheck(), PatroniCheck()
