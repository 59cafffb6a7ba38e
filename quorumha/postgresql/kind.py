"""C{serve = "postgresql"}: sessions go to the one database that may be written to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from quorumha.config.kind import ListenerKind
from quorumha.config.model import Config, ListenerConfig, PoolConfig
from quorumha.config.problems import KeyPath, Problems
from quorumha.config.units import seconds_in_words
from quorumha.postgresql.config import (
    PostgresqlConfig,
    PostgresqlPool,
    group_of,
    pool_keys,
    read_listener_keys,
)
from quorumha.relay.kind import TCP

# What serves is imported where it is built: reading a configuration takes none of it.
if TYPE_CHECKING:
    from quorumha.logs.log_lines import LogLines
    from quorumha.postgresql.listener import PostgresqlPart, PostgresqlParts


class Postgresql(ListenerKind):
    """Sessions of PostgreSQL, relayed byte by byte to the one writer, and moved when that changes."""

    name = "postgresql"
    models = (PostgresqlConfig,)
    unused_keys = {
        **TCP.unused_keys,
        **dict.fromkeys(
            ("balance", "slow_start", "weight", "max_fails", "fail_timeout"),
            "the databases say themselves which is used",
        ),
    }
    pool_models = (PostgresqlPool,)
    # After all others: what they have yet under way may need the database.
    turn = 3
    unit = "connections"
    own_tls = True
    family = "postgresql"

    def read(
        self, written: Mapping[str, Any], common: Mapping[str, Any], path: KeyPath, problems: Problems
    ) -> PostgresqlConfig:
        """A L{PostgresqlConfig}."""
        return read_listener_keys(written, path, problems)

    def check(self, listener: ListenerConfig, config: Config, problems: Problems) -> None:
        """Note whatever could make two databases be written to."""
        from quorumha.postgresql.config_problems import check_postgresql

        check_postgresql(listener, config, problems)

    def check_kept(self, listener: ListenerConfig, config: Config, problems: Problems) -> None:
        """Note a file that says who was written to last, and cannot be read."""
        from quorumha.postgresql.saved_problems import check_saved

        check_saved(listener, config, problems)

    def idle_timeout(self, listen: str) -> float:
        """As any relay's."""
        return TCP.idle_timeout(listen)

    def party(self, listener: ListenerConfig, config: Config) -> str | None:
        """The group: two of them have no database in common."""
        pool = config.pools.get(listener.pool or "")
        return None if pool is None else group_of(pool)

    def explain(self, listener: ListenerConfig, config: Config) -> list[str]:
        """How long who waits does."""
        settings: PostgresqlConfig = listener.settings
        hold = f"{seconds_in_words(settings.hold)} at most" if settings.hold else "without a limit"
        many = f"{settings.waiting_sessions} at once" if settings.waiting_sessions else "any number of them"
        return [
            f"relayed byte by byte to the one writer; idle_timeout {seconds_in_words(listener.idle_timeout)}",
            f"while there is no writer new sessions wait {hold} (hold), {many} (waiting_sessions)",
        ]

    def explain_pool(self, pool: PoolConfig) -> list[str]:
        """How long a change of the writer takes, number by number."""
        from quorumha.postgresql.config_problems import TRIES, TRY, worst_case

        check, proxies = pool.check, pool_keys(pool).other_proxies
        left = max(TRIES * TRY - worst_case(pool), 0.0)
        lease, interval, timeout, seen, worst, rest = map(
            seconds_in_words,
            (
                pool_keys(pool).lease,
                check.interval,
                check.timeout,
                check.interval + check.timeout,
                worst_case(pool),
                left,
            ),
        )
        asks = f"asks {', '.join(proxies)} (other_proxies), as often, which timelines they have seen; nothing"
        return [
            *([f"{asks} waits for who is silent"] if proxies else []),
            f"writer group {group_of(pool)}: its sessions are held once the writer's word is {lease} old",
            f"a switch takes the promotion, and {seen} at most until it is seen (interval + timeout)",
            f"worst case, a writer that hangs: timeout {timeout} + lease {lease} + interval {interval} ="
            f" {worst}, + the promotion, if that was not before, + the next try of Tessera's pool, which"
            f" waits here; GoQuorum tries for {TRIES * TRY:g} s, which leaves {rest}",
        ]

    def per_connection(self, listener: ListenerConfig) -> int:
        """As any relay's."""
        return TCP.per_connection(listener)

    def log_lines(self) -> LogLines:
        """Of who is written to, and of sessions that are cut."""
        from quorumha.postgresql.writer_log_lines import LINES

        return LINES

    def build(self, listener: ListenerConfig, parts: PostgresqlParts) -> PostgresqlPart:
        """A relay to whoever is written to.

        @raise ConfigError: what was kept of that on disk cannot be read.
        """
        from quorumha.postgresql.listener import PostgresqlPart

        return PostgresqlPart(listener, parts)


POSTGRESQL = Postgresql()
