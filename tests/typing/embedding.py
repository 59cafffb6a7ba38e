"""What a program that embeds quorumha may write, for mypy alone: nobody runs it.

C{mypy quorumha tests/typing} fails where a public name loses its type.
"""

from __future__ import annotations

from collections.abc import Sequence

from twisted.application.service import IService
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from zope.interface import implementer

import quorumha
from quorumha import (
    Config,
    Connections,
    FailoverEndpoint,
    IBalancingPolicy,
    Limits,
    Member,
    PoolForwarder,
    ProxyResource,
    ProxySite,
    Upstream,
    UpstreamPool,
)


def service(reactor: IReactorTime, text: str) -> IService:
    """From a text to a service."""
    config: Config = quorumha.parse_config(text, "embedded.toml", {})
    return quorumha.make_service(quorumha.monotonic(reactor), config)


def endpoint(reactor: IReactorTime, endpoints: dict[str, IStreamClientEndpoint]) -> IStreamClientEndpoint:
    """Any client, with a backup."""
    pool = UpstreamPool("quorum", [Upstream(name, one) for name, one in endpoints.items()])
    return FailoverEndpoint(pool, reactor)


def site(reactor: IReactorTime, pool: UpstreamPool) -> Deferred[None]:
    """A forwarder in a web tree."""
    forwarder = PoolForwarder(pool, Connections(reactor), reactor, limits=Limits(total=3.5))
    return ProxySite(ProxyResource(forwarder, b"/"), reactor).drain(5.0)


@implementer(IBalancingPolicy)
class LastFirst:
    """A policy of one's own."""

    def pick(self, members: Sequence[Member]) -> Member:
        """The last of those that are usable."""
        return members[-1]


def told(error: quorumha.ConfigError) -> list[str]:
    """Every problem."""
    return error.problems
