"""What an attempt has to do with its request, and with whoever reads its response in place of that."""

from __future__ import annotations

from typing import Protocol

from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from quorumha.http.upstream.connection_pool import Connections
from quorumha.http.upstream.limits import Limits
from quorumha.http.wire.messages import RequestHead, ResponseHead
from quorumha.net.writer import Writer
from quorumha.pool.pool import Member, UpstreamPool
from quorumha.pool.upstream import AttemptState, Outcome, Phase


class SentBody(Protocol):
    """The body of a request, as far as an attempt sends it."""

    complete: bool
    replayable: bool
    sent: bool

    def begin(self, head: bytes) -> bytes:
        """Begin to send it; what to write first."""

    def send_to(self, writer: Writer) -> None:
        """Send what was not sent yet, as far as the upstream takes it."""


class Upstreams(Protocol):
    """A pool, and what its members are asked with."""

    @property
    def pool(self) -> UpstreamPool: ...
    @property
    def connections(self) -> Connections: ...
    @property
    def clock(self) -> IReactorTime: ...
    @property
    def limits(self) -> Limits: ...

    def responded(self, member: Member, status: int) -> None:
        """Take note of a response from a member that something was wrong with."""


class AttemptListener(Protocol):
    """Who is told what comes of an attempt."""

    def attempt_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        """A response's head and the first of its body; C{ended}: that was all, and the attempt is over."""

    def attempt_data(self, data: bytes) -> None:
        """More of the body."""

    def attempt_end(self) -> None:
        """The body is whole; the attempt is over."""

    def attempt_failed(self, outcome: Outcome) -> None:
        """No whole response comes; the attempt is over."""


class AttemptOwner(AttemptListener, Protocol):
    """The request, as its attempt sees it.

    @ivar deadline: of the whole request, by the clock; 0: none, or not yet.
    @ivar reached: the members that were sent the whole request.
    @ivar resent: it was sent again after an upstream may have acted on it.
    @ivar source_paused: the client is kept from sending.
    """

    head: RequestHead
    deadline: float
    reached: list[Member]
    resent: bool
    source_paused: bool

    @property
    def body(self) -> SentBody | None:
        """What is sent behind the head."""

    def may_resend(self, state: AttemptState, waited: float) -> bool:
        """Whether it may be sent once more after an attempt got so far."""

    def within_total(self, phase: Phase, limit: float) -> tuple[Phase, float]:
        """The shorter of a phase's limit and what is left of the whole."""

    def pause_source(self) -> None:
        """The upstream does not keep up: the client is to send no more for now."""

    def resume_source(self) -> None:
        """The client may send."""

    def attempt_broke(self, failure: Failure) -> None:
        """Something raised that never should."""
