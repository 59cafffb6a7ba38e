"""C{serve = "http"}: requests are understood, and forwarded to the next upstream where one fails."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from quorumha.config.kind import ListenerKind, MemoryUse, PoolUse
from quorumha.config.model import Config, ListenerConfig
from quorumha.config.problems import KeyPath, Problems
from quorumha.config.units import seconds_in_words
from quorumha.http.forward.config import ForwardConfig
from quorumha.http.server.config import ClientLimits, HttpConfig, check_http, read_http

# What serves is imported where it is built: reading a configuration takes none of it.
if TYPE_CHECKING:
    from quorumha.http.server.listener import HttpPart, HttpParts


class RequestKind(ListenerKind):
    """What all kinds that understand requests have in common: settings with C{limits}, L{ClientLimits}."""

    keeps_bodies = True

    def idle_timeout(self, listen: str) -> float:
        """No limit on a unix socket: GoQuorum keeps its connections."""
        on_unix = listen.startswith("unix:") or "domain=UNIX" in listen.split(":")
        return 0.0 if on_unix else 300.0

    def handshake_timeout(self, listener: ListenerConfig) -> float:
        limits: ClientLimits = listener.settings.limits
        return limits.header_timeout

    def per_connection(self, listener: ListenerConfig) -> int:
        """A head and a body on their way up, a response that is kept and one that goes down."""
        from quorumha.http.forward.best_response import BUFFERED_RESPONSE_LIMIT
        from quorumha.http.server.channel import WAITING_LIMIT
        from quorumha.http.upstream.connection import RESPONSE_HEAD_LIMIT
        from quorumha.net.transport import QUEUE_LIMIT, READ_MOST, READ_SIZE

        limits: ClientLimits = listener.settings.limits
        request = limits.request_line_limit + limits.header_limit + WAITING_LIMIT + READ_SIZE
        return request + READ_MOST + QUEUE_LIMIT + RESPONSE_HEAD_LIMIT + 2 * BUFFERED_RESPONSE_LIMIT

    def copies(self, listener: ListenerConfig) -> bool:
        return any(use.mirror for use in self.uses(listener))

    def memory(self, listener: ListenerConfig, config: Config) -> Iterable[MemoryUse]:
        """The budgets of the process."""
        from quorumha.http.forward.replay_budget import BEGINNINGS_LIMIT

        yield MemoryUse("bodies kept to be sent again (replay_budget)", config.replay_budget or None)
        yield MemoryUse("the first 64 KiB of each body, beside that", BEGINNINGS_LIMIT)
        if self.copies(listener):
            yield MemoryUse("copies of requests (mirror_budget)", config.mirror_budget or None)


class Http(RequestKind):
    """C{serve = "http"}: requests are forwarded, by path where there are routes."""

    name = "http"
    models = (HttpConfig, ClientLimits, ForwardConfig)

    def read(
        self, written: Mapping[str, Any], common: Mapping[str, Any], path: KeyPath, problems: Problems
    ) -> HttpConfig:
        if not {"pool", "routes"} & written.keys():
            problems.add(path, "has neither `pool` nor `routes`, so nobody would answer")
        return read_http(written, common.get("pool"), path, problems)

    def check(self, listener: ListenerConfig, config: Config, problems: Problems) -> None:
        check_http(listener, config, problems)

    def uses(self, listener: ListenerConfig) -> Iterable[PoolUse]:
        """Its routes, where it has some."""
        found = [
            PoolUse(one.pool, "=" * (one.match == "exact") + one.path, ("routes", index), one.mirror)
            for index, one in enumerate(listener.settings.routes)
        ]
        return found or super().uses(listener)

    def explain(self, listener: ListenerConfig, config: Config) -> list[str]:
        """A line for each route."""
        settings: HttpConfig = listener.settings
        lines = []
        for route in settings.routes:
            where = route.path if route.match == "exact" else f"{route.path.rstrip('/')}/..."
            copies = f", copies to {route.mirror}" if route.mirror else ""
            lines.append(_forwarding(f"{where} -> {route.pool}{copies}", route.forward))
        return lines or [_forwarding("every path", settings.forward)]

    def build(self, listener: ListenerConfig, parts: HttpParts) -> HttpPart:
        from quorumha.http.server.listener import make_http

        return make_http(listener, parts)


def _forwarding(where: str, forward: ForwardConfig) -> str:
    return (
        f"{where}: next_upstream {', '.join(forward.next_upstream) or 'never'};"
        f" first byte {seconds_in_words(forward.first_byte_timeout)},"
        f" in all {seconds_in_words(forward.total_timeout)}"
    )


HTTP = Http()
