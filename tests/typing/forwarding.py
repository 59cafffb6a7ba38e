"""What nobody may write inside, for mypy alone: what it lets pass leaves an ignore unused, which it tells."""

from __future__ import annotations

from quorumha.http.forward.request import ForwardedRequest
from quorumha.http.forward.waiting_forwarder import WaitingForwarder
from quorumha.http.wire.contracts import NOBODY, Forwarder
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead


def a_forwarder(line: WaitingForwarder) -> Forwarder:
    """It is one."""
    return line


def in_order(line: WaitingForwarder, head: RequestHead) -> ForwardedRequest:
    """As it is meant."""
    return line.forward(head, Client(), NOBODY, None)


def in_another_order(line: WaitingForwarder, head: RequestHead) -> ForwardedRequest:
    """A request and its client change places."""
    return line.forward(Client(), head, NOBODY, None)  # type: ignore[arg-type]


def with_what_it_does_not_know(line: WaitingForwarder, head: RequestHead) -> ForwardedRequest:
    """Candidates are chosen by C{choose}."""
    return line.forward(head, Client(), NOBODY, None, candidates=None)  # type: ignore[call-arg]
