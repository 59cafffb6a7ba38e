"""What an operator writes for one upstream.  PURE.

A URL (C{http://h:p}, C{https://h:p}), C{unix:/path}, C{tcp:host:port} with IPv6 in brackets, or any Twisted
client endpoint string.
"""

from __future__ import annotations

import re

from hyperlink import URL, URLParseError
from twisted.internet.endpoints import quoteStringArgument

from quorumha.config.addresses import Address, read_client
from quorumha.config.masking import masked_value
from quorumha.config.model import UpstreamConfig
from quorumha.config.spelling import did_you_mean, show

#: The port a URL stands for when it names none.
URL_PORTS = {"http": 80, "https": 443}

#: Underscores are in no host name, but in many names of containers.
_HOST = re.compile(r"[A-Za-z0-9._:-]+")

_BRACKETED = re.compile(r"tcp:\[([0-9A-Fa-f:.]+)\]:([0-9]+)((?::.*)?)")


def read_target(text: str) -> UpstreamConfig:
    """Read what is written for an upstream, where that is all that is written.

    @raise ValueError: it cannot be used; the text says why.
    """
    if "://" in text:
        return _from_url(text)
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
    return _named(found, text, found.host, found.port, "https" if found.brings_tls else "http")


def _from_url(text: str) -> UpstreamConfig:
    try:
        url = URL.from_text(str(text))
    except (URLParseError, ValueError):
        raise ValueError(f"{show(text)} is not a URL; write http://HOST:PORT") from None
    scheme = url.scheme.lower()
    if scheme not in URL_PORTS:
        raise ValueError(f"{show(text)} is not http or https{did_you_mean(scheme, URL_PORTS)}")
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
    port = URL_PORTS[scheme] if url.port is None else url.port
    if not 1 <= port <= 65535:
        raise ValueError(f"{port} is no port; ports go from 1 to 65535")
    # Through Twisted's parser too, so that what passes here passes later.
    endpoint = f"tcp:host={quoteStringArgument(host)}:port={port}"
    return _named(read_client(endpoint), endpoint, host, port, scheme)


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


def _named(found: Address, endpoint: str, host: str, port: int, scheme: str) -> UpstreamConfig:
    """One that is called, and addressed, by host and port; TLS that its endpoint brings is not asked for."""
    shown = f"[{host}]" if ":" in host else host
    name = f"{shown}:{port}"
    authority = shown if port == URL_PORTS[scheme] else name
    return UpstreamConfig(
        name, endpoint, authority, scheme == "https" and not found.brings_tls, address=found
    )
