"""The page as text: made in short turns of the reactor, and once for all who ask at about the same time."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from twisted.web.iweb import ITemplateLoader
from twisted.web.template import flattenString

from quorumha.admin.page.page_content import whole
from quorumha.admin.page.piece import Piece, PieceElement, Turns, template

Status = Callable[[], Mapping[str, Any]]

#: For so many seconds a page is good for whoever asks, unless a state changes: its numbers may be so old.
SHARED_FOR = 1.0


@define(eq=False)
class _Page:
    """@ivar text: None: it is being made; C{waiting}: who wants it."""

    key: Hashable
    made_at: float
    text: bytes | None = None
    waiting: list[Deferred[bytes]] = field(factory=list)


class Rendering:
    """Makes the page of a status document.

    @param status: gives the document, as it is now.
    @param loader: its template; unless given, that of the package.
    """

    def __init__(self, status: Status, clock: IReactorTime, loader: ITemplateLoader | None = None) -> None:
        self._status = status
        self._clock = clock
        self._template = loader or template()
        self._last: _Page | None = None

    def page(self) -> Deferred[bytes]:
        """The page; it fails where it cannot be made, for all who want it."""
        document = self._status()
        key, now = _key(document), self._clock.seconds()
        last = self._last
        if last is None or last.key != key or now - last.made_at >= SHARED_FOR:
            # What is wrong with the document is found before anybody waits.
            shown = whole(document)
            last = self._last = _Page(key, now)
            # That took this turn: with 40 members 2 ms, as each of the following ones.
            self._clock.callLater(0, self._begin, last, shown)
        if last.text is not None:
            return succeed(last.text)
        last.waiting.append(wanted := Deferred[bytes]())
        return wanted

    def _begin(self, page: _Page, shown: Piece) -> None:
        def made(text: bytes) -> None:
            page.text = b"<!DOCTYPE html>\n" + text
            self._end(page, page.text)

        def failed(failure: Failure) -> None:
            if self._last is page:
                self._last = None
            self._end(page, failure)

        element = PieceElement(self._template, shown, Turns(self._clock))
        flattenString(None, element).addCallbacks(made, failed)

    def _end(self, page: _Page, result: bytes | Failure) -> None:
        waiting, page.waiting = page.waiting, []
        for one in waiting:
            one.callback(result) if isinstance(result, bytes) else one.errback(result)


def _key(document: Mapping[str, Any]) -> Hashable:
    """What must never be shown late: states, who waits, and what was done to the process."""
    reload = document["reload"]
    states = tuple(
        (
            pool["name"],
            _writer_key(pool["writer"]),
            *((one["name"], one["state"], one["enabled"], one["role"]) for one in pool["members"]),
        )
        for pool in document["pools"]
    )
    listeners = tuple((one["name"], bool(one["waiting"])) for one in document["listeners"])
    loaded = document["config"]["loaded"]
    newest = document["changes"][0]["at"] if document["changes"] else None
    return document["draining"], reload["taken"], reload["refused"], loaded, newest, states, listeners


def _writer_key(writer: Mapping[str, Any] | None) -> Hashable:
    if writer is None:
        return None
    proxies = [(one["address"], bool(one["fault"])) for one in writer["proxies"]]
    return (*(writer[key] for key in ("upstream", "timeline", "cause", "saved")), *proxies)
