"""What is wrong, or risky, with a configuration of a relay to the one writer and of its pool.  Pure."""

from __future__ import annotations

from quorumha.config.addresses import Address
from quorumha.config.model import Config, ListenerConfig, PoolConfig
from quorumha.config.problems import KeyPath, Problems
from quorumha.config.spelling import show
from quorumha.config.tables import note_unlimited
from quorumha.config.units import seconds_in_words
from quorumha.postgresql.config import PostgresqlConfig, group_of, pool_keys
from quorumha.postgresql.proxy_problems import check_proxies

#: GoQuorum's own tries of Tessera: five of 5 s each, and then it exits (private/engine/tessera of v24.4.1).
TRIES, TRY = 5, 5.0
#: What then has no limit, by the key that is 0.
_UNLIMITED = {
    "hold": "a new session waits for a writer for as long as its client does, and held ones never end",
    "waiting_sessions": "sessions that wait may use up all clients there may be",
}
_TLS = "PostgreSQL's clients and its server speak TLS with each other, through the relay"


def check_postgresql(listener: ListenerConfig, config: Config, problems: Problems) -> None:
    """Note what is wrong with a listener, and, at the first one that uses it, with its pool."""
    path: KeyPath = ("listeners", listener.name)
    settings: PostgresqlConfig = listener.settings
    note_unlimited(settings, _UNLIMITED, path, problems)
    if not listener.idle_timeout:
        problems.warn(
            (*path, "idle_timeout"),
            "no limit: a session that client and database both leave open and do not use stays for ever",
        )
    if listener.tls is not None:
        problems.add((*path, "tls"), f"{_TLS}; leave it out")
    elif listener.address is not None and listener.address.brings_tls:
        problems.add((*path, "listen"), f"{_TLS}; write tcp:PORT")
    if config.state_directory is None:
        problems.add(
            path,
            "needs `state_directory` at the top: which timeline was the highest is remembered there, so that"
            " an old primary is not written to after a restart",
        )
    pool = config.pools.get(listener.pool or "")
    if pool is None:
        return
    for other in config.listeners.values():
        uses = {name for use in other.kind.uses(other) for name in (use.pool, use.mirror)}
        if other.kind is not listener.kind and pool.name in uses:
            problems.add(
                (*path, "pool"),
                f"listener {other.name} (serve = {show(other.serve)}) uses this pool, too, and goes to any"
                " member: two databases would be written to; give it a pool of its own",
            )
    if next(one for one in config.listeners_of(pool.name) if one.kind is listener.kind) is listener:
        _check_members(pool, problems)
        _check_check(pool, problems)
        check_proxies(pool, config.admin, problems)
        _check_group(listener, pool, config, problems)
        _check_others(listener, pool, config, problems)


def _check_members(pool: PoolConfig, problems: Problems) -> None:
    path: KeyPath = ("pools", pool.name, "upstreams")
    known: dict[str, str] = {}
    for index, one in enumerate(pool.upstreams):
        at = (*path, index)
        if known.setdefault(one.endpoint, one.name) != one.name:
            problems.add(
                (*at, "endpoint"),
                f"{show(one.endpoint)} is the address of {known[one.endpoint]}, too: that is one database;"
                " write the other one's, or remove this member",
            )
        if one.backup:
            problems.add((*at, "backup"), "the databases say themselves which is used; remove it")
        if one.scheme:
            problems.add(at, f"{one.scheme}:// is for HTTP, and no database's; write tcp:HOST:PORT")
        elif one.address is not None and one.address.brings_tls:
            problems.add(at, f"{show(one.endpoint)}: {_TLS}; write tcp:HOST:PORT")
        elif one.address is not None and one.address.text.name is not None and not _plain(one.address):
            problems.warn(
                at,
                f"{show(one.endpoint)}: its name is looked up by the check and by each session apart, so they"
                " may go to two machines; write tcp:HOST:PORT and no more",
            )
    if len(pool.upstreams) == 1:
        problems.warn(path, "one member: when it is gone, there is no database to go to")


def _plain(address: Address) -> bool:
    """Whether a session can be sent to one IP address of its name."""
    return address.text.prefix == "tcp" and len(address.text.positional) + len(address.text.named) == 2


