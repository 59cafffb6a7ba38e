"""What an answer of a node is: the answer to the call, or a reason to ask another node.  Pure.

The rules are those of L{quorumha.goquorum.knowledge.node_errors}.
"""

from __future__ import annotations

import re
from fnmatch import translate

from msgspec import DecodeError, Raw, Struct, ValidationError
from msgspec.json import Decoder, decode

from quorumha.goquorum.decide.call import echoed
from quorumha.goquorum.knowledge.node_errors import (
    NO_METHOD_CODE,
    NODE_ERRORS,
    NODE_REFUSALS,
    OVERTAKEN,
    Verdict,
)

__all__ = [
    "ABSENT",
    "Verdict",
    "asks_next",
    "begins_with_result",
    "error_in",
    "is_absent",
    "is_object",
    "is_overtaken",
    "prefix_of",
    "result_of",
    "says_absent",
    "verdict_of",
    "verdict_of_error",
]

#: So a node's answer with a result begins, around its id.
_BEFORE_ID, _BEFORE_RESULT = b'{"jsonrpc":"2.0","id":', b',"result":'
#: What calls that found nothing result in: C{eth_getRawTransactionByHash} in the latter.
ABSENT = (b"null", b'"0x"')
#: By class, which of them may only say that a member does not have it yet.
_ABSENT_BY_CLASS = {"lookup": ABSENT, "read": ABSENT[:1]}


class _Error(Struct):
    code: int
    message: str


class _Response(Struct):
    id: Raw = Raw()
    result: Raw = Raw()
    error: Raw = Raw()


#: The last: it is nested deeper than a program reads, whatever it says.
_UNREADABLE = (DecodeError, ValidationError, RecursionError)
_RESPONSE = Decoder(_Response)
_ERROR = Decoder(_Error)

_EXACT = {(one.code, one.text): one.verdict for one in NODE_ERRORS if "*" not in one.text}
_PATTERNS = [
    (one.code, re.compile(translate(one.text)), one.verdict) for one in NODE_ERRORS if "*" in one.text
]


def prefix_of(id: bytes) -> bytes:
    """What a node's answer to a call begins with if it has a result.

    @param id: the call's, JSON.
    """
    return b"".join((_BEFORE_ID, echoed(id) if id[:1] == b'"' else id, _BEFORE_RESULT))


def verdict_of(body: bytes, id: bytes, status: int = 200) -> Verdict:
    """What one answer is.

    @param body: one object of JSON-RPC; of an HTTP response, or an entry of the answer to a batch.
    @param id: the call's, JSON.
    @param status: of the HTTP response.
    """
    if status == 200 and body.startswith(prefix_of(id)):
        return Verdict.DELIVER
    try:
        found = _RESPONSE.decode(body)
    except _UNREADABLE:
        return _verdict_of_text(body, status)
    if id and not _is_for(bytes(found.id), id):
        # Of two requests on one connection what stands before a node may have mixed up the answers.
        return Verdict.BROKEN
    if not bytes(found.error):
        return Verdict.DELIVER if bytes(found.result) else Verdict.BROKEN
    try:
        error = _ERROR.decode(found.error)
    except _UNREADABLE:
        return Verdict.DELIVER
    return verdict_of_error(error.code, error.message)


def _is_for(found: bytes, id: bytes) -> bool:
    """Whether an answer with this id is for the call with that one; without one it may be, and with null."""
    if found in (b"", b"null", id, echoed(id)):
        return True
    try:
        # Another program than geth may write it in its own way.
        one, other = decode(found), decode(id)
    except (DecodeError, RecursionError):
        return False
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


def error_in(body: bytes) -> tuple[int, str] | None:
    """The code and the message of the error in an answer; None: there is none."""
    try:
        error = _ERROR.decode(_RESPONSE.decode(body).error)
    except _UNREADABLE:
        return None
    return error.code, error.message


def verdict_of_error(code: int, message: str) -> Verdict:
    """What an answer with this error is."""
    if code == NO_METHOD_CODE:
        return Verdict.NO_METHOD
    found = _EXACT.get((code, message))
    if found is not None:
        return found
    for of, pattern, verdict in _PATTERNS:
        if code == of and pattern.match(message):
            return verdict
    return Verdict.DELIVER


def _verdict_of_text(body: bytes, status: int) -> Verdict:
    """What an answer that is no JSON is: a node refuses with 4xx, what stands before it fails with 5xx."""
    if not 400 <= status < 500:
        return Verdict.BROKEN
    return Verdict.NODE if body.strip() == NODE_REFUSALS.get(status) else Verdict.DELIVER


def asks_next(verdict: Verdict) -> bool:
    """Whether the next member is asked then, whatever the class of the call: nothing was done."""
    return verdict is Verdict.NODE or verdict is Verdict.NO_METHOD


def result_of(body: bytes, id: bytes) -> bytes | None:
    """The result of an answer, JSON byte for byte; None: it has none."""
    prefix, body = prefix_of(id), body.rstrip()
    if body.startswith(prefix) and body.endswith(b"}"):
        return body[len(prefix) : -1]
    try:
        return bytes(_RESPONSE.decode(body).result) or None
    except _UNREADABLE:
        return None


def is_object(body: bytes) -> bool:
    """Whether an answer, or its beginning, is an object: else it is no answer of JSON-RPC to one call."""
    return body[:64].lstrip()[:1] == b"{"


def is_overtaken(body: bytes, id: bytes) -> bool:
    """Whether another transaction has the nonce that a node chose for this one: for who says none."""
    return result_of(body, id) is None and error_in(body) in OVERTAKEN


def is_absent(body: bytes, id: bytes) -> bool:
    """Whether an answer says that there is no such thing."""
    return result_of(body, id) in ABSENT


def says_absent(call_class: str, body: bytes, id: bytes) -> bool:
    """Whether an answer says that there is no such thing, which its member may only not have yet."""
    absent = _ABSENT_BY_CLASS.get(call_class)
    return absent is not None and result_of(body, id) in absent


def begins_with_result(body: bytes, id: bytes, call_class: str) -> bool:
    """Whether the beginning of an answer shows that it is the answer, without more of it.

    @param id: the call's, JSON.
    """
    prefix = prefix_of(id)
    start = len(prefix)
    if not body.startswith(prefix) or len(body) < start + 4:
        return False
    absent = _ABSENT_BY_CLASS.get(call_class)
    return absent is None or not body.startswith(absent, start)
