"""C{[pools.NAME]}: from a table to L{PoolConfig}."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from quorumha.config.kind import Kinds
from quorumha.config.masking import masked_value
from quorumha.config.model import CheckConfig, ClientTLS, Config, PoolConfig, UpstreamConfig
from quorumha.config.problems import KeyPath, Problems
from quorumha.config.spelling import show
from quorumha.config.tables import array, file_fields, read_fields, table, value_of
from quorumha.config.tls_files import read_tls
from quorumha.config.upstreams import read_target
from quorumha.config.values import kind_of, one_of


def read_pool(name: str, value: object, path: KeyPath, problems: Problems, kinds: Kinds) -> PoolConfig:
    """Read one pool; what is wrong is noted and left out."""
    written = table(value, path, problems, PoolConfig, *kinds.pool_models(), needs=["upstreams"])
    if written is None:
        return PoolConfig(name, ())
    found = read_fields(PoolConfig, written, path, problems, skip=("upstreams", "tls", "check"))
    keys: dict[str, Any] = {}
    for model in kinds.pool_models():
        keys |= read_fields(model, written, path, problems)
    tls = read_tls(ClientTLS, written["tls"], (*path, "tls"), problems) if "tls" in written else None
    if "check" in written:
        found["check"] = _read_check(written["check"], (*path, "check"), problems, kinds)
    members: tuple[UpstreamConfig, ...] = ()
    if "upstreams" in written:
        members = _read_upstreams(written["upstreams"], tls, (*path, "upstreams"), problems, kinds)
    return PoolConfig(name=name, upstreams=members, tls=tls, keys=keys, **found)


def with_checks(config: Config, kinds: Kinds) -> Config:
    """The configuration with what is asked of each pool: C{auto} depends on the listeners that use it."""
    pools = {}
    for name, pool in config.pools.items():
        check = pool.check
        asked = kinds.check(check.kind)
        if check.kind == "auto":
            wanted = [one.kind.auto_check(check) or kinds.checks[0] for one in config.listeners_of(name)]
            asked = max(wanted or kinds.checks[:1], key=lambda kind: kind.rank)
        pools[name] = evolve(pool, check=evolve(check, asked=asked, tls=pool.tls))
    return evolve(config, pools=pools)


def with_settings(config: Config) -> Config:
    """The configuration with what its pools' keys come to for the kinds of the listeners that use them."""
    pools = {}
    for name, pool in config.pools.items():
        kinds = [one.kind for one in config.listeners_of(name)]
        models = dict.fromkeys(model for kind in kinds for model in kind.pool_models)
        settings = tuple(value_of(model, pool.keys) for model in models)
        pools[name] = evolve(pool, settings=settings, own_tls=any(kind.own_tls for kind in kinds))
    return evolve(config, pools=pools)


def with_places(config: Config) -> Config:
    """The configuration with the further places of members: what their keys name depends on the listeners,
    and a check may have places of its own.
    """
    pools = {}
    for name, pool in config.pools.items():
        members = []
        for one in pool.upstreams:
            places: dict[str, UpstreamConfig] = {}
            for listener in config.listeners_of(name) if one.keys else ():
                places.update(listener.kind.member_places(one))
            if pool.check.asked is not None:
                places.update(pool.check.asked.member_places(one, pool.check))
            members.append(evolve(one, places=places) if places else one)
        pools[name] = evolve(pool, upstreams=tuple(members))
    return evolve(config, pools=pools)