def _check_check(pool: PoolConfig, problems: Problems) -> None:
    path: KeyPath = ("pools", pool.name)
    check, keys = pool.check, pool_keys(pool)
    if check.asked is None or not check.asked.says_role:
        problems.add(
            (*path, "check"),
            'must say which member is the writer: write check = { kind = "patroni" }, or'
            ' check = { kind = "postgresql", user = "quorumha_probe", password_file = "/path" }',
        )
        return
    if keys.lease <= check.interval:
        problems.add(
            (*path, "lease"),
            f"must be more than the {seconds_in_words(check.interval)} from one question to the next"
            " (interval of `check`): no word would hold until there is another one, and sessions be held for"
            f" ever; write more than {seconds_in_words(check.interval + check.timeout)} (interval + timeout)",
        )
        return
    found = check.interval + check.timeout
    if found >= keys.lease:
        problems.warn(
            (*path, "lease"),
            f"{seconds_in_words(keys.lease)}, and a writer's next word may take"
            f" {seconds_in_words(found)} (interval + timeout of `check`): one that is late once has its"
            " sessions held; give it more",
        )
    worst = worst_case(pool)
    if TRIES * TRY - worst < TRY:
        problems.warn(
            (*path, "lease"),
            f"with interval and timeout of `check` it is {seconds_in_words(worst)} until a"
            f" writer that hangs is given up: GoQuorum tries Tessera for {TRIES * TRY:g} s, and then exits",
        )


def _check_group(listener: ListenerConfig, pool: PoolConfig, config: Config, problems: Problems) -> None:
    """Pools of one group have one decision: what it is made by is one, too."""
    first = next(
        one
        for one in config.pools.values()
        if group_of(one) == group_of(pool)
        and any(other.kind is listener.kind for other in config.listeners_of(one.name))
    )
    places = [{one.endpoint for one in this.upstreams} for this in (pool, first)]
    if places[0] != places[1]:
        problems.add(
            ("pools", pool.name, "upstreams"),
            f"are not those of pool {first.name}, and both are of one writer_group: a database is known by"
            " its address; write the same ones, in the same spelling",
        )
    mine, its = pool_keys(pool), pool_keys(first)
    for key in ("lease", "system_identifier", "other_proxies"):
        if getattr(mine, key) != getattr(its, key):
            problems.add(
                ("pools", pool.name, key),
                f"differs from that of pool {first.name}, and both are of one writer_group; write the same",
            )
    if pool.check.asked is not first.check.asked:
        # A primary without Patroni's lock says yes to one and no to the other: sessions would come and go.
        problems.add(
            ("pools", pool.name, "check"),
            f"asks otherwise than that of pool {first.name}, and both are of one writer_group: what one is"
            " told may not be what the other is; write the same kind",
        )


def _check_others(listener: ListenerConfig, pool: PoolConfig, config: Config, problems: Problems) -> None:
    """The same databases may stand in pools that do not follow the same decision."""
    places = {one.endpoint for one in pool.upstreams}
    for other in config.pools.values():
        shared = next((one.endpoint for one in other.upstreams if one.endpoint in places), None)
        users = config.listeners_of(other.name)
        if other is pool or shared is None or not users:
            continue
        path: KeyPath = ("pools", pool.name)
        also = f"{shared} is a member of pool {other.name}, too,"
        stranger = next((one for one in users if one.kind is not listener.kind), None)
        if stranger is not None:
            problems.warn(
                (*path, "upstreams"),
                f"{also} and listener {stranger.name} (serve = {show(stranger.serve)}) goes there whatever it"
                " is: let nobody write through that one",
            )
        elif group_of(other) != group_of(pool) and _comes_first(pool, other, config):
            problems.warn(
                (*path, "writer_group"),
                f"{also} which is of writer_group {group_of(other)}: after a promotion one would be moved"
                " later than the other, and two databases be written to; give both the same",
            )


def _comes_first(pool: PoolConfig, other: PoolConfig, config: Config) -> bool:
    """Said once of two."""
    names = list(config.pools)
    return names.index(pool.name) < names.index(other.name)


def worst_case(pool: PoolConfig) -> float:
    """Seconds until sessions of a writer that hangs are held, or moved if another one was promoted."""
    return pool_keys(pool).lease + pool.check.interval + pool.check.timeout
