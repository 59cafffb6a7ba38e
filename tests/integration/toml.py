"""A L{Topology} as quorumha's configuration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.integration.clients import Address
from tests.integration.topology import Listener, Member, Pool, Route, Topology


def render(topology: Topology, addresses: Mapping[str, Address]) -> str:
    """The TOML of it, listening at C{addresses} (by listener)."""
    lines = [f"stop_timeout = {topology.stop_timeout}", *_keys(topology.keys), ""]
    for pool in topology.pools:
        tcp = any(one.serve in ("tcp", "postgresql") and one.pool == pool.name for one in topology.listeners)
        lines += _pool(pool, "tcp:" if tcp else "http://")
    for listener in topology.listeners:
        lines += _listener(listener, addresses[listener.name])
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(_keys(value)) + " }"
    # For text, numbers and truth TOML and JSON agree.
    return json.dumps(value)


def _keys(keys: Mapping[str, Any]) -> list[str]:
    return [f"{name} = {_value(value)}" for name, value in keys.items()]


def _member(member: Member, scheme: str) -> str:
    name = f'name = "{member.name}", ' if member.name else ""
    return (
        f'{{ {name}endpoint = "{scheme}{member.host}:{member.port}", backup = {_value(member.backup)},'
        f" max_fails = {member.max_fails}, fail_timeout = {member.fail_timeout} }}"
    )


def _pool(pool: Pool, scheme: str) -> list[str]:
    # What these tests count is traffic; test_health.py has checks.
    members = ", ".join(_member(member, scheme) for member in pool.members)
    return [f"[pools.{pool.name}]", f"upstreams = [{members}]", *_keys({"check": "off", **pool.keys}), ""]


def _route(route: Route) -> str:
    keys = {"path": route.path, "match": route.match, "pool": route.pool, **route.keys}
    if route.mirror is not None:
        keys["mirror"] = route.mirror
    return "{ " + ", ".join(_keys(keys)) + " }"


def _listener(listener: Listener, address: Address) -> list[str]:
    listen = f"unix:{address}" if isinstance(address, str) else f"tcp:{address}:interface=127.0.0.1"
    lines = [f"[listeners.{listener.name}]", f'listen = "{listen}"', f'serve = "{listener.serve}"']
    if listener.pool is not None:
        lines.append(f'pool = "{listener.pool}"')
    if listener.routes:
        lines.append("routes = [" + ", ".join(map(_route, listener.routes)) + "]")
    return [*lines, *_keys(listener.keys), ""]
