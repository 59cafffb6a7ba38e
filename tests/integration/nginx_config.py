"""A L{Topology} as nginx's configuration, as near as nginx can come to it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.upstreams import nginx_temporary
from tests.integration.clients import Address
from tests.integration.topology import Listener, Member, Pool, Route, Topology

#: quorumha's key, nginx's directive, how the value is written.
_TIMES = {
    "total_timeout": "proxy_next_upstream_timeout",
    "first_byte_timeout": "proxy_read_timeout",
    "send_timeout": "proxy_send_timeout",
    "connect_timeout": "proxy_connect_timeout",
}


def render(topology: Topology, addresses: Mapping[str, Address], directory: Path) -> str:
    """Everything after the globals."""
    pools = {pool.name: pool for pool in topology.pools}
    http = [one for one in topology.listeners if one.serve == "http"]
    tcp = [one for one in topology.listeners if one.serve == "tcp"]
    text = [f"http {{ access_log off; {nginx_temporary(directory)} large_client_header_buffers 4 16k;"]
    text += [_upstream(pool, True) for pool in _used(pools, http)]
    text += [_server(one, pools, addresses[one.name]) for one in http]
    text += ["}"]
    if tcp:
        text += ["stream {"]
        text += [_upstream(pool, False) for pool in _used(pools, tcp)]
        text += [_stream(one, pools, addresses[one.name]) for one in tcp]
        text += ["}"]
    return "\n".join(text) + "\n"


def _used(pools: Mapping[str, Pool], listeners: list[Listener]) -> list[Pool]:
    names = {one.pool for one in listeners}
    for one in listeners:
        for route in one.routes:
            names |= {route.pool, route.mirror if route.mirror != "others" else f"{route.pool}_others"}
    found = [pool for pool in pools.values() if pool.name in names]
    # nginx cannot say "the others": its recipe mirrors to the second node, always.
    found += [Pool(f"{p.name}_others", p.members[1:]) for p in pools.values() if f"{p.name}_others" in names]
    return found


def _member(member: Member) -> str:
    backup = " backup" if member.backup else ""
    return (
        f"server {member.host}:{member.port} max_fails={member.max_fails}"
        f" fail_timeout={max(1, round(member.fail_timeout))}s{backup};"
    )


def _upstream(pool: Pool, http: bool) -> str:
    keep = f" keepalive {pool.keys.get('keepalive', 16)};" if http else ""
    return f"upstream {pool.name} {{ {' '.join(map(_member, pool.members))}{keep} }}"


def _seconds(value: float) -> str:
    return f"{round(value * 1000)}ms"


def _forward(keys: Mapping[str, Any], pool: Pool) -> str:
    both = {**pool.keys, **keys}
    text = [f"{directive} {_seconds(both[key])};" for key, directive in _TIMES.items() if both.get(key)]
    conditions = [
        "http_" + one if one.isdigit() else one
        for one in both.get("next_upstream", ("error", "timeout", "404"))
    ]
    if both.get("non_idempotent", True):
        conditions.append("non_idempotent")
    text.append(f"proxy_next_upstream {' '.join(conditions)}; proxy_http_version 1.1;")
    forwarded = {"replace": "$remote_addr", "append": "$proxy_add_x_forwarded_for"}.get(
        both.get("forwarded", "replace")
    )
    if forwarded is not None:
        text.append(f"proxy_set_header X-Forwarded-For {forwarded};")
    text.append("proxy_set_header Host $http_host;")
    if both.get("upgrade"):
        text.append("proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;")
    else:
        text.append('proxy_set_header Connection "";')
    return " ".join(text)


def _location(route: Route, keys: Mapping[str, Any], pools: Mapping[str, Pool], number: int) -> str:
    exact = "= " if route.match == "exact" else ""
    both = {**keys, **route.keys}
    target = route.pool
    mirror = copy = ""
    if route.mirror is not None:
        mirror = f"mirror /copy-{number};"
        to = route.mirror if route.mirror != "others" else f"{route.pool}_others"
        limit = _seconds(both.get("mirror_timeout", 5.0))
        copy = (
            f" location = /copy-{number} {{ internal; proxy_pass http://{to}$request_uri;"
            f' proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;'
            f" proxy_connect_timeout {limit}; proxy_read_timeout {limit}; }}"
        )
    return (
        f"location {exact}{route.path} {{ {mirror} proxy_pass http://{target};"
        f" {_forward(both, pools[route.pool])} }}{copy}"
    )


def _server(listener: Listener, pools: Mapping[str, Pool], address: Address) -> str:
    listen = f"unix:{address}" if isinstance(address, str) else f"127.0.0.1:{address} backlog=4096"
    header = _seconds(listener.keys.get("header_timeout", 10.0))
    routes = listener.routes or (Route("/", listener.pool or ""),)
    locations = [_location(route, listener.keys, pools, number) for number, route in enumerate(routes)]
    if listener.routes:
        locations.append("location / { return 404; }")
    return (
        f"server {{ listen {listen}; client_header_timeout {header}; client_body_timeout {header};"
        f" client_max_body_size {listener.keys.get('body_limit', 128 << 20)}; {' '.join(locations)} }}"
    )


def _stream(listener: Listener, pools: Mapping[str, Pool], address: Address) -> str:
    pool = pools[listener.pool or ""]
    connect = _seconds(pool.keys.get("connect_timeout", 1.0))
    idle = listener.keys.get("idle_timeout", 0)
    limit = f" proxy_timeout {_seconds(idle)};" if idle else ""
    return (
        f"server {{ listen 127.0.0.1:{address}; proxy_pass {pool.name}; proxy_half_close on;"
        f" proxy_connect_timeout {connect};{limit} }}"
    )
