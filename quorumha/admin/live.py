"""C{/api/v1/events}: the status, sent again when it has changed, as server-sent events.

One status is made and encoded a second for all who listen, and none while nobody does.  Each event is a whole
status: who missed some has lost nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from twisted.internet.interfaces import IDelayedCall, IPushProducer, IReactorTime
from twisted.web.server import NOT_DONE_YET
from zope.interface import implementer

from quorumha.admin.replies import Leaf, error_body
from quorumha.admin.status import Document

#: Seconds from one look to the next.
LOOK = 1.0
#: Seconds of silence after which a comment is sent: proxies end connections that say nothing.
COMMENT = 15.0
#: Seconds after which who does not read is dropped.
UNREAD = 10.0
#: Clients at once.
MOST = 64

#: Milliseconds after which a browser asks again when it has lost us.
_RETRY = b"retry: 2000\n\n"


@implementer(IPushProducer)
class _Client:
    """One who listens."""

    def __init__(self, request: Any, now: float, left: Callable[[_Client], None]) -> None:
        self._request = request
        self._left = left
        self._paused_at: float | None = None
        self._wrote_at = now
        #: A status was not sent, as it does not read.
        self._missed = False
        self._now = now
        request.registerProducer(self, True)

    def pauseProducing(self) -> None:
        """It does not read: write nothing more."""
        if self._paused_at is None:
            self._paused_at = self._now

    def resumeProducing(self) -> None:
        """It reads again."""
        self._paused_at = None

    def stopProducing(self) -> None:
        """It is gone."""
        self._left(self)

    def send(self, data: bytes, now: float) -> None:
        """Write, whether it reads or not."""
        self._wrote_at = self._now = now
        self._missed = False
        self._request.write(data)

    def look(self, event: bytes, now: float, changed: bool) -> None:
        """Send the status, if it has not got it; else from time to time that we are there."""
        self._now = now
        if self._paused_at is not None:
            self._missed = self._missed or changed
            if now - self._paused_at >= UNREAD:
                self._request.channel.abort()
        elif changed or self._missed:
            self.send(event, now)
        elif now - self._wrote_at >= COMMENT:
            self.send(b": nothing has changed\n\n", now)


class LiveStatus(Leaf):
    """Sends the status to all who listen."""

    def __init__(self, status: Callable[[], Document], clock: IReactorTime) -> None:
        super().__init__()
        self._status, self._clock = status, clock
        self._clients: set[_Client] = set()
        self._next_look: IDelayedCall | None = None
        #: The last status but its time, and that of checks; and as an event.
        self._last = self._event = b""
        self._made_at = 0.0

    def render_HEAD(self, request: Any) -> bytes:
        """What a client would get, without it."""
        self._say(request)
        return b""

    def render_GET(self, request: Any) -> bytes | int:
        """Begin with a whole status."""
        if len(self._clients) >= MOST:
            return error_body(request, 503, f"{MOST} clients listen already; ask for the status instead")
        self._say(request)
        now = self._clock.seconds()
        client = _Client(request, now, self._clients.discard)
        # Also where it is aborted while nothing is written.
        request.notifyFinish().addErrback(lambda _: self._clients.discard(client))
        if not self._event or now - self._made_at >= LOOK:
            self._make(now)
        client.send(_RETRY + self._event, now)
        self._clients.add(client)
        if self._next_look is None:
            self._next_look = self._clock.callLater(LOOK, self._look)
        return NOT_DONE_YET

    def _say(self, request: Any) -> None:
        request.setHeader(b"Content-Type", b"text/event-stream")
        # Another proxy on the way shall keep nothing back.
        request.setHeader(b"X-Accel-Buffering", b"no")

    def _look(self) -> None:
        if not self._clients:
            self._next_look = None
            self._event = self._last = b""
            return
        self._next_look = self._clock.callLater(LOOK, self._look)
        now = self._clock.seconds()
        changed = self._make(now)
        for client in list(self._clients):
            client.look(self._event, now, changed)

    def _make(self, now: float) -> bool:
        """Make the status of now; whether it has changed."""
        document = self._status()
        time = document.pop("now")
        event = msgspec.json.encode(document)
        self._made_at = now
        self._event = b'data: {"now":%b,%b\n\n' % (msgspec.json.encode(time), event[1:])
        for pool in document["pools"]:
            for member in pool["members"]:
                # When it was checked last is no news; what was wrong is.
                member["check"] = member["check"] and member["check"]["said"]
                member["said_at"] = None
            for proxy in pool["writer"]["proxies"] if pool["writer"] else ():
                proxy["said_at"] = None
        before, self._last = self._last, msgspec.json.encode(document)
        return self._last != before

    def stop(self) -> None:
        """Look no more."""
        if self._next_look is not None:
            self._next_look.cancel()
            self._next_look = None
