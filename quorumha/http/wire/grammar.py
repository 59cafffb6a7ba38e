"""Rules of RFC 9112 and RFC 3986 that llhttp does not hold, each a question to bytes.  Pure."""

from __future__ import annotations

import re
from ipaddress import IPv6Address

#: Everything below a space but the tab, which may stand in a value, and the bytes of a line end; and DEL.
_CONTROLS = bytes(c for c in range(32) if c not in b"\t\r\n") + b"\x7f"

#: RFC 9112 section 3: single spaces; RFC 9110 section 5.6.2: a method is a token.  llhttp takes any number of
#: spaces, and also RTSP and ICE.  No method in use has more than 32 bytes.
REQUEST_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32} [^ \t\r\n]+ HTTP/[0-9]\.[0-9]\r\n")
#: RFC 9112 section 4; llhttp lets control characters pass in a reason, and other protocols.
STATUS_LINE = re.compile(rb"HTTP/1\.[01] [1-5][0-9][0-9](?: [\t -~\x80-\xff]*)?\r\n")

#: RFC 9112 section 3.2.1.  llhttp takes each of these bytes in a target, wherever it stands.
ORIGIN_FORM = re.compile(rb"/[!\"$-~]*")

#: RFC 3986 section 3.2: an address in brackets or a registered name (an IPv4 address looks like one), a port.
#: No comma: a list of two hosts is none.
_HOST = re.compile(
    rb"(?:\[([0-9A-Fa-f:.]{2,45})\]|(?:[A-Za-z0-9._~!$&'()*+;=-]|%[0-9A-Fa-f]{2}){1,255})(?::([0-9]{1,5}))?"
)


def holds_controls(raw: bytes) -> bool:
    """Whether a head holds a NUL or another control byte.  The line ends are checked elsewhere."""
    return len(raw.translate(None, _CONTROLS)) != len(raw)


def is_host(host: bytes) -> bool:
    """Whether this may be the value of C{Host}.

    >>> is_host(b"tessera_node_1:9001"), is_host(b"[::1]:80"), is_host(b"a:65536"), is_host(b"[1:2]")
    (True, True, False, False)
    """
    match = _HOST.fullmatch(host)
    if match is None or len(host) > 261:
        return False
    address, port = match.groups()
    if port is not None and int(port) > 65535:
        return False
    if address is not None:
        try:
            IPv6Address(address.decode("ascii"))
        except ValueError:
            return False
    return True
