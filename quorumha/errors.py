"""The one tree of errors, and which status a client is told for each.

Expected errors (a node that refuses, a client that breaks off) are values of
this tree; they are logged as one event without a traceback.  Anything else that
surfaces is a bug and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Sequence


class QuorumhaError(Exception):
    """The root: every error that quorumha raises on purpose."""


class ConfigError(QuorumhaError):
    """What the operator wrote cannot be used.

    @ivar problems: every problem found, in the order of the file.  Each
        is one or more lines of text, ready to be printed.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class ListenError(QuorumhaError):
    """An address cannot be listened on; the text says why and what to do."""


class DownstreamError(QuorumhaError):
    """The client's side is at fault, or is gone.

    @ivar status: the status the client is told, with the connection closed
        after it.
    """

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


class UpstreamError(QuorumhaError):
    """No upstream gave an answer that may be passed on.

    @ivar status: the status the client is told when nothing went down yet.
    @ivar closes: the client is told to ask on another connection, even where this one could stay.
    @ivar says_id: the body of that response has the id of the request in its second line.
    @ivar fields: further fields of the response that the client is told so with.
    """

    status = 502
    closes = False
    says_id = True
    fields: Sequence[tuple[bytes, bytes]] = ()


class ResponseCut(UpstreamError):
    """A response broke off after its head went down: the client sees that it is not whole."""

    status = 0


class UpstreamTimeout(UpstreamError):
    """Every try, or the whole request, ran out of time."""

    status = 504


class NoUpstream(UpstreamError):
    """No member of the pool may be used: all are disabled, or fell silent with a write to be sent."""

    status = 503


class NoResources(UpstreamError):
    """The proxy lacks what it needs to ask an upstream, such as descriptors; soon it may have it."""

    status = 503


class PoolFull(UpstreamError):
    """Members that could take it have as many requests, or connections, as they may have."""

    status = 503


class Unavailable(UpstreamError):
    """Nobody can give an answer that may be believed, and there is no time or room to wait longer."""

    status = 503

    def of_pool(self, name: str) -> Unavailable:
        """The same, with the pool's name before it, as other errors have."""
        return type(self)(f"pool {name}: {self}")


class Stopping(Unavailable):
    """The proxy stops, and does not wait for members any more."""

    closes = True


#: Reason phrases of the statuses that quorumha itself answers with.
REASONS = {
    400: b"Bad Request",
    404: b"Not Found",
    405: b"Method Not Allowed",
    408: b"Request Timeout",
    413: b"Content Too Large",
    414: b"URI Too Long",
    415: b"Unsupported Media Type",
    417: b"Expectation Failed",
    421: b"Misdirected Request",
    431: b"Request Header Fields Too Large",
    500: b"Internal Server Error",
    501: b"Not Implemented",
    502: b"Bad Gateway",
    503: b"Service Unavailable",
    504: b"Gateway Timeout",
    505: b"HTTP Version Not Supported",
}
