"""What a configuration says of a listener that understands requests: values, reading, and what is risky."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import NOTHING, Factory, evolve, frozen

from quorumha.config.model import Config, ListenerConfig, PoolConfig
from quorumha.config.problems import KeyPath, Problems
from quorumha.config.spelling import show
from quorumha.config.tables import array, note_unlimited, read_fields, table
from quorumha.config.values import Count, Match, Seconds, Size, UrlPath, derived, setting
from quorumha.http.forward.config import ForwardConfig

_CLIENT = {
    "header_timeout": "a client that falls silent in its head keeps its connection for ever",
    "body_timeout": "a client may take for ever to send a body",
    "body_rate": "a client may take for ever to send a body",
    "client_send_timeout": "a client that reads nothing keeps its connection, and the upstream's, for ever",
}
_FORWARD = {
    "read_timeout": "an upstream that falls silent in its response keeps its client for ever",
    "send_timeout": "an upstream that reads nothing of a request's body keeps its client for ever",
}


@frozen
class ClientLimits:
    """What a client may ask of a listener that understands requests: keys of the listener."""

    header_timeout: Seconds = setting(
        10.0, "How long a client may take to send a request's head, and be silent in its body."
    )
    body_limit: Size = setting(128 * 1024**2, "The largest body of a request; a larger one gets 413.")
    body_timeout: Seconds = setting(
        30.0,
        "How long a request's body may take from its head to its end, beside a second for each"
        " `body_rate` bytes of it; later gets 408.",
    )
    body_rate: Size = setting(
        4 * 1024,
        "The bytes that gain a body another second; four times as many where it is larger than"
        " `replay_limit`, for then an upstream is held meanwhile. 0: a whole body has no limit.",
    )
    request_line_limit: Size = setting(16 * 1024, "The longest request line; a longer one gets 414.")
    header_limit: Size = setting(64 * 1024, "The most bytes of header fields; more get 431.")
    header_count: Count = setting(100, "The most header fields; more get 431; 0 means no limit.")
    client_send_timeout: Seconds = setting(60.0, "How long a client may take nothing of its answer.")
    explain_header: bool = setting(
        False,
        "Whether each response says in `X-Quorumha` who gave it and how many were asked: names of your"
        " upstreams, so for clients that you trust.",
    )


@frozen
class RouteConfig:
    """What becomes of requests with one path: an element of a listener's `routes`."""

    path: UrlPath = setting(NOTHING, "The path, from its first slash, as the client sends it.")
    match: Match = setting(
        "prefix",
        "Whether `path` is the whole path (`exact`), or every path below it is meant too (`prefix`).",
    )
    pool: str = setting("", "The pool that answers; the listener's unless given.")
    upstream_path: UrlPath | None = setting(
        None,
        "What is sent in place of the matched part of the path; a slash on both sides of the seam"
        " becomes one.",
    )
    mirror: str | None = setting(
        None,
        "Who gets a copy whose answer is dropped: `others` (the other members of the pool) "
        "or the name of a pool.",
    )
    mirror_timeout: Seconds = setting(5.0, "How long a copy may take.")
    forward: ForwardConfig = derived(
        Factory(ForwardConfig), "The listener's forwarding, with this route's keys over it."
    )


@frozen
class HttpConfig:
    """Keys of a listener that proxies requests."""

    routes: tuple[RouteConfig, ...] = setting(
        (), "Which paths are served, and by whom; any other path is answered with 404."
    )
    limits: ClientLimits = derived(Factory(ClientLimits), "What a client may ask.")
    forward: ForwardConfig = derived(Factory(ForwardConfig), "How requests are forwarded.")


def read_http(written: Mapping[str, Any], pool: str | None, path: KeyPath, problems: Problems) -> HttpConfig:
    """Read the keys of a listener that proxies requests; what is wrong is noted and left out.

    @param pool: the listener's own.
    """
    limits = ClientLimits(**read_fields(ClientLimits, written, path, problems))
    forward = ForwardConfig(**read_fields(ForwardConfig, written, path, problems))
    routes: tuple[RouteConfig, ...] = ()
    if "routes" in written:
        routes = _read_routes(written["routes"], pool, forward, (*path, "routes"), problems)
    return HttpConfig(routes, limits, forward)


