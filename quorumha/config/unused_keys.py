"""Keys of pools, and of their members, that come to nothing with the listeners that use them.  Pure."""

from __future__ import annotations

from attrs import fields_dict

from quorumha.config.model import Config, PoolConfig, UpstreamConfig
from quorumha.config.problems import KeyPath, Problems
from quorumha.config.tables import changed_keys


def unused_keys(pool: str, config: Config) -> dict[str, str]:
    """Keys that none of the listeners that use a pool looks at, with the reason; none of an unused pool."""
    kinds = [
        listener.kind
        for listener in config.listeners.values()
        if any(pool in (use.pool, use.mirror) for use in listener.kind.uses(listener))
    ]
    return {
        key: why
        for key, why in (kinds[0].unused_keys.items() if kinds else ())
        if all(key in kind.unused_keys for kind in kinds)
    }


def check_unused_keys(config: Config, problems: Problems) -> None:
    """Note such keys where they are not as they are unless given."""
    for name, pool in config.pools.items():
        path: KeyPath = ("pools", name)
        unused = unused_keys(name, config)
        _note(pool, path, unused, problems)
        for index, upstream in enumerate(pool.upstreams):
            _note(upstream, (*path, "upstreams", index), unused, problems)


def _note(
    said: PoolConfig | UpstreamConfig, path: KeyPath, unused: dict[str, str], problems: Problems
) -> None:
    its_own = fields_dict(type(said))
    for key in changed_keys(said, *(key for key in unused if key in its_own)):
        problems.warn((*path, key), f"comes to nothing: {unused[key]}")
