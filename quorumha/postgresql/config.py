"""What a configuration says of a relay to the one writer, and of its pool: frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from attrs import evolve, frozen

from quorumha.config.model import PoolConfig
from quorumha.config.problems import KeyPath, Problems
from quorumha.config.spelling import show
from quorumha.config.tables import missing, read_fields
from quorumha.config.units import seconds
from quorumha.config.upstreams import read_url
from quorumha.config.values import Count, Seconds, matching, one_or_more, setting

#: What C{pg_control_system()} says: 64 bits without a sign.
SystemIdentifier = Annotated[str, "text", matching(r"[1-9][0-9]{0,19}", "a system identifier: digits alone")]
#: It becomes a part of a file's name.
GroupName = Annotated[
    str, "text", matching(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "a name of letters, digits, and . _ - in it")
]


def lease(value: object) -> float:
    """A time that is over some day, and not at once."""
    # That 0 means no limit, as elsewhere, is not to be said here.
    found = 0.0 if isinstance(value, int | float) and value < 0 else seconds(value)
    if not found:
        raise ValueError("must be more than 0: a word would hold for no time; unless given it is 3 s")
    return found


Lease = Annotated[float, "time", lease]


def other_proxies(value: object) -> tuple[str, ...]:
    """URLs of other proxies, each once; none is an empty array."""
    if value == []:
        return ()
    found: dict[str, str] = {}
    for one in one_or_more(value):
        if "://" not in one:
            raise ValueError(f"{show(one)} is not a URL; write http://HOST:PORT")
        scheme, _, rest = one.partition("://")
        origin, _, path = rest.partition("/")
        endpoint = read_url(f"{scheme}://{origin}" if path else one).endpoint
        if path:
            raise ValueError(f"{show(one)}: write {scheme}://{origin} alone: /writerz is asked there")
        if endpoint in found:
            raise ValueError(f"{show(one)} is there twice")
        found[endpoint] = one
    return tuple(found.values())


OtherProxies = Annotated[tuple[str, ...], "array of text", other_proxies]


@frozen
class PostgresqlConfig:
    """Keys of a listener that relays to the one writer."""

    hold: Seconds = setting(
        10.0,
        "How long a new session waits for a writer before it is refused, and how long those of a writer"
        " that says nothing are held before they end.",
    )
    waiting_sessions: Count = setting(
        200, "How many new sessions may wait at once; more are refused at once. 0: no limit."
    )


@frozen
class PostgresqlPool:
    """Keys of a pool that such a listener serves from."""

    lease: Lease = setting(
        3.0,
        "How long the word of the writer that it is one holds: until then nobody takes its place but one"
        " that was promoted after it; then its sessions are held. One for all pools of a group.",
    )
    writer_group: GroupName = setting(
        "",
        "Pools of one group, such as those of a party's Tesseras, have one writer, and move together.",
        usual="the pool's name",
    )
    system_identifier: SystemIdentifier = setting(
        "",
        "That of the database cluster, in quotes; members of another one are never used.",
        usual="learnt from the first writer, and remembered",
    )
    other_proxies: OtherProxies = setting(
        (),
        "Other quorumhas in front of the same database, each by the URL of its `[admin] probes`, as"
        ' `["http://10.0.0.2:9901"]`: nobody is written to on a lower timeline than one of them has seen.',
        usual="none",
    )


def read_listener_keys(written: Mapping[str, Any], path: KeyPath, problems: Problems) -> PostgresqlConfig:
    """Read what stands in the listener's table; what is wrong is noted and left out."""
    missing(["pool"], written, path, problems)
    return PostgresqlConfig(**read_fields(PostgresqlConfig, written, path, problems))


def pool_keys(pool: PoolConfig) -> PostgresqlPool:
    """The pool's keys; those that hold unless given where the kind does not serve from it."""
    return next((one for one in pool.settings if type(one) is PostgresqlPool), PostgresqlPool())


def proxy_pools(pool: PoolConfig) -> list[PoolConfig]:
    """What dials each of C{other_proxies}: over TLS as the pool's C{tls} says, where its URL does."""
    found = []
    for url in pool_keys(pool).other_proxies:
        place = evolve(read_url(url), name=url)
        found.append(PoolConfig(pool.name, (place,), tls=pool.tls if place.tls else None))
    return found


def group_of(pool: PoolConfig) -> str:
    """The name of the group that it is of."""
    return pool_keys(pool).writer_group or pool.name