def check_limits(
    listener: ListenerConfig, limits: ClientLimits, forward: ForwardConfig, problems: Problems
) -> None:
    """Note what has no limit.  A route that has none is meant: some calls take hours."""
    path: KeyPath = ("listeners", listener.name)
    note_unlimited(limits, _CLIENT, path, problems)
    note_unlimited(forward, _FORWARD, path, problems)


def _read_routes(
    value: object, pool: str | None, forward: ForwardConfig, path: KeyPath, problems: Problems
) -> tuple[RouteConfig, ...]:
    written = array(value, path, problems)
    if isinstance(value, list) and not written:
        problems.add(path, "names no route")
    routes: list[RouteConfig] = []
    seen: dict[tuple[str, str], int] = {}
    for index, element in enumerate(written):
        at = (*path, index)
        keys = table(element, at, problems, RouteConfig, ForwardConfig, needs=["path"])
        if keys is None:
            routes.append(RouteConfig(""))
            continue
        found = read_fields(RouteConfig, keys, at, problems)
        if "pool" not in keys and pool is None:
            problems.add(at, "lacks `pool`, and the listener has none")
        route = RouteConfig(
            **{
                "path": "",
                "pool": pool or "",
                "forward": evolve(forward, **read_fields(ForwardConfig, keys, at, problems)),
                **found,
            }
        )
        # As routing compares them: a prefix means the same with and without its last slash.
        same = (route.path if route.match == "exact" else route.path.rstrip("/") or "/", route.match)
        if route.path and same in seen:
            problems.add(
                (*at, "path"),
                f"{show(route.path)} is the path of routes[{seen[same]}] too, with the same `match`",
            )
        seen.setdefault(same, index)
        routes.append(route)
    return tuple(routes)


def check_http(listener: ListenerConfig, config: Config, problems: Problems) -> None:
    """Note what is probably not meant."""
    path: KeyPath = ("listeners", listener.name)
    settings: HttpConfig = listener.settings
    routes, forward = settings.routes, settings.forward
    check_limits(listener, settings.limits, forward, problems)
    if listener.pool and routes and all(r.pool != listener.pool for r in routes):
        problems.warn(
            (*path, "pool"), 'never used: every route names a pool; for all other paths add a route of "/"'
        )
    if not routes and listener.pool:
        _check_limits_fit(forward, config.pools.get(listener.pool), path, problems)
    for index, route in enumerate(routes):
        at = (*path, "routes", index)
        pool = config.pools.get(route.pool)
        # A limit that all routes have from the listener is told once, at the listener.
        _check_limits_fit(route.forward, pool, path if route.forward == forward else at, problems)
        if route.mirror and route.mirror == route.pool:
            problems.warn((*at, "mirror"), "copies go to the pool that answers; did you mean 'others'?")
        if route.mirror == "others" and pool is not None and len(pool.upstreams) == 1:
            problems.warn((*at, "mirror"), f"{show(route.pool)} has one upstream, so there are no others")


def _check_limits_fit(
    forward: ForwardConfig, pool: PoolConfig | None, path: KeyPath, problems: Problems
) -> None:
    """Whether there is time left for a second upstream when the first one hangs."""
    if pool is None or len(pool.upstreams) < 2 or "timeout" not in forward.next_upstream:
        return
    first, total = forward.first_byte_timeout, forward.total_timeout
    if total and (not first or first >= total):
        shown = f"{first:g} s" if first else "no limit"
        text = (
            f"a hang is never moved on: first_byte_timeout ({shown}) "
            f"leaves nothing of total_timeout ({total:g} s)"
        )
    elif not total and not first:
        text = "a hang is never noticed: neither first_byte_timeout nor total_timeout is set"
    else:
        return
    if (path, text) not in problems.warnings:
        problems.warn(path, text)
