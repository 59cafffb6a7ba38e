"""L{BodyFirstExchange}: how a request is forwarded depends on the beginning of its body."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from attrs import define, field

from quorumha.http.wire.contracts import Exchange, OnComplete, ResponseSink
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead
from quorumha.pool.pool import Member
from quorumha.pool.upstream import AttemptResult

RouteT = TypeVar("RouteT")
#: Begins to forward, as L{Forwarder.forward<quorumha.http.wire.contracts.Forwarder.forward>}.
Forward = Callable[[RequestHead, Client, ResponseSink, bytes | None, OnComplete | None], Exchange]


@define(eq=False, repr=False, slots=False)
class BodyFirstExchange(Generic[RouteT]):
    """An L{Exchange<quorumha.http.wire.contracts.Exchange>} that begins when enough of the body is there.

    Subclasses say in L{look} when that is, and call L{begin}, or L{prepare} and L{go}.

    @ivar _route: whose request it is, for the subclass.
    """

    _route: RouteT
    _head: RequestHead
    _client: Client
    _sink: ResponseSink
    _target: bytes | None
    _on_complete: OnComplete | None = None
    _data: bytearray = field(factory=bytearray, init=False)
    _complete: bool = field(default=False, init=False)
    _inner: Exchange | None = field(default=None, init=False)
    _over: bool = field(default=False, init=False)

    def look(self, beginning: bytearray, complete: bool) -> None:
        """Look at what is there of the body, and begin if that is enough.

        @param beginning: all that has come; not to be changed.
        @param complete: that is all.
        """
        raise NotImplementedError

    def prepare(self, forward: Forward) -> None:
        """So it is forwarded, but it is not the time yet: what comes of the body is kept there.

        The time for the whole request runs from now on as if it had begun.
        """
        inner = self._inner = forward(self._head, self._client, self._sink, self._target, self._on_complete)
        data, self._data = bytes(self._data), bytearray()
        if data:
            inner.body_data(data)
            if self._complete:
                inner.body_end()

    def go(self) -> None:
        """It is the time."""
        assert self._inner is not None
        self._inner.start(b"", self._complete)

    def begin(self, forward: Forward) -> None:
        """So it is forwarded, and it is the time."""
        inner = self._inner = forward(self._head, self._client, self._sink, self._target, self._on_complete)
        data, self._data = bytes(self._data), bytearray()
        inner.start(data, self._complete)

    @property
    def member(self) -> Member | None:
        """Who is asked now, if anybody is."""
        return getattr(self._inner, "member", None)

    # What downstream does.

    @property
    def done(self) -> bool:
        """The response, or the error, went down whole."""
        return self._over if self._inner is None else self._inner.done

    @property
    def streams(self) -> bool:
        """A member is asked while the body comes."""
        return self._inner is not None and self._inner.streams

    def start(self, data: bytes, complete: bool) -> None:
        """Look at the beginning of the body."""
        self._complete = complete
        self._data += data
        self.look(self._data, complete)

    def body_data(self, data: bytes) -> None:
        """More of the body: look again, or pass it on."""
        if self._inner is not None:
            self._inner.body_data(data)
        else:
            self._data += data
            self.look(self._data, False)

    def body_end(self) -> None:
        """The body is whole."""
        self._complete = True
        if self._inner is not None:
            self._inner.body_end()
        else:
            self.look(self._data, True)

    def pause(self) -> None:
        """The client does not keep up with the response."""
        if self._inner is not None:
            self._inner.pause()

    def resume(self) -> None:
        """The client took what waited."""
        if self._inner is not None:
            self._inner.resume()

    def tunnel(self, data: bytes) -> None:
        """Never: no other protocol is spoken on these paths."""

    def results(self) -> Sequence[AttemptResult]:
        """What came of each attempt."""
        return () if self._inner is None else self._inner.results()

    def abandon(self) -> None:
        """The client is gone."""
        self._over = True
        self._data = bytearray()
        if self._inner is not None:
            self._inner.abandon()


class BodyFirstForwarder:
    """A L{Forwarder<quorumha.http.wire.contracts.Forwarder>} that looks at bodies first.

    @cvar exchange: made for each request.
    """

    upgrade = False
    exchange: ClassVar[type[BodyFirstExchange[Any]]]

    def forward(self, *request: Any, **named: Any) -> Exchange:
        """Look at the body, then go on."""
        return self.exchange(self, *request, **named)
