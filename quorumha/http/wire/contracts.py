"""Who talks to whom during one request: the small contracts of the engine.

The client's side asks a L{Forwarder}, and holds an L{Exchange} meanwhile.  C{ForwardedRequest} stands in the
middle: downstream of it is a L{ResponseSink} (the fast lane's channel, the slow lane's adapter, a mirror that
drops all), upstream one connection at a time, which reports to L{AttemptEvents}.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from quorumha.errors import UpstreamError
from quorumha.http.wire.messages import RequestHead, ResponseHead
from quorumha.pool.upstream import AttemptResult, Outcome

if TYPE_CHECKING:
    from quorumha.http.forward.request import ForwardedRequest
    from quorumha.http.wire.headers import Client
    from quorumha.net.writer import Writer


#: Told of a request once it is complete: its response went down, or the error, and its body is there.
OnComplete = Callable[["ForwardedRequest"], object]


def both(first: OnComplete, then: OnComplete | None) -> OnComplete:
    """Tell the one and then the other."""
    if then is None:
        return first

    def notify_both(request: ForwardedRequest) -> None:
        first(request)
        then(request)

    return notify_both


class ResponseSink(Protocol):
    """Where the one response goes.

    Called in this order: C{response_head}, C{response_data} any number of times, then
    C{response_end} or C{response_cut}; or C{response_failed} alone.
    """

    def response_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        """The response's head and the first of its body.

        @param ended: that was all; C{response_end} is not called.
        """

    def response_data(self, data: bytes) -> None:
        """More of the body."""

    def response_end(self) -> None:
        """The body is whole."""

    def response_cut(self) -> None:
        """The response broke off after its head went down: the truncation must show."""

    def response_failed(self, error: UpstreamError) -> None:
        """There is no response; nothing has gone down."""

    def pause_request(self) -> None:
        """Stop the request's body: it cannot go on now."""

    def resume_request(self) -> None:
        """Let the request's body come again."""

    def writer(self) -> Writer | None:
        """Once the head went down: where the body may go without being looked at; None: nowhere."""


class Nobody:
    """A L{ResponseSink} that hears nothing; those who derive from it hear what they want to."""

    __slots__ = ()

    def response_head(self, *_: Any) -> None:
        """Hear nothing; whatever else is told is not heard either."""

    response_data = response_end = response_cut = response_failed = response_head
    pause_request = resume_request = writer = response_head


#: In place of a sink that heard all there was to hear.
NOBODY: ResponseSink = Nobody()


class Exchange(Protocol):
    """One request on its way, as downstream sees it."""

    @property
    def done(self) -> bool:
        """The response, or the error, went down whole."""

    @property
    def streams(self) -> bool:
        """A member is held while the request's body comes."""

    def start(self, data: bytes, complete: bool) -> None:
        """Go, with what is there of the body; C{complete}: that is all."""

    def body_data(self, data: bytes) -> None:
        """More of the request's body."""

    def body_end(self) -> None:
        """The request's body is whole."""

    def pause(self) -> None:
        """The client does not keep up with the response."""

    def resume(self) -> None:
        """The client took what waited."""

    def tunnel(self, data: bytes) -> None:
        """Bytes from the client after the protocols were switched."""

    def abandon(self) -> None:
        """The client is gone, or wants no response any more."""

    def results(self) -> Sequence[AttemptResult]:
        """What came of each attempt so far, of that too whose response goes down now."""


class SpokenTunnel(Exchange):
    """An L{Exchange} that speaks the protocol of its tunnel itself, and does not merely carry it.

    It sees by its own means when its client is gone, and when to end: no idle limit runs for it.
    """

    __slots__ = ()

    @property
    def streams(self) -> bool:
        """No member is held while a body comes: there is none."""
        return False

    def body_data(self, data: bytes) -> None:
        """Nothing: such a request has no body."""
        return

    def body_end(self) -> None:
        """Nothing: such a request has no body."""
        return

    def results(self) -> Sequence[AttemptResult]:
        """None: it is no one response."""
        return ()

    def finish_soon(self) -> None:
        """End as soon as what is under way is done, as the protocol has it."""
        raise NotImplementedError


class Forwarder(Protocol):
    """How requests of one kind get their responses."""

    @property
    def upgrade(self) -> bool:
        """WebSocket upgrades are passed on."""

    def forward(
        self,
        head: RequestHead,
        client: Client,
        sink: ResponseSink,
        target: bytes | None,
        on_complete: OnComplete | None = None,
    ) -> Exchange:
        """Begin; the caller goes on with L{Exchange.start}.

        @param target: in place of the head's, or None.
        @param on_complete: called once, when it is known what became of the request and its whole body is
            there; not when the client left.
        """


class ResponseEvents(Protocol):
    """What is told of the response that comes from an upstream: by its connection, and by an attempt."""

    def upstream_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        """A final response's head and the first of its body; C{ended}: that was all."""

    def upstream_data(self, data: bytes) -> None:
        """More of the body."""

    def upstream_end(self) -> None:
        """The body is whole."""

    def upstream_failed(self, outcome: Outcome) -> None:
        """No whole response will come.  The connection is gone."""


class AttemptEvents(ResponseEvents, Protocol):
    """What an upstream connection tells of the response it reads, and of the request it sends."""

    def upstream_drained(self) -> None:
        """The upstream took what waited to be sent."""
