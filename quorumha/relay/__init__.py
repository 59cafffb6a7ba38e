"""Layer 4: connections passed on byte for byte, to the first upstream that can be reached."""

from __future__ import annotations

from quorumha.relay.endpoint import FailoverEndpoint
from quorumha.relay.factory import RelayFactory
from quorumha.relay.protocol import RelayProtocol

__all__ = ["FailoverEndpoint", "RelayFactory", "RelayProtocol"]
