"""The studies, by name."""

from __future__ import annotations

from bench.growth import growth
from bench.idle import idle_memory
from bench.json_rpc import json_rpc
from bench.latency import latency
from bench.node_loss import node_loss
from bench.policies import policies
from bench.start_up import start_up
from bench.study import Study
from bench.tessera import tessera

STUDIES: dict[str, Study] = {
    "growth": growth,
    "idle-memory": idle_memory,
    "json-rpc": json_rpc,
    "latency": latency,
    "node-loss": node_loss,
    "policies": policies,
    "start-up": start_up,
    "tessera": tessera,
}
