"""What C{quorumha check --explain} says, for tests of whoever says a part of it."""

from __future__ import annotations

from quorumha.app.explain import explain
from quorumha.app.kinds import parse_config

POOLS = """
[pools.t]
upstreams = ["http://a:9101", { endpoint = "http://b:9101", backup = true }]
"""


def told(text: str) -> list[str]:
    """Of listeners, and of pools beside the pool C{t}, in lines."""
    return explain(parse_config(POOLS + text, "q.toml", {})).splitlines()
