"""What an operator writes for one upstream.  PURE.

A URL (C{http://h:p}, C{https://h:p}), C{unix:/path}, C{tcp:host:port} with IPv6 in brackets, or any Twisted
client endpoint string.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from attrs import evolve
from hyperlink import URL, URLParseError
from twisted.internet.endpoints import quoteStringArgument

from quorumha.config.addresses import Address, read_client
from quorumha.config.masking import masked_value
from quorumha.config.model import UpstreamConfig
from quorumha.config.spelling import did_you_mean, show

#: The port a URL stands for when it names none.
URL_PORTS = {"http": 80, "https": 443}

#: Schemes of what no endpoint is.
_WEBSOCKETS = ("ws", "wss")

#: Underscores are in no host name, but in many names of containers.
_HOST = re.compile(r"[A-Za-z0-9._:-]+")

_BRACKETED = re.compile(r"tcp:\[([0-9A-Fa-f:.]+)\]:([0-9]+)((?::.*)?)")


def read_target(text: str) -> UpstreamConfig:
    """Read what is written for an upstream, where that is all that is written.

    @raise ValueError: it cannot be used; the text says why.
    """
    if "://" in text:
        return read_url(text)
    bracketed = _BRACKETED.fullmatch(text)
    if bracketed:
        host, port, rest = bracketed.groups()
        text = f"tcp:host={quoteStringArgument(host)}:port={port}{rest}"
    found = read_client(text)
    if found.path is not None:
        return UpstreamConfig(found.path, text, "localhost", address=found)
    if found.host is None or found.port is None:
        return UpstreamConfig(masked_value(text), text, "localhost", address=found)
    if not found.host:
        raise ValueError(f"{show(text)} names no host")
    if not found.port:
        raise ValueError("0 is no port to connect to")
    usual = URL_PORTS["https" if found.brings_tls else "http"]
    return _named(found, text, found.host, found.port, usual, tls=False)


def read_url(text: str, schemes: Mapping[str, int] = URL_PORTS) -> UpstreamConfig:
    """Read the URL of an upstream, without a path.

    @param schemes: those that it may have, without TLS and with it, and the port each stands for.
    @raise ValueError: it cannot be used; the text says why.
    """
    plain, secure = schemes
    try:
        url = URL.from_text(str(text))
    except (URLParseError, ValueError):
        raise ValueError(f"{show(text)} is not a URL; write {plain}://HOST:PORT") from None
    scheme = url.scheme.lower()
    if scheme in _WEBSOCKETS and scheme not in schemes:
        raise ValueError(f"{show(text)} is the address of a WebSocket: that is the member's `websocket`")
    if scheme not in schemes:
        meant = did_you_mean(scheme, schemes)
        if not meant and schemes is URL_PORTS:
            meant = "; what speaks no HTTP, a database for one, is tcp:HOST:PORT"
        raise ValueError(f"{show(text)} is not {plain} or {secure}{meant}")
    if url.userinfo:
        raise ValueError("a user or password in a URL is never sent; leave it out")
    if url.path and url.path != ("",):
        raise ValueError(
            "a path in an upstream's URL is never used; write `upstream_path` in a route instead"
        )
    if url.query or url.fragment:
        raise ValueError("a query or fragment in an upstream's URL is never used; leave it out")
    if not url.host:
        raise ValueError(f"{show(text)} names no host")
    host = _ascii_host(url)
    port = schemes[scheme] if url.port is None else url.port
    if not 1 <= port <= 65535:
        raise ValueError(f"{port} is no port; ports go from 1 to 65535")
    # Through Twisted's parser too, so that what passes here passes later.
    endpoint = f"tcp:host={quoteStringArgument(host)}:port={port}"
    named = _named(read_client(endpoint), endpoint, host, port, schemes[scheme], tls=scheme == secure)
    return evolve(named, scheme=scheme)


def _ascii_host(url: URL) -> str:
    host = url.host
    if not host.isascii():
        try:
            host = url.to_uri().host
        except ValueError:
            raise ValueError("the host is no name that can be looked up") from None
    if not _HOST.fullmatch(host):
        raise ValueError("the host is no name and no address")
    return host


def _named(found: Address, endpoint: str, host: str, port: int, usual: int, *, tls: bool) -> UpstreamConfig:
    """One that is called, and addressed, by host and port; TLS that its endpoint brings is not asked for."""
    shown = f"[{host}]" if ":" in host else host
    name = f"{shown}:{port}"
    return UpstreamConfig(name, endpoint, shown if port == usual else name, tls, address=found)
