"""C{serve = "goquorum-rpc"} and C{check = "goquorum"}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from quorumha.config.model import Config, ListenerConfig, UpstreamConfig
from quorumha.config.problems import KeyPath, Problems
from quorumha.config.upstreams import read_url
from quorumha.goquorum.config import WEBSOCKET_PORTS, GoQuorumConfig, GoQuorumMember, read_goquorum
from quorumha.http.forward.config import ForwardConfig
from quorumha.http.server.config import ClientLimits, check_limits
from quorumha.http.server.kind import RequestKind

# What serves is imported where it is built: reading a configuration takes none of it.
if TYPE_CHECKING:
    from quorumha.goquorum.listener import GoQuorumPart, GoQuorumParts
    from quorumha.logs.log_lines import LogLines


class GoQuorumRpc(RequestKind):
    """Calls of JSON-RPC, over HTTP and WebSocket, to nodes that share a key store."""

    name = "goquorum-rpc"
    models = (GoQuorumConfig, ClientLimits, ForwardConfig)
    member_models = (GoQuorumMember,)
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

    def member_places(self, upstream: UpstreamConfig) -> Mapping[str, UpstreamConfig]:
        """Where it has its WebSocket, if not where it is asked by HTTP."""
        url = upstream.keys.get("websocket")
        return {} if url is None else {"websocket": read_url(url, WEBSOCKET_PORTS)}

    def explain(self, listener: ListenerConfig, config: Config) -> list[str]:
        """How long clients wait, what is done beside passing calls on, and each method."""
        from quorumha.goquorum.explained import explain_methods

        return explain_methods(listener)

    def log_lines(self) -> LogLines:
        """Of the facts of such listeners, and of the checks."""
        from quorumha.goquorum.rpc_log_lines import LINES

        return LINES

    def build(self, listener: ListenerConfig, parts: GoQuorumParts) -> GoQuorumPart:
        """A site with one resource."""
        from quorumha.goquorum.listener import GoQuorumPart

        return GoQuorumPart(listener, parts)


RPC = GoQuorumRpc()
