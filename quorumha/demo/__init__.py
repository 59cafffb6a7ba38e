"""The embedded default: simulated nodes behind a relay and Tessera's listeners, load, and deaths.

Two GoQuorum and two Tessera nodes live in the process, on loopback ports; a real proxy
service stands before them; clients ask through it; every few seconds a node is killed, and revived.
"""

from __future__ import annotations

from quorumha.demo.demo_service import DemoService, make_demo_service

__all__ = ["DemoService", "make_demo_service"]
