"""The header of the PROXY protocol, versions 1 and 2: bytes to addresses, or a refusal.  Pure.

The source of the facts is HAProxy's C{doc/proxy-protocol.txt}.  Whatever may be ignored (addresses of
C{UNKNOWN}, C{LOCAL} and C{UNSPEC}, TLVs, families without a host) is ignored; whatever is named is checked.
"""

from __future__ import annotations

import re
import socket
from ipaddress import ip_address

from attrs import frozen
from twisted.internet.address import IPv4Address, IPv6Address

from quorumha.errors import QuorumhaError

#: Bytes of a version 1 line at most, its CRLF included (section 2.1).
LINE_LIMIT = 107
#: Bytes of a version 2 header at most, its TLVs included; nginx's limit as well.
BLOCK_LIMIT = 4096

_LINE_START = b"PROXY "
_BLOCK_START = b"\r\n\r\n\0\r\nQUIT\n"
_TEXT = re.compile(rb"[ -~]*")
_PORT = re.compile(r"0|[1-9][0-9]{0,4}")
_FAMILIES = {"TCP4": 4, "TCP6": 6}
#: Version 2, and its commands (section 2.2).
_LOCAL, _PROXY = 0x20, 0x21
#: Family and transport of version 2 (section 2.2): how to read an address, and its bytes.
_SIZES = {0x11: (socket.AF_INET, 4), 0x21: (socket.AF_INET6, 16)}

HostAddress = IPv4Address | IPv6Address


class BadProxyHeader(QuorumhaError):
    """The bytes are no header of the PROXY protocol, and cannot become one."""


@frozen
class ProxyHeader:
    """What a header says.

    @ivar size: bytes that it takes.
    @ivar source: the client; None: nothing is known but the connection's own address.
    @ivar destination: where the client connected to, likewise.
    """

    size: int
    source: HostAddress | None = None
    destination: HostAddress | None = None


def read_proxy_header(data: bytes) -> ProxyHeader | None:
    r"""Read the header that a connection begins with.

    >>> read_proxy_header(b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nGET").source.host
    '192.0.2.1'

    @return: None: it is not whole yet.
    @raise BadProxyHeader: it can no longer become one.
    """
    if data.startswith(_LINE_START):
        end = data.find(b"\r\n", 0, LINE_LIMIT) + 2
        if end >= 2:
            return _read_line(data[: end - 2], end)
        if len(data) >= LINE_LIMIT or not _TEXT.fullmatch(data.removesuffix(b"\r")):
            raise BadProxyHeader("the PROXY line has no end")
        return None
    if data.startswith(_BLOCK_START):
        return _read_block(data)
    if _LINE_START.startswith(data) or _BLOCK_START.startswith(data):
        return None
    raise BadProxyHeader("it does not begin with a PROXY header")


def _read_line(line: bytes, size: int) -> ProxyHeader:
    if not _TEXT.fullmatch(line):
        raise BadProxyHeader("the PROXY line holds control characters")
    _, kind, *words = line.decode("ascii").split(" ")
    if kind == "UNKNOWN":
        return ProxyHeader(size)
    if kind not in _FAMILIES or len(words) != 4:
        raise BadProxyHeader("the PROXY line is not as the protocol has it")
    source, destination, from_port, to_port = words
    version = _FAMILIES[kind]
    return ProxyHeader(size, _address(version, source, from_port), _address(version, destination, to_port))


def _address(version: int, host: str, port: str) -> HostAddress:
    host = host.partition("%")[0]
    try:
        right = ip_address(host).version == version
    except ValueError:
        right = False
    if not right or not _PORT.fullmatch(port) or int(port) > 65535:
        raise BadProxyHeader("an address or a port in the PROXY line is none")
    return _host_address(host, int(port))


def _host_address(host: str, port: int) -> HostAddress:
    return IPv6Address("TCP", host, port) if ":" in host else IPv4Address("TCP", host, port)


def _read_block(data: bytes) -> ProxyHeader | None:
    if len(data) > 12 and data[12] not in (_LOCAL, _PROXY):
        raise BadProxyHeader("the version or the command of the PROXY header is unknown")
    if len(data) < 16:
        return None
    size = 16 + int.from_bytes(data[14:16], "big")
    if size > BLOCK_LIMIT:
        raise BadProxyHeader("the PROXY header is too large")
    family, length = _SIZES.get(data[13], (0, 0))
    if data[12] == _LOCAL or not length:
        return ProxyHeader(size) if len(data) >= size else None
    if size < 16 + 2 * length + 4:
        raise BadProxyHeader("the PROXY header is too short for its addresses")
    if len(data) < size:
        return None
    hosts = [socket.inet_ntop(family, data[at : at + length]) for at in (16, 16 + length)]
    at = 16 + 2 * length
    ports = [int.from_bytes(data[p : p + 2], "big") for p in (at, at + 2)]
    source, destination = (_host_address(h, p) for h, p in zip(hosts, ports, strict=True))
    return ProxyHeader(size, source, destination)
