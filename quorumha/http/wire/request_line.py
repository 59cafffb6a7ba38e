"""L{begun}: what can be read of a request whose head cannot.  Pure.

nginx writes into its log what it could read of such a request; so it is here, without a client's own words.
"""

from __future__ import annotations

import re

import httptools
from attrs import frozen

from quorumha.http.wire.grammar import ORIGIN_FORM, REQUEST_LINE

#: A method, and the one space behind it: all that is known while its line goes on.
_METHOD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) [^ \t\r\n]*")


@frozen
class RequestLine:
    """What a request began with.

    @ivar method: one that HTTP knows, never a word of a client's own; empty: there is none, or the line is
        none of HTTP.
    @ivar target: in origin form, byte for byte; empty: it is not there whole.
    """

    method: bytes = b""
    target: bytes = b""


def begun(data: bytes, limit: int = 0) -> RequestLine:
    """Read the first line of a head that was refused, or never became whole.

    @param data: the request from its beginning; there may be empty lines before it.
    @param limit: bytes of a target; 0 means no limit.  A longer one is not there.

    >>> begun(b"GET /x HTTP/2.0\\r\\n")
    RequestLine(method=b'GET', target=b'/x')
    >>> begun(b"GET /x"), begun(b"GET  /x HTTP/1.1\\r\\n")
    (RequestLine(method=b'GET', target=b''), RequestLine(method=b'', target=b''))
    """
    line, end, _ = data.lstrip(b"\r\n").partition(b"\r\n")
    if not (REQUEST_LINE.fullmatch(line + end) if end else _METHOD.fullmatch(line)):
        return RequestLine()
    method, _, rest = line.partition(b" ")
    if not _is_known(method):
        return RequestLine()
    target = rest.partition(b" ")[0] if end else b""
    whole = ORIGIN_FORM.fullmatch(target) and (not limit or len(target) <= limit)
    return RequestLine(method, target if whole else b"")


def _is_known(method: bytes) -> bool:
    try:
        httptools.HttpRequestParser(None).feed_data(method + b" ")
    except httptools.HttpParserError:
        return False
    return True
