"""What is wrong, or risky, with a configuration of a GoQuorum listener and its pool.  Pure."""

from __future__ import annotations

from collections import Counter
from ipaddress import ip_address

from quorumha.config.addresses import Address
from quorumha.config.model import Config, ListenerConfig, PoolConfig, UpstreamConfig
from quorumha.config.problems import KeyPath, Problems
from quorumha.config.spelling import did_you_mean, show
from quorumha.config.tables import note_unlimited
from quorumha.goquorum.config import GoQuorumConfig
from quorumha.goquorum.decide.rules import MethodRules, Refused, known_names
from quorumha.goquorum.knowledge.method_table import matches

#: What then has no limit, by the key that is 0.
_UNLIMITED = {
    "client_timeout": "a call waits for a member for as long as its client is there",
    "response_limit": "answers to batches may fill what is kept of all answers",
    "message_limit": "messages of WebSockets may fill the memory",
    "client_buffer": "what a WebSocket's client does not read may fill the memory",
}
#: What must not be seen by others: passwords, and what they open.
_PERSONAL = "personal_"
_IN_THE_OPEN = (
    'lets passwords of accounts go over the network in the open: write deny = ["personal_*"], give the'
    " listener `tls`, or listen on loopback or a unix socket"
)


def check_goquorum(listener: ListenerConfig, config: Config, problems: Problems) -> None:
    """Note what is wrong with a listener, and, at the first one that uses it, with its pool."""
    path: KeyPath = ("listeners", listener.name)
    settings: GoQuorumConfig = listener.settings
    _check_patterns(settings, path, problems)
    _check_personal(listener, settings, path, problems)
    note_unlimited(settings, _UNLIMITED, path, problems)
    if settings.unseen == "proceed" and settings.acknowledge == "at-once":
        problems.warn(
            (*path, "unseen"),
            '"proceed" with acknowledge = "at-once": where a node dies, transactions that it acknowledged are'
            " lost, and nobody is told",
        )
    pool = config.pools.get(listener.pool or "")
    if pool is None:
        return
    sharing = config.listeners_of(pool.name)
    for other in sharing:
        if other.kind.unit != listener.kind.unit:
            problems.add(
                (*path, "pool"),
                f"listener {other.name} relays connections to this pool: what comes through them takes nonces"
                " at any member; give it a pool of its own",
            )
    if next(one for one in sharing if one.kind is listener.kind) is listener:
        _check_members(pool, problems)


def _check_patterns(settings: GoQuorumConfig, path: KeyPath, problems: Problems) -> None:
    known = known_names()
    written = [("allow", index, one) for index, one in enumerate(settings.allow)]
    written += [("deny", index, one) for index, one in enumerate(settings.deny)]
    for key, index, pattern in written:
        if not _is_known(pattern, known):
            problems.warn((*path, key, index), f"{show(pattern)} {_UNKNOWN}{did_you_mean(pattern, known)}")
    for index, one in enumerate(settings.methods):
        # A name that the table does not know is what one is given here for.
        if "*" in one.name and not _is_known(one.name, known):
            problems.warn((*path, "methods", index, "name"), f"{show(one.name)} {_UNKNOWN}")


_UNKNOWN = "is no method that is known, and matches none"


def _is_known(pattern: str, known: list[str]) -> bool:
    return any(matches(pattern, name) or matches(name, pattern) for name in known)


def _check_personal(
    listener: ListenerConfig, settings: GoQuorumConfig, path: KeyPath, problems: Problems
) -> None:
    """Note passwords that would go over a network in the open, unless they are denied."""
    address = listener.address
    if listener.tls is not None or address is None or address.brings_tls or _is_here(address):
        return
    rules = MethodRules(settings)
    names = [name for name in known_names() if name.startswith(_PERSONAL)]
    open_ = [name for name in names if not isinstance(rules.found(name), Refused)]
    if open_ and not settings.allow:
        problems.warn(path, f"serves personal_*, which {_IN_THE_OPEN}")
    for index, pattern in enumerate(settings.allow):
        if any(matches(pattern, name) for name in open_):
            problems.warn((*path, "allow", index), f"{show(pattern)} {_IN_THE_OPEN}")


def _is_here(address: Address) -> bool:
    """Whether only this machine's processes reach it, as far as can be known."""
    if address.path is not None or address.given is not None:
        return True
    try:
        return ip_address(address.host or "0.0.0.0").is_loopback
    except ValueError:
        return address.host == "localhost"


def _check_members(pool: PoolConfig, problems: Problems) -> None:
    path: KeyPath = ("pools", pool.name, "upstreams")
    hosts = Counter(_host(one) for one in pool.upstreams if not one.name_given)
    for index, one in enumerate(pool.upstreams):
        at = (*path, index)
        place = one.places.get("websocket")
        if place is not None and pool.tls is not None and not place.tls:
            problems.add((*at, "websocket"), "ws:// is plain, but the pool has `tls`; write wss://")
        if not one.scheme:
            problems.add(
                at,
                f"{show(one.endpoint)} is no address for HTTP: GoQuorum's JSON-RPC is asked by http:// or"
                ' https://; relay its IPC socket with serve = "tcp"',
            )
        elif one.name_given:
            continue
        elif hosts[_host(one)] > 1:
            problems.add(at, "is one of several members of this host without a `name`: give each one")
        else:
            problems.warn(
                at,
                "has no `name`: a second proxy that spells its address otherwise chooses other members for"
                " accounts, and a nonce is given twice",
            )
    if len(pool.upstreams) == 1:
        problems.warn(path, "one member: when it is gone, nobody can answer, nor has its last transactions")


def _host(upstream: UpstreamConfig) -> str:
    return "" if upstream.address is None else (upstream.address.host or "").lower()
