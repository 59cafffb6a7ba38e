"""L{Call}: one call of JSON-RPC, with one reading.  L{OwnResponse}: what the proxy says itself.  Pure."""

from __future__ import annotations

from functools import lru_cache

from attrs import define
from msgspec.json import encode

#: The code of what nobody knows the outcome of.
UNKNOWN_OUTCOME = -32051


@define(eq=False, init=False)
class Call:
    """One call.

    @ivar id: as the client wrote it, JSON byte for byte; empty: a notification, which gets no answer.
    @ivar method: as the client means it.
    @ivar params: as the client wrote them, JSON byte for byte; empty: none were given.
    @ivar envelope: the call as it goes to a member, written anew.
    """

    id: bytes
    method: str
    params: bytes
    envelope: bytes

    # By hand: there is one for each entry of a batch, and what attrs makes takes three times as long.
    def __init__(self, id: bytes, method: str, params: bytes) -> None:
        self.id = id
        self.method = method
        self.params = params
        named = _known(method) if len(method) < 64 else _named(method)
        if id and params:
            self.envelope = b"".join((b'{"jsonrpc":"2.0","id":', id, named, b',"params":', params, b"}"))
        else:
            id = b',"id":' + id if id else b""
            params = b',"params":' + params if params else b""
            self.envelope = b'{"jsonrpc":"2.0"%b%b%b}' % (id, named, params)

    @property
    def is_notification(self) -> bool:
        """Whether nobody waits for an answer."""
        return not self.id


def quoted(text: str) -> bytes:
    """A text as JSON."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return b'"%b"' % text.encode("ascii")
    return encode(text)


def _named(method: str) -> bytes:
    """The method, as it stands in an envelope."""
    return b',"method":' + quoted(method)


_known = lru_cache(1024)(_named)


class OwnResponse(Exception):
    """An error of JSON-RPC that the proxy answers with itself.

    @ivar code: of JSON-RPC.
    @ivar message: one line; nothing of a parameter, nor of a token.
    @ivar reason: a word for programs, in C{data.quorumha}; empty: the text is a node's own.
        Only where there is one are there C{data}: an error without one is word for word a node's.
    @ivar hash: of the transaction that this is about, as C{data.transactionHash}; empty: none is known.
    @ivar status: of the response to a single call over HTTP.
    @ivar id: of the entry of a message that is no call, JSON; empty: none, or the call's.
    """

    def __init__(
        self,
        code: int,
        message: str,
        reason: str = "",
        *,
        status: int = 200,
        hash: str = "",
        id: bytes = b"",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.reason = reason
        self.hash = hash
        self.status = status
        self.id = id

    @property
    def failed(self) -> bool:
        """Whether it says that no member has answered: that is not the client's doing."""
        return -32052 <= self.code <= -32050

    def body(self, id: bytes = b"", request_id: bytes = b"") -> bytes:
        """The answer to a call.

        @param id: the call's, JSON; empty: the error's own, or C{null}.
        @param request_id: of the request that it came in (L{quorumha.http.wire.request_id}), for
            C{data.requestId}; empty: it has none.
        """
        data = b""
        if self.reason:
            data = b',"data":{"quorumha":%b%b%b}' % (
                quoted(self.reason),
                b',"transactionHash":%b' % quoted(self.hash) if self.hash else b"",
                # Its letters mean nothing in JSON.
                b',"requestId":"%b"' % request_id if request_id else b"",
            )
        return b'{"jsonrpc":"2.0","id":%b,"error":{"code":%d,"message":%b%b}}' % (
            echoed(id or self.id) or b"null",
            self.code,
            quoted(self.message),
            data,
        )


_ESCAPED = (
    (b"<", b"\\u003c"),
    (b">", b"\\u003e"),
    (b"&", b"\\u0026"),
    ("\u2028".encode(), b"\\u2028"),
    ("\u2029".encode(), b"\\u2029"),
)


def echoed(id: bytes) -> bytes:
    """An id as a node writes it in its answer: Go escapes what means something in HTML
    and JavaScript (GOQUORUM.md 2; C{compact} of encoding/json)."""
    if id[:1] == b'"':
        for letter, escaped in _ESCAPED:
            if letter in id:
                id = id.replace(letter, escaped)
    return id


def unavailable(said: str, reason: str = "unavailable") -> OwnResponse:
    """No member can answer, or may take it; nothing was done."""
    return OwnResponse(-32050, said, reason, status=503)


def too_much(said: str) -> OwnResponse:
    """A bound of ours ended an answer: no other member is asked for it.  Of what changes nothing."""
    return unavailable(said, "response-limit")


def unknown_outcome(said: str, reason: str = "unknown-outcome", hash: str = "") -> OwnResponse:
    """A member got it and did not answer.  Status 200: a 5xx invites layers between to repeat it."""
    return OwnResponse(UNKNOWN_OUTCOME, said, reason, hash=hash)


def unanswered(name: str, why: str, hash: str = "") -> OwnResponse:
    """The same, of a member by its name.

    @param hash: of the transaction, where it is known.
    """
    return unknown_outcome(f"{name} got it and did not answer: {why}", hash=hash)


def gone_with(name: str, hash: str) -> OwnResponse:
    """The same, of a transaction that a member took before a second one was known to have it."""
    return unknown_outcome(f"{name} took it, and no second member is known to have it", hash=hash)


def unseen(said: str) -> OwnResponse:
    """The fence: the account's last transaction is not known yet; nothing was done."""
    return OwnResponse(-32052, said, "unseen", status=503)
