"""L{AdminSite}: twisted.web's server for the admin: bounded, and with the guard before every resource."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

from twisted.internet.defer import CancelledError
from twisted.internet.interfaces import IAddress, IDelayedCall, IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel, datetimeToString
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

from quorumha.admin.admin_facts import AdminRefused
from quorumha.admin.guard import BODY_LIMIT, Asked, Door, Refusal, refusal
from quorumha.admin.replies import Branch, Missing, error_body
from quorumha.events import Observers

log = Logger()

#: Clients that one address has at once.
MOST_CLIENTS = 256
#: Seconds that a client has for one request, and for none.
REQUEST_TIMEOUT = 30.0
#: Bytes of a body that are read, and not kept, so that its client reads why it is refused.
READ_AWAY = 1024 * 1024
#: What is said to who sends a line over 16 KiB.
TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
#: Seconds for a response that is under way when its address is given up: a reload may be what was asked for.
LAST_WORDS = 5.0

# Twisted leaves nearly all of them without types.
_HTTPChannel: Any = HTTPChannel
_Request: Any = Request
_Site: Any = Site

_METHODS = ("GET", "HEAD", "POST")


class AdminRequest(_Request):  # type: ignore[misc]  # see there
    """One request.

    @ivar size: bytes of its body so far.
    @ivar whole: all of it is there.
    """

    size = 0
    whole = False

    def gotLength(self, length: int | None) -> None:
        """Make a place for its body in memory, however long that is said to be, or not said: Twisted would
        make a file."""
        super().gotLength(BODY_LIMIT if length is None else min(length, BODY_LIMIT))

    def handleContentChunk(self, data: bytes) -> None:
        """Keep a piece of its body, if that may be so long."""
        self.size += len(data)
        if self.size <= BODY_LIMIT:
            super().handleContentChunk(data)
        elif self.size > READ_AWAY:
            self.channel.abort()

    def process(self) -> None:
        """Refuse it, or let the resource at its path respond."""
        self.whole = True
        site: AdminSite = self.channel.site
        self.site = site
        for name, value in (
            (b"Server", b"quorumha"),
            (b"Date", datetimeToString()),
            (b"Cache-Control", b"no-store"),
            (b"X-Content-Type-Options", b"nosniff"),
        ):
            self.setHeader(name, value)
        segments = [unquote_to_bytes(one) for one in self.path[1:].split(b"/")]
        self.postpath = list(segments)
        self.prepath: list[bytes] = []
        try:
            resource = site.getResourceFor(self)
            if self.postpath or not self.path.startswith(b"/"):
                # A leaf of twisted.web is found for whatever is below it.
                resource = Missing()
            found = refusal(self._asked(segments[0], site), site.door, methods_of(resource))
            if found is None:
                self.render(resource)
            else:
                self._refuse(found, site, plain=segments[0] != b"api")
        except Exception:
            self.processingFailed(Failure())

    def _asked(self, area: bytes, site: AdminSite) -> Asked:
        def only(name: bytes) -> bytes | None:
            values = self.requestHeaders.getRawHeaders(name, [])
            # Of two one is a lie, and nobody knows which.
            return values[0] if len(values) == 1 else b"" if values else None

        address: Any = self.getHost()
        own = str(getattr(address, "host", ""))
        return Asked(
            self.method,
            area,
            only(b"Host"),
            only(b"Origin"),
            only(b"Sec-Fetch-Site"),
            only(b"Authorization"),
            f"[{own}]" if ":" in own else own,
            self.size,
        )

    def _refuse(self, found: Refusal, site: AdminSite, *, plain: bool) -> None:
        if found.wrong_token or found.status in (403, 421):
            client = str(getattr(self.getClientAddress(), "host", "")) or "the unix socket"
            site.observers.notify(AdminRefused(client, found.status, found.cause))
        if not found.delay:
            self._say(found, plain=plain)
            return
        waiting = deferLater(site.reactor, found.delay, self._say, found, plain=plain)
        # Who leaves meanwhile is not written to.
        self.notifyFinish().addErrback(lambda _: waiting.cancel())
        waiting.addErrback(lambda failure: failure.trap(CancelledError))
        waiting.addErrback(lambda failure: log.failure("a refusal could not be sent", failure))

    def _say(self, found: Refusal, *, plain: bool) -> None:
        if found.allow:
            self.setHeader(b"Allow", b", ".join(found.allow))
        if found.status == 401:
            self.setHeader(b"WWW-Authenticate", b"Bearer")
        if found.status == 413:
            self.setHeader(b"Connection", b"close")
            # And so it does.
            self.channel.persistent = False
        body = error_body(self, found.status, found.cause, plain=plain)
        self.setHeader(b"Content-Length", b"%d" % len(body))
        self.write(b"" if self.method == b"HEAD" else body)
        self.finish()


class AdminChannel(_HTTPChannel):  # type: ignore[misc]  # likewise
    """One client."""

    factory: AdminSite

    def connectionMade(self) -> None:
        """Be known."""
        self.factory.channels[self] = None
        super().connectionMade()

    def dataReceived(self, data: bytes) -> None:
        """Read on.  That takes no more time to send a request in small pieces."""
        LineReceiver.dataReceived(self, data)

    def lineLengthExceeded(self, line: bytes) -> None:
        """Refuse a request whose line, or one of whose fields, is too long."""
        self.transport.write(TOO_LONG)
        self.loseConnection()

    def connectionLost(self, reason: Failure) -> None:
        """Be forgotten."""
        self.factory.channels.pop(self, None)
        super().connectionLost(reason)

    def abort(self) -> None:
        """End at once, whatever is not sent yet."""
        self.transport.abortConnection()


class AdminSite(_Site):  # type: ignore[misc]  # likewise
    """The server of one address.

    @ivar door: what that address is like; may be replaced.
    @ivar channels: its clients, in the order of their coming.
    """

    noisy = False
    protocol = AdminChannel
    requestFactory = AdminRequest

    def __init__(self, root: Resource, door: Door, clock: IReactorTime, observers: Observers) -> None:
        super().__init__(root, reactor=clock, timeout=REQUEST_TIMEOUT, parsePOSTFormSubmission=False)
        self.door = door
        self.observers = observers
        self.channels: dict[AdminChannel, None] = {}
        self._clock = clock
        self._last_words: IDelayedCall | None = None

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Serve one client more.  Of too many the first goes that has not asked for anything yet, or not for
        anything more: nobody keeps others out by connections in which nothing is said."""
        if len(self.channels) >= MOST_CLIENTS:
            silent = (one for one in self.channels if not any(request.whole for request in one.requests))
            first = next(silent, None)
            if first is None:
                return None
            # It is known no more before it has ended.
            del self.channels[first]
            first.abort()
        return super().buildProtocol(addr)

    def startFactory(self) -> None:
        """Keep no log of requests, and so no clock for it."""

    def stopFactory(self) -> None:
        """End nothing: clients may be there yet."""

    def log(self, request: Request) -> None:
        """Write nothing: the log has what is refused."""

    def acceptableProtocols(self) -> list[bytes]:
        """What is spoken."""
        return [b"http/1.1"]

    def leave(self) -> None:
        """End every client: at once who waits for nothing, soon who waits for a response."""
        for channel in list(self.channels):
            if channel.requests:
                # It ends with that response.
                channel.persistent = False
            else:
                channel.abort()
        if self.channels:
            self._last_words = self._clock.callLater(LAST_WORDS, self.abort)

    @property
    def leaving(self) -> bool:
        """Whether clients may be there yet after L{leave}."""
        return self._last_words is not None and self._last_words.active()

    def abort(self) -> None:
        """End every client at once."""
        if self._last_words is not None and self._last_words.active():
            self._last_words.cancel()
        for channel in list(self.channels):
            channel.abort()


def methods_of(resource: Any) -> tuple[bytes, ...] | None:
    """What a resource allows; None: it stands for none."""
    if isinstance(resource, Missing | Branch):
        return None
    said: Iterable[bytes] | None = getattr(resource, "allowedMethods", None)
    if said is not None:
        return tuple(said)
    found = [name for name in _METHODS if hasattr(resource, f"render_{name}")]
    if "GET" not in found:
        # Every resource of twisted.web has this one, which only calls the other.
        found.remove("HEAD")
    return tuple(name.encode("ascii") for name in found)
