"""C{serve = "goquorum-rpc"} and C{check = "goquorum"}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from quorumha.config.model import Config, ListenerConfig
from quorumha.config.problems import KeyPath, Problems
from quorumha.goquorum.config import GoQuorumConfig, read_goquorum
from quorumha.http.forward.config import ForwardConfig
from quorumha.http.server.config import ClientLimits, check_limits
from quorumha.http.server.kind import RequestKind

# What serves is imported where it is built: reading a configuration takes none of it.
if TYPE_CHECKING:
    from quorumha.goquorum.listener import GoQuorumPart, GoQuorumParts


class GoQuorumRpc(RequestKind):
    """Calls of JSON-RPC, over HTTP and WebSocket, to nodes that share a key store."""

    name = "goquorum-rpc"
    models = (GoQuorumConfig, ClientLimits, ForwardConfig)
    family = "goquorum"

    def read(
        self, written: Mapping[str, Any], common: Mapping[str, Any], path: KeyPath, problems: Problems
    ) -> GoQuorumConfig:
        """A L{GoQuorumConfig}."""
        return read_goquorum(written, path, problems)

    def check(self, listener: ListenerConfig, config: Config, problems: Problems) -> None:
        """Note limits that are none."""
        settings: GoQuorumConfig = listener.settings
        check_limits(listener, settings.limits, settings.forward, problems)

    def explain(self, listener: ListenerConfig, config: Config) -> list[str]:
        """How long clients wait, what is done beside passing calls on, and each method."""
        from quorumha.goquorum.explained import explain_methods

        return explain_methods(listener)

    def build(self, listener: ListenerConfig, parts: GoQuorumParts) -> GoQuorumPart:
        """A site with one resource."""
        from quorumha.goquorum.listener import GoQuorumPart

        return GoQuorumPart(listener, parts)


RPC = GoQuorumRpc()
