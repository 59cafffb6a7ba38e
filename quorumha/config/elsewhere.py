"""Where a key belongs that somebody wrote at another place.  Pure."""

from __future__ import annotations

from quorumha.config.kind import Kinds
from quorumha.config.model import CheckConfig, Config, ListenerConfig, PoolConfig, UpstreamConfig
from quorumha.config.tables import element_models, file_fields


def belongs(kinds: Kinds, key: str) -> str:
    """The end of a message that says where there is such a key; empty where there is none."""
    listener = [ListenerConfig, *kinds.listener_models()]
    tables: tuple[tuple[str, list[type]], ...] = (
        ("at the top", [Config]),
        ("in [pools.NAME]", [PoolConfig]),
        ("in an element of `upstreams`", [UpstreamConfig]),
        ("in `check` of a pool", [CheckConfig, *kinds.check_models()]),
        ("in [listeners.NAME]", listener),
        *((f"in an element of `{name}`", models) for name, models in element_models(listener).items()),
    )
    places = [place for place, models in tables if any(key in file_fields(model) for model in models)]
    return f"; it belongs {' or '.join(places)}" if places else ""
