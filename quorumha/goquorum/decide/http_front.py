"""L{refusal_of}: what is said over HTTP to requests that hold no message of JSON-RPC, as nodes say it.  Pure.

In the order of go-ethereum's C{rpc/http.go} and C{node/rpcstack.go} (GOQUORUM.md 2, C{http.json}).
"""

from __future__ import annotations

from attrs import frozen

from quorumha.goquorum.decide.origins import origin_of
from quorumha.http.wire.messages import RequestHead, first_value

#: What the type of a body may be; parameters behind it are not looked at.
CONTENT_TYPES = frozenset({b"application/json", b"application/json-rpc", b"application/jsonrequest"})

_CONTENT = "invalid content type, only application/json is supported"


@frozen
class Refusal:
    """A request is no message.

    @ivar text: one line; empty: nothing is said.
    @ivar closes: its body is not read any more.
    """

    status: int
    text: str = ""
    closes: bool = False


#: Of C{RequestHead.made}: the origin of a request that is a message, mostly empty; what is not there is not
#: known to be one.  The target and the length are not looked at for it.
MESSAGE = "message"

_NOT_FOUND = Refusal(404)
_NOT_ALLOWED = Refusal(405, "method not allowed")
_WRONG_CONTENT = Refusal(415, _CONTENT)


def refusal_of(head: RequestHead, body_limit: int) -> Refusal | None:
    """Why a request is refused; None: it is not.

    @param body_limit: bytes; 0 means no limit.
    """
    target = head.target
    if target != b"/" and not target.startswith(b"/?"):
        return _NOT_FOUND
    method, length = head.method, head.length
    if method in (b"PUT", b"DELETE"):
        return _NOT_ALLOWED
    if body_limit and length is not None and length > body_limit:
        return too_large(length, body_limit)
    if method == b"OPTIONS" or asks_for_health(head):
        return None
    if not _is_message(head):
        return _WRONG_CONTENT
    if method == b"HEAD":
        # A node would do what it calls, and answer with no body: what of it goes down nobody could tell.
        return _NOT_ALLOWED
    head.made[MESSAGE] = origin_of(head)
    return None


def origin_of_message(head: RequestHead, body_limit: int) -> bytes | None:
    """The quick way: the origin of what is known to be an ordinary message; None: it needs a closer look.

    @param body_limit: bytes; 0 means no limit.
    """
    length = head.length
    if head.method == b"POST" and head.target == b"/" and length is not None:
        found: bytes | None = head.made.get(MESSAGE)
        return found if length <= body_limit or not body_limit else None
    return None


def asks_for_health(head: RequestHead) -> bool:
    """Whether it asks only if anybody is there: a GET of nothing."""
    return head.method == b"GET" and head.length == 0 and head.target == b"/"


def too_large(size: int, body_limit: int) -> Refusal:
    """A body is larger than it may be, so far or as stated."""
    return Refusal(413, f"content length too large ({size}>{body_limit})", True)


def _is_message(head: RequestHead) -> bool:
    kind = first_value(head.fields, b"content-type").partition(b";")[0]
    return kind.strip(b" \t").lower() in CONTENT_TYPES
