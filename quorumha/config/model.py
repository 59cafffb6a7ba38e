"""What a configuration says, as frozen values.  Times are seconds, sizes are bytes; 0 means no limit.

Every field's description is what the reference documentation prints.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import NOTHING, Factory, frozen

from quorumha.config.addresses import Address
from quorumha.config.kind import CheckKind, ListenerKind
from quorumha.config.log import LogConfig
from quorumha.config.values import (
    Authority,
    Balance,
    Count,
    EndpointStrings,
    FileName,
    HostNames,
    OnDown,
    Seconds,
    ShownName,
    Size,
    Weight,
    derived,
    setting,
)


@frozen
class UpstreamConfig:
    """One upstream of a pool: text alone, or a table with these keys."""

    name: ShownName = setting(
        NOTHING,
        "What logs and tables call it; unique in its pool. It is host and port unless given.",
        usual="",
    )
    endpoint: str = setting(
        NOTHING,
        "How to reach it: a URL without a path, host and port as `tcp:HOST:PORT`, `unix:/path`, "
        "or any Twisted client endpoint string.",
    )
    authority: Authority = setting(
        "localhost",
        "The `Host` it is addressed by where `host` is `upstream`. From the endpoint unless given.",
        usual="",
    )
    tls: bool = derived(False, "Whether TLS is spoken to it, as an https URL or the pool's `tls` say.")
    backup: bool = setting(False, "Used only when no upstream that is not a backup can be used.")
    weight: Weight = setting(1, "Its share beside the others of its pool.")
    max_fails: Count = setting(
        1, "So many failures within `fail_timeout` eject it; 0 means it is never ejected."
    )
    fail_timeout: Seconds = setting(
        10.0,
        "How long failures are counted, and how long it is then ejected (doubled with each trial request"
        " that fails, up to a minute); with 0 it never is.",
    )
    max_in_flight: Count = setting(
        0,
        "How many requests, or relayed connections, it has at once; more go to the next upstream, else"
        " wait where requests may wait, else get 503.",
        usual="no limit",
    )
    enabled: bool = setting(
        True, "Your word, apart from its health: with `false` it is checked, but never used."
    )
    address: Address | None = derived(None, "What `endpoint` says.", eq=False)
    name_given: bool = derived(False, "Whether `name` was written.", eq=False)
    scheme: str = derived("", "That of `endpoint`, where it is a URL.", eq=False)
    keys: Mapping[str, Any] = derived(
        Factory(dict), "The keys of the kinds that serve from its pool, as far as they were written."
    )
    places: Mapping[str, UpstreamConfig] = derived(
        Factory(dict),
        "Further places at which it is dialled, by what they are for: what its keys name, or the check.",
    )


@frozen
class ClientTLS:
    """TLS towards the upstreams of a pool."""

    ca: FileName | None = setting(
        None, "A PEM file of the authorities to trust; the system's are trusted unless given."
    )
    name: str | None = setting(
        None, "The name the certificate must be for; the upstream's host unless given."
    )
    cert: FileName | None = setting(None, "A PEM file with the certificate to show, and its chain.")
    key: FileName | None = setting(None, "A PEM file with the private key of `cert`, without a passphrase.")


@frozen
class ServerTLS:
    """TLS towards the clients of a listener."""

    cert: FileName = setting(NOTHING, "A PEM file with the certificate to show, and its chain.")
    key: FileName = setting(NOTHING, "A PEM file with the private key of `cert`, without a passphrase.")
    client_ca: FileName | None = setting(
        None, "A PEM file of authorities; given, a client must show a certificate of one of them."
    )


@frozen
class CheckConfig:
    """How the upstreams of a pool are checked: text alone is the same as a table with `kind`."""

    kind: str = setting(
        "auto",
        "What is asked. `auto` is what the listeners that use the pool know best, else a connection;"
        " with `off` nothing is asked.",
    )
    interval: Seconds = setting(
        0.4, "How long after an answer the next question is put, give or take a tenth."
    )
    timeout: Seconds = setting(0.75, "How long an answer may take; silence is bad.")
    rise: Weight = setting(2, "So many good answers in a row bring an upstream back.")
    fall: Weight = setting(2, "So many bad ones put it out.")
    keys: dict[str, object] = derived(Factory(dict), "The keys of its kind that were written.")
    asked: CheckKind | None = derived(None, "What `kind` comes to; none: nothing is asked.")
    tls: ClientTLS | None = derived(None, "How TLS is spoken to the upstreams: the pool's `tls`.", eq=False)


@frozen
class PoolConfig:
    """A named set of upstreams: `[pools.NAME]`."""

    name: str = derived(NOTHING, "What it is called.")
    upstreams: tuple[UpstreamConfig, ...] = setting(
        NOTHING, "The members, in order: at least one that is no backup."
    )
    balance: Balance = setting("round-robin", "Which usable member is next.")
    connect_timeout: Seconds = setting(1.0, "How long one attempt to connect may take, TLS included.")
    keepalive: Count = setting(16, "How many idle connections are kept for each upstream; 0 keeps none.")
    keepalive_idle: Seconds = setting(20.0, "How long an idle connection to an upstream is kept.")
    slow_start: Seconds = setting(
        0.0, "How long the share of an upstream that came back grows to its full size.", usual="at once"
    )
    check: CheckConfig = setting(Factory(CheckConfig), "How the upstreams are checked; text or a table.")
    tls: ClientTLS | None = setting(None, "How TLS is spoken to the upstreams.")
    on_down: OnDown = setting(
        "keep", "Whether relayed connections of an upstream that its checks put down go on, or end."
    )
    fail_back: Seconds = setting(
        0.0,
        "How long an upstream that is no backup has to be up before relayed connections of backups end:"
        " as soon as they are idle, at the latest after 30 s.",
        usual="never",
    )
    removed_timeout: Seconds = setting(
        0.0,
        "How long relayed connections, and tunnels of WebSockets, go on at an upstream that a reload has"
        " removed, or whose pool: then they end.",
        usual="until they end",
    )
    keys: Mapping[str, Any] = derived(
        Factory(dict), "The keys of the kinds that serve from it, as far as they were written."
    )
    settings: tuple[Any, ...] = derived((), "The values of these keys: one of each model.")
    own_tls: bool = derived(False, "Whether what is relayed to it brings its own TLS: `tls` is for checks.")


@frozen
class ListenerConfig:
    """One address that is listened on: `[listeners.NAME]`."""

    name: str = derived(NOTHING, "What it is called.")
    listen: str = setting(
        NOTHING,
        "The address, a Twisted server endpoint string: `tcp:22000`, `tcp:22000:interface=127.0.0.1`, "
        "`unix:/path:mode=600`, `systemd:domain=INET:name=rpc` and others.",
    )
    serve: str = setting(
        "",
        "Whether requests are proxied, connections relayed byte by byte, or the calls of one of Tessera's"
        " ports understood: for GoQuorum, for other Tesseras, for applications.",
    )
    pool: str | None = setting(None, "The pool that answers; with `routes`, of the routes that name none.")
    idle_timeout: Seconds = setting(
        0.0,
        "How long a connection may stay idle. A relayed one whose upstream has ended, and whose client"
        " has all bytes, has 30 s.",
        usual="1 h for TCP, 300 s for HTTP, but 0 for HTTP on a unix socket",
    )
    max_connections: Count = setting(
        0,
        "How many clients are served at once, as the key of this name at the top says of all listeners.",
        usual="no limit",
    )
    tls: ServerTLS | None = setting(None, "How TLS is spoken to clients.")
    kind: ListenerKind = derived(Factory(ListenerKind), "What `serve` names.")
    settings: Any = derived(None, "The values of its kind's keys.")
    address: Address | None = derived(None, "What `listen` says; none: it cannot be read.", eq=False)


@frozen
class AdminConfig:
    """Where a running process is looked at, and changed: `[admin]`.  The token itself is not kept here."""

    listen: EndpointStrings = setting(
        NOTHING,
        "One address or several: `unix:/run/quorumha/admin.sock:mode=660`, whose mode says who may change"
        " things, `tcp:9900:interface=127.0.0.1`. Any other than a unix socket or a loopback address needs"
        " `tls` and `token_file`.",
    )
    probes: str | None = setting(
        None,
        "An address for `/livez`, `/readyz`, `/startupz`, `/writerz` and, by `metrics`, `/metrics` alone,"
        " without TLS: `tcp:9901`.",
        usual="none",
    )
    token_file: FileName | None = setting(
        None,
        "A file with the token, 16 or more characters, that only its owner can read, or a credential of"
        " systemd. Without it nothing can be changed over TCP.",
    )
    hosts: HostNames = setting(
        (),
        "What the `Host` of a request may say, without a port; anything else is refused.",
        usual="`localhost`, `127.0.0.1`, `[::1]`, and the address of `listen`",
    )
    metrics: bool = setting(True, "Whether `/metrics` is answered without a token.")
    tls: ServerTLS | None = setting(None, "How TLS is spoken at TCP addresses of `listen`.")
    addresses: tuple[Address | None, ...] = derived((), "What `listen` says.", eq=False)
    probes_address: Address | None = derived(None, "What `probes` says.", eq=False)


@frozen
class Config:
    """A whole configuration."""

    pools: dict[str, PoolConfig] = setting(Factory(dict), "The pools, by name.")
    listeners: dict[str, ListenerConfig] = setting(Factory(dict), "The listeners, by name.")
    admin: AdminConfig | None = setting(
        None, "Where the running process is looked at and changed; without it: nowhere."
    )
    state_directory: FileName | None = setting(
        None,
        "A directory for what is remembered over a restart: which versions the Tesseras said, and which"
        " members an operator disabled. Nothing private is kept. It is made at the start where it is"
        " missing.",
    )
    replay_budget: Size = setting(
        256 * 1024**2,
        "How many bytes the bodies that are kept to be sent again may hold together, beside the first"
        " 64 KiB of each; one listener of several holds half of it at most. When it is full, the largest"
        " body that is not whole yet streams, and is sent once. 0: no limit.",
    )
    mirror_budget: Size = setting(
        64 * 1024**2,
        "How many bytes the copies for all mirrors may hold together, those of party infos to Tesseras"
        " among them. When it is full, the oldest copy is dropped. 0: no limit.",
    )
    max_connections: Count | None = setting(
        None,
        "How many clients are served at once, by all listeners together. A newcomer takes the place of"
        " the client that is idle for longest, but of none on a unix socket; where none is idle,"
        " newcomers wait to be accepted. 0: no limit but the descriptors.",
        usual="half of the file descriptors that are left after a reserve (a quarter, at most 64)",
    )
    stop_timeout: Seconds = setting(
        5.0, "How long what is under way may still take after a stop is asked for."
    )
    log: LogConfig = setting(Factory(LogConfig), "What is logged, and how; a table.")
    tls_poll: Seconds = setting(
        10.0,
        "How often the files of `tls` tables are looked at: those that were changed are used for new"
        " connections. 0: only at a reload.",
    )
    stop_delay: Seconds = setting(
        0.0,
        "How long it still takes new clients after SIGTERM, while it says that it is not ready: so a load"
        " balancer can look elsewhere first.",
        usual="none",
    )
    drain_delay: Seconds = setting(
        5.0, "Likewise after it is asked to drain, which `quorumha undrain` takes back."
    )
    warnings: tuple[str, ...] = derived((), "What is probably not meant, ready to be printed.")
    source: str = derived("", "The file that it is from.", eq=False)
    digest: str = derived("", "The first 16 digits of the SHA-256 of its text.", eq=False)

    def listeners_of(self, pool: str) -> list[ListenerConfig]:
        """The listeners whose own pool it is; not those that have it only in a route."""
        return [listener for listener in self.listeners.values() if listener.pool == pool]
