"""L{Call}: one call of JSON-RPC, with one reading.  L{OwnAnswer}: what the proxy says itself.  Pure."""

from __future__ import annotations

from attrs import field, frozen


@frozen(eq=False)
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
    envelope: bytes = field(init=False)

    @envelope.default
    def _write(self) -> bytes:
        # JSON, for a name may hold anything.
        method = quoted(self.method)
        params = b',"params":' + self.params if self.params else b""
        if not self.id:
            return b'{"jsonrpc":"2.0","method":%b%b}' % (method, params)
        return b'{"jsonrpc":"2.0","id":%b,"method":%b%b}' % (self.id, method, params)

    @property
    def is_notification(self) -> bool:
        """Whether nobody waits for an answer."""
        return not self.id


def quoted(text: str) -> bytes:
    """A text as JSON."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return b'"%b"' % text.encode("ascii")
    from msgspec.json import encode

    return encode(text)


class OwnAnswer(Exception):
    """An error of JSON-RPC that the proxy answers with itself.

    @ivar code: of JSON-RPC.
    @ivar message: one line; nothing of a parameter, nor of a token.
    @ivar reason: a word for programs, in C{data.quorumha}; empty: the text is a node's own.
    @ivar hash: of the transaction that this is about, as C{data.transactionHash}; empty: none is known.
    @ivar status: of the response to a single call over HTTP.
    """

    def __init__(
        self, code: int, message: str, reason: str = "", *, status: int = 200, hash: str = ""
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.reason = reason
        self.hash = hash
        self.status = status

    def body(self, id: bytes) -> bytes:
        """The answer to a call.

        @param id: the call's, JSON; empty: C{null}.
        """
        data = b""
        if self.reason:
            data = b',"data":{"quorumha":%b%b}' % (
                quoted(self.reason),
                b',"transactionHash":%b' % quoted(self.hash) if self.hash else b"",
            )
        return b'{"jsonrpc":"2.0","id":%b,"error":{"code":%d,"message":%b%b}}' % (
            echoed(id) or b"null",
            self.code,
            quoted(self.message),
            data,
        )


_HTML = ((b"<", b"\\u003c"), (b">", b"\\u003e"), (b"&", b"\\u0026"))


def echoed(id: bytes) -> bytes:
    """An id as a node writes it in its answer: Go escapes what means something in HTML (GOQUORUM.md 2)."""
    if id[:1] == b'"':
        for letter, escaped in _HTML:
            if letter in id:
                id = id.replace(letter, escaped)
    return id


def unavailable(said: str, reason: str = "unavailable") -> OwnAnswer:
    """No member can answer, or may take it; nothing was done."""
    return OwnAnswer(-32050, said, reason, status=503)


def unknown_outcome(said: str, reason: str = "unknown-outcome", hash: str = "") -> OwnAnswer:
    """A member got it and did not answer.  Status 200: a 5xx invites layers between to repeat it."""
    return OwnAnswer(-32051, said, reason, hash=hash)


def unseen(said: str) -> OwnAnswer:
    """The fence: the account's last transaction is not known yet; nothing was done."""
    return OwnAnswer(-32052, said, "unseen", status=503)
