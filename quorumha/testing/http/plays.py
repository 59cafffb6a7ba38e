"""What a scripted upstream does with one connection or request: L{Play}, made of steps.

A play begins at a L{Moment} and goes through its steps in order.  After the last one the
connection waits for its next request, unless a step ended it.  C{play + step} is a longer play::

    respond(201, b"made") + CLOSE        # announced nothing, closes all the same
    respond(length=b"999") + RESET       # a body that breaks off

The functions below make the plays that faults are made of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from http import HTTPStatus

from attrs import evolve, frozen


class Moment(Enum):
    """When a play begins."""

    #: When the connection is made; no request is awaited.
    ACCEPTED = "accepted"
    #: When the head of a request is complete.
    HEAD = "head"
    #: When the whole request is complete.
    REQUEST = "request"


@frozen
class Send:
    """Write bytes.

    @ivar unless_head: leave them out when the request's method is HEAD.
    """

    data: bytes
    unless_head: bool = False


@frozen
class Wait:
    """Let seconds pass."""

    seconds: float


@frozen
class Until:
    """Wait until something holds, which is looked at now and whenever the upstream is woken.

    @ivar seconds: after which the play goes on all the same; None: it does not.
    """

    holds: Callable[[], bool]
    seconds: float | None = None


class Do(Enum):
    """Steps without a value."""

    #: Send a FIN after what was written, and read no more.
    CLOSE = "close"
    #: Send a RST, as soon as what was written has left.
    RESET = "reset"
    #: Send a FIN after what was written, and go on reading.
    END = "end"
    #: Read no more; bytes of the client stay where they are.
    STOP_READING = "stop reading"
    #: Read again.
    READ = "read"
    #: Never come to the next step.
    HANG = "hang"


CLOSE, RESET, END, STOP_READING, READ, HANG = Do
Step = Send | Wait | Until | Do


@frozen
class Play:
    """Steps, and when they begin.

    @ivar steps: each is asked for when the one before is done, so an iterator can look at what is then.
        It serves for one request; a tuple serves for many.
    """

    at: Moment
    steps: Iterable[Step] = ()

    def __add__(self, more: Step | Play) -> Play:
        """The same, with a step or another play's steps after it."""
        return evolve(self, steps=(*self.steps, *(more.steps if isinstance(more, Play) else (more,))))

    def early(self) -> Play:
        """The same, begun as soon as the request's head is there, before its body is read."""
        return evolve(self, at=Moment.HEAD)


def head_of(status: int, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The bytes of an answer's head.

    @param headers: all of them; nothing is added.
    """
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"
    lines = [f"HTTP/1.1 {status} {phrase}".encode(), *(b"%s: %s" % pair for pair in headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def chunks_of(parts: Iterable[bytes], last: bool = True) -> bytes:
    """Parts as chunks.

    @param last: with the last chunk, which says that the body is whole.
    """
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in parts if p) + (b"0\r\n\r\n" if last else b"")


def respond(
    status: int = 200,
    body: bytes = b"ok",
    headers: Iterable[tuple[bytes, bytes]] = (),
    *,
    length: bytes | None = None,
    chunked: bool = False,
) -> Play:
    """A whole answer, after the whole request.

    @param headers: besides the framing.
    @param length: the value of C{Content-Length}, right or wrong; the body's true length unless
        given.  204 and 304 get none unless given, and no body.
    @param chunked: in one chunk for each 1000 bytes, without C{Content-Length}.
    """
    fields = list(headers)
    if chunked:
        fields.append((b"Transfer-Encoding", b"chunked"))
        body = chunks_of(body[i : i + 1000] for i in range(0, len(body), 1000))
    elif length is not None or status not in (204, 304):
        fields.append((b"Content-Length", b"%d" % len(body) if length is None else length))
    steps = [Send(head_of(status, fields))]
    if body and status not in (204, 304):
        steps.append(Send(body, unless_head=True))
    return Play(Moment.REQUEST, tuple(steps))


def raw(data: bytes) -> Play:
    """Any bytes, after the whole request."""
    return Play(Moment.REQUEST, (Send(data),))


def accept_then(*steps: Step) -> Play:
    """Steps as soon as the connection is made."""
    return Play(Moment.ACCEPTED, steps)


def no_response(*steps: Step) -> Play:
    """Nothing, then the steps, after the whole request; by default, nothing for ever."""
    return Play(Moment.REQUEST, steps or (HANG,))


def half_a_head(*then: Step) -> Play:
    """A head that breaks off, then the steps; C{CLOSE} by default."""
    return Play(Moment.REQUEST, (Send(b"HTTP/1.1 200 OK\r\nContent-Type: te"), *(then or (CLOSE,))))


def cut_body(sent: int, promised: int, *then: Step) -> Play:
    """An answer that promises more bytes of body than it sends, then the steps; C{RESET} by default."""
    fields = [(b"Content-Length", b"%d" % promised)]
    return Play(Moment.REQUEST, (Send(head_of(200, fields) + b"x" * sent), *(then or (RESET,))))


def cut_chunks(parts: Iterable[bytes], *then: Step) -> Play:
    """A chunked answer without its last chunk, then the steps; C{CLOSE} by default."""
    head = head_of(200, [(b"Transfer-Encoding", b"chunked")])
    return Play(Moment.REQUEST, (Send(head + chunks_of(parts, last=False)), *(then or (CLOSE,))))


def drip(data: bytes, seconds: float, size: int = 1) -> Play:
    """Bytes, a few at a time, with a pause before each.

    @param seconds: the pause.
    @param size: bytes at a time.
    """
    steps: list[Step] = []
    for at in range(0, len(data), size):
        steps += [Wait(seconds), Send(data[at : at + size])]
    return Play(Moment.REQUEST, tuple(steps))


def bytes_of(play: Play) -> bytes:
    """Every byte that a play sends, as for L{drip}."""
    return b"".join(step.data for step in play.steps if isinstance(step, Send))


def informational_first(*statuses: int, then: Play | None = None) -> Play:
    """1xx answers, each by itself, before the real one."""
    final = respond() if then is None else then
    return evolve(final, steps=(*(Send(head_of(status, ())) for status in statuses), *final.steps))


def deaf() -> Play:
    """Takes the connection and never reads a byte."""
    return accept_then(STOP_READING, HANG)
