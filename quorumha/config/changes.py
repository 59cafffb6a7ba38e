"""L{changes}: what one configuration says otherwise than another: pools, members, listeners and keys.  PURE.

Keys are found by the models of the configuration, so that those of kinds, and those that are yet to come, are
among them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import fields, frozen, has

from quorumha.config.masking import MASK, is_secret, masked_value
from quorumha.config.model import CheckConfig, Config, PoolConfig, UpstreamConfig
from quorumha.config.problems import key_text
from quorumha.config.shown_value import shown_value
from quorumha.config.summary import members_text
from quorumha.config.tables import file_fields

#: What operators said of members while the process ran, where a file says otherwise: by pool and member.
Words = Mapping[tuple[str, str], bool]


@frozen
class _Key:
    """One key of a table.

    @ivar usual: it is as it is unless given.
    @ivar secret: it is not shown.
    """

    value: Any
    kind: Any = None
    usual: bool = False
    secret: bool = False


def changes(before: Config, now: Config, words: Words | None = None) -> tuple[str, ...]:
    """A line for each difference, in the order of the second one's file; empty: there is none."""
    lines = list(_tables("", _keys(before), _keys(now)))
    lines += _removed("pools", before.pools, now.pools)
    for name, pool in now.pools.items():
        path = key_text(("pools", name))
        if name not in before.pools:
            lines.append(f"added {path}: {members_text(pool)}")
        elif before.pools[name] != pool:
            lines += _pool(path, before.pools[name], pool, words or {})
    lines += _removed("listeners", before.listeners, now.listeners)
    for name, listener in now.listeners.items():
        path = key_text(("listeners", name))
        if name not in before.listeners:
            lines.append(f"added {path}: {masked_value(listener.listen)}, serve = {listener.serve}")
        elif before.listeners[name] != listener:
            lines += _tables(f"{path}.", _keys(before.listeners[name]), _keys(listener))
    return tuple(lines)


def _removed(what: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [f"removed {key_text((what, name))}" for name in before if name not in now]


def _pool(path: str, before: PoolConfig, now: PoolConfig, words: Words) -> Iterator[str]:
    was = {one.name: one for one in before.upstreams}
    names = [one.name for one in now.upstreams]
    yield from (f"removed {path}.upstreams[{name}]" for name in was if name not in names)
    for one in now.upstreams:
        at = f"{path}.upstreams[{one.name}]"
        if one.name not in was:
            yield f"added {at}"
            continue
        word = words.get((now.name, one.name))
        for line in _tables(f"{at}.", _member(was[one.name]), _member(one)):
            said = f" (its operator's word, {'enabled' if word else 'disabled'}, gives way)"
            yield line + (said if word is not None and line.startswith(f"{at}.enabled: ") else "")
    stay = [name for name in was if name in names]
    order = [name for name in names if name in was]
    if stay != order:
        yield f"{path}.upstreams: the order {', '.join(stay)} -> {', '.join(order)}"
    yield from _tables(f"{path}.", _keys(before), _keys(now))


def _member(upstream: UpstreamConfig) -> dict[str, _Key]:
    found = _keys(upstream)
    address, scheme = upstream.address, upstream.scheme
    if address is not None and scheme:
        # As it was written: the endpoint is what it comes to.
        host = f"[{address.host}]" if ":" in (address.host or "") else address.host
        found["endpoint"] = _Key(f"{scheme}://{host}:{address.port}")
        if upstream.authority in (host, f"{host}:{address.port}"):
            del found["authority"]
    return found


def _keys(value: Any) -> dict[str, _Key]:
    """The keys of one table, by name; a table in it, or an array of tables, is the value of its key."""
    found: dict[str, _Key] = {}
    known = file_fields(type(value))
    for one in fields(type(value)):
        inner = getattr(value, one.name)
        if one.name in known:
            found[one.name] = _Key(
                inner, known[one.name].type, inner == one.default, is_secret(one.name, inner)
            )
        elif not one.eq:
            continue
        elif has(type(inner)):
            # Its keys stand in the same table.
            found.update(_keys(inner))
        elif isinstance(inner, tuple):
            # Likewise, where several kinds may have some.
            found.update(key for part in inner if has(type(part)) for key in _keys(part).items())
    if isinstance(value, CheckConfig) and value.asked is not None and value.asked.model is not None:
        found.update(_keys(value.asked.settings(value)))
    written = getattr(value, "keys", None)
    for name, inner in written.items() if isinstance(written, Mapping) else ():
        found.setdefault(name, _Key(inner, secret=is_secret(name, inner)))
    for name in ("pools", "listeners", "upstreams"):
        # These have names.
        found.pop(name, None)
    return found


def _tables(
    path: str,
    before: dict[str, _Key],
    now: dict[str, _Key],
    around: Mapping[str, tuple[Any, Any]] | None = None,
) -> Iterator[str]:
    """Lines for two tables.

    @param path: theirs, with a dot where there is one.
    @param around: what changes in the table around them, which they may have from there.
    """
    for name in dict.fromkeys((*before, *now)):
        was, one = before.get(name), now.get(name)
        if was is None or one is None:
            there = one or was
            if there is not None and not there.usual:
                word = "removed" if one is None else "added"
                yield f"{word} {path}{name}: {_text(there)}"
        elif was.value != one.value and (around or {}).get(name) != (was.value, one.value):
            yield from _key(f"{path}{name}", was, one, _changed(before, now))


def _changed(before: dict[str, _Key], now: dict[str, _Key]) -> dict[str, tuple[Any, Any]]:
    return {name: (before[name].value, now[name].value) for name in before if name in now}


def _key(path: str, was: _Key, now: _Key, around: Mapping[str, tuple[Any, Any]]) -> Iterator[str]:
    old, new = was.value, now.value
    if _is_table(old) and _is_table(new):
        yield from _tables(f"{path}.", _keys(old), _keys(new))
    elif _is_table(old) or _is_table(new):
        yield f"{'added' if _is_table(new) else 'removed'} {path}"
    elif _are_tables(old) or _are_tables(new):
        olds, news = _labelled(old), _labelled(new)
        yield from (f"removed {path}[{label}]" for label in olds if label not in news)
        for label, one in news.items():
            if label not in olds:
                yield f"added {path}[{label}]"
            elif olds[label] != one:
                yield from _tables(f"{path}[{label}].", _keys(olds[label]), _keys(one), around)
        stay, order = ([one for one in these if one in olds and one in news] for these in (olds, news))
        if stay != order:
            yield f"{path}: the order {', '.join(stay)} -> {', '.join(order)}"
    else:
        yield f"{path}: {_text(was)} -> {_text(now)}"


def _text(key: _Key) -> str:
    if key.secret:
        return MASK
    if _is_table(key.value):
        return "a table"
    if _are_tables(key.value):
        return f"[{', '.join(_labelled(key.value))}]"
    return shown_value(key.value, key.kind)


def _is_table(value: object) -> bool:
    return has(type(value))


def _are_tables(value: object) -> bool:
    return isinstance(value, tuple) and any(map(_is_table, value))


def _labelled(tables: Iterable[Any]) -> dict[str, Any]:
    """Tables of an array, each by its first key: a path, or a name."""
    seen: Counter[str] = Counter()
    found: dict[str, Any] = {}
    for one in tables:
        label = str(getattr(one, next(iter(file_fields(type(one))))))
        seen[label] += 1
        found[label if seen[label] == 1 else f"{label}, number {seen[label]}"] = one
    return found
