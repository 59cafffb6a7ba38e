"""Where a key belongs that somebody wrote at another place.  Pure."""

from __future__ import annotations

from attrs import fields_dict

from quorumha.config.model import (
    CheckConfig,
    Config,
    ForwardConfig,
    ListenerConfig,
    PoolConfig,
    RouteConfig,
    UpstreamConfig,
)
from quorumha.config.tessera_model import TesseraConfig

_PLACES: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("at the top", (Config,)),
    ("in [pools.NAME]", (PoolConfig,)),
    ("in an element of `upstreams`", (UpstreamConfig,)),
    ("in `check` of a pool", (CheckConfig,)),
    ("in [listeners.NAME]", (ListenerConfig, ForwardConfig, TesseraConfig)),
    ("in an element of `routes`", (RouteConfig,)),
)


def belongs(key: str) -> str:
    """The end of a message that tells where there is such a key; empty where there is none."""
    places = [place for place, models in _PLACES if any(_has(model, key) for model in models)]
    return f"; it belongs {' or '.join(places)}" if places else ""


def _has(model: type, key: str) -> bool:
    attribute = fields_dict(model).get(key)
    return attribute is not None and not attribute.metadata.get("derived")