def _read_check(value: object, path: KeyPath, problems: Problems, kinds: Kinds) -> CheckConfig:
    if isinstance(value, str):
        return CheckConfig(**_read_kind(value, path, problems, kinds))
    written = table(value, path, problems, CheckConfig, *kinds.check_models())
    if written is None:
        return CheckConfig()
    found = _read_kind(written["kind"], (*path, "kind"), problems, kinds) if "kind" in written else {}
    found |= read_fields(CheckConfig, written, path, problems, skip=("kind",))
    named = kinds.check(found.get("kind", "auto"))
    keys: dict[str, Any] = {}
    read: set[str] = set()
    # What several kinds call alike is read as the one that is named has it.
    for model in dict.fromkeys(
        [*([] if named is None or named.model is None else [named.model]), *kinds.check_models()]
    ):
        keys |= read_fields(model, written, path, problems, skip=read)
        read |= file_fields(model).keys()
    if "kind" in found and found["kind"] != "auto":
        for key in keys.keys() - (set() if named is None else set(named.keys)):
            del keys[key]
            problems.add((*path, key), f'means nothing with kind = "{found["kind"]}"')
    for key in ("interval", "timeout"):
        if key in found and not found[key]:
            problems.add((*path, key), "must be more than 0")
    return CheckConfig(**found, keys=keys)


def _read_kind(value: object, path: KeyPath, problems: Problems, kinds: Kinds) -> dict[str, Any]:
    """The kind, and what is otherwise with it unless given."""
    try:
        kind = one_of(value, ["auto", *(kind.name for kind in kinds.checks), "off"])
        named = kinds.check(kind)
        return {"kind": kind, **({} if named is None else named.usual)}
    except ValueError as error:
        problems.add(path, str(error))
        return {}


def _read_upstreams(
    value: object, tls: ClientTLS | None, path: KeyPath, problems: Problems, kinds: Kinds
) -> tuple[UpstreamConfig, ...]:
    before = len(problems.errors)
    written = array(value, path, problems)
    members: list[UpstreamConfig] = []
    seen: dict[str, int] = {}
    for index, element in enumerate(written):
        member = _read_upstream(element, tls, (*path, index), problems, kinds)
        if member is None:
            continue
        if member.name in seen:
            problems.add(
                (*path, index),
                f"{show(member.name)} is the name of upstreams[{seen[member.name]}] too; give one a `name`",
            )
        seen.setdefault(member.name, index)
        members.append(member)
    if len(problems.errors) > before:
        return tuple(members)
    if not members:
        problems.add(path, "names no upstream")
    elif all(m.backup for m in members):
        problems.add(path, "has backups alone; leave `backup` out of at least one")
    elif not any(m.enabled for m in members):
        problems.warn(path, "no upstream is enabled, so nobody would answer")
    return tuple(members)


def _read_upstream(
    value: object, tls: ClientTLS | None, path: KeyPath, problems: Problems, kinds: Kinds
) -> UpstreamConfig | None:
    found: dict[str, Any] = {}
    keys: dict[str, Any] = {}
    at = path
    if isinstance(value, dict):
        table(value, path, problems, UpstreamConfig, *kinds.member_models(), needs=["endpoint"])
        found = read_fields(UpstreamConfig, value, path, problems)
        for model in kinds.member_models():
            keys |= read_fields(model, value, path, problems)
        endpoint, at = found.get("endpoint"), (*path, "endpoint")
    elif isinstance(value, str) and value:
        endpoint = value
    else:
        problems.add(
            path, f"must be text or a table with `endpoint`, not {kind_of(value) if value != '' else 'empty'}"
        )
        return None
    if endpoint is None:
        return None
    try:
        target = read_target(endpoint)
        if tls is not None and "://" in endpoint and not target.tls:
            raise ValueError("http:// is plain, but the pool has `tls`; write https://, or leave `tls` out")
        if tls is not None and target.address is not None and target.address.brings_tls:
            raise ValueError(
                "this endpoint brings TLS of its own, but the pool has `tls`; write tcp:HOST:PORT"
            )
    except ValueError as error:
        problems.add(at, str(error))
        return None
    if masked_value(found.get("name", "")) != found.get("name", ""):
        problems.add(
            (*path, "name"), "holds the user or password of a URL, and logs show it; choose another name"
        )
    given = {name: value for name, value in found.items() if name != "endpoint"}
    return evolve(target, tls=target.tls or tls is not None, name_given="name" in found, keys=keys, **given)
