"""C{serve = "goquorum-rpc"} and C{check = "goquorum"}."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from quorumha.config.kind import CheckKind, MemoryUse
from quorumha.config.model import CheckConfig, Config, ListenerConfig, UpstreamConfig
from quorumha.config.problems import KeyPath, Problems
from quorumha.config.units import seconds_in_words
from quorumha.config.upstreams import read_url
from quorumha.goquorum.config import (
    WEBSOCKET_PORTS,
    GoQuorumCheckConfig,
    GoQuorumConfig,
    GoQuorumMember,
    read_goquorum,
)
from quorumha.http.forward.config import ForwardConfig
from quorumha.http.server.config import ClientLimits, check_limits
from quorumha.http.server.kind import RequestKind

# What serves is imported where it is built: reading a configuration takes none of it.
if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorTime

    from quorumha.goquorum.listener import GoQuorumPart, GoQuorumParts
    from quorumha.health.probes import Probe
    from quorumha.logs.log_lines import LogLines
    from quorumha.pool.member import Member


class GoQuorumCheck(CheckKind):
    """A batch of calls that shows how a node is, and what it comes to beside the others of its pool."""

    name = "goquorum"
    model = GoQuorumCheckConfig
    rank = 3
    finds_hangs = True

    def explain(self, check: CheckConfig, upstreams: Collection[str], elsewhere: Collection[str]) -> str:
        """What is asked, and what follows from each sign."""
        asked: GoQuorumCheckConfig = self.settings(check)
        said = [
            "POST of eth_blockNumber, eth_syncing, net_peerCount and raft_cluster; good is who answers, and"
            " does not sync while another member does not"
        ]
        if asked.lag:
            said.append(f"behind is who lacks what the best one had {seconds_in_words(asked.lag)} ago (lag)")
        least = (
            f", or fewer than {asked.peers} peers while another member has them (peers)"
            if asked.peers
            else ""
        )
        said.append(f"no transactions without a minter and a majority of raft{least}")
        if asked.private_state:
            every = seconds_in_words(asked.private_state)
            said.append(f"every {every} private state is compared (private_state)")
        return "; ".join(said)

    def probe_key(self, check: CheckConfig) -> bool:
        """Whether it is asked once if the node has the root of private state; all else is the same."""
        asked: GoQuorumCheckConfig = self.settings(check)
        return bool(asked.private_state)

    def probe(self, clock: IReactorTime, check: CheckConfig, elsewhere: Callable[[Member], bool]) -> Probe:
        """Asks on connections that it keeps."""
        from quorumha.goquorum.node_probe import NodeProbe

        return NodeProbe(clock, check.timeout, settings=self.settings(check))


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
        """Note limits that are none, and what is wrong or risky with methods and members."""
        from quorumha.goquorum.config_checks import check_goquorum

        settings: GoQuorumConfig = listener.settings
        check_limits(listener, settings.limits, settings.forward, problems)
        check_goquorum(listener, config, problems)

    def member_places(self, upstream: UpstreamConfig) -> Mapping[str, UpstreamConfig]:
        """Where it has its WebSocket, if not where it is asked by HTTP."""
        url = upstream.keys.get("websocket")
        return {} if url is None else {"websocket": read_url(url, WEBSOCKET_PORTS)}

    def auto_check(self, check: CheckConfig) -> CheckKind:
        """The one that knows the signs of a GoQuorum."""
        return CHECK

    def explain(self, listener: ListenerConfig, config: Config) -> list[str]:
        """How long clients wait, what is done beside passing calls on, and each method."""
        from quorumha.goquorum.explained import explain_methods

        return explain_methods(listener)

    def memory(self, listener: ListenerConfig, config: Config) -> Iterable[MemoryUse]:
        """As any listener that understands requests, and answers that are kept until they are whole."""
        from quorumha.goquorum.decide.kept_responses import LIMIT

        yield from super().memory(listener, config)
        yield MemoryUse("answers of nodes kept until they are whole", LIMIT)

    def log_lines(self) -> LogLines:
        """Of the facts of such listeners, and of the checks."""
        from quorumha.goquorum.rpc_log_lines import LINES

        return LINES

    def build(self, listener: ListenerConfig, parts: GoQuorumParts) -> GoQuorumPart:
        """A site with one resource."""
        from quorumha.goquorum.listener import GoQuorumPart

        return GoQuorumPart(listener, parts)


CHECK, RPC = GoQuorumCheck(), GoQuorumRpc()
