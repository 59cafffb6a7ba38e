"""Endpoint strings, read once: what they say, and what is wrong with those that nobody can use.

Twisted's own parsers read them, too, so a string that passes here passes later.  Nothing is opened.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

from attrs import evolve, frozen
from twisted.internet.endpoints import clientFromString, quoteStringArgument, serverFromString
from twisted.internet.interfaces import (
    IReactorPluggableNameResolver,
    IStreamClientEndpointStringParserWithReactor,
    IStreamServerEndpointStringParser,
)
from twisted.plugin import getPlugins
from zope.interface import directlyProvides

from quorumha.config.endpoint_text import EndpointText, take_apart
from quorumha.config.spelling import Substituted, did_you_mean, nearest, show

#: Where Twisted's own parsers have host and port; of another plugin's string only the prefix is known.
CLIENT_PREFIXES = ("tcp", "unix", "ssl", "tls")
#: And the place of the interface, and which it is unless given.
SERVER_PREFIXES = {
    "tcp": (1, ""),
    "tcp6": (1, "::"),
    "unix": None,
    "ssl": (4, ""),
    "tls": None,
    "haproxy": None,
}

#: What C{domain=} of a socket from systemd may say.
SYSTEMD_DOMAINS = ("INET", "INET6", "UNIX")

_INTERFACE_FIRST = re.compile(r"(?:tcp6?:)?(\[[0-9A-Fa-f:.]+\]|[0-9]+(?:\.[0-9]+){3}):([0-9]+)")

#: What a C{unix:} listener takes; C{lockfile} is Twisted's, and not needed.
_UNIX_ARGUMENTS = {"address", "mode", "user", "owner", "group", "backlog"}

#: Bytes of a path that fit into C{sun_path} beside the closing NUL (unix(7): 108 on Linux, 104 on the BSDs).
LONGEST_PATH = 107 if sys.platform == "linux" else 103


#: What a client endpoint wants of a reactor before it connects.
_NO_REACTOR = SimpleNamespace(nameResolver=None)
directlyProvides(_NO_REACTOR, IReactorPluggableNameResolver)


@frozen
class Address:
    """What an endpoint string says; None: it says nothing of it.

    @ivar text: the string, taken apart; below the PROXY protocol what stands behind C{haproxy:}.
    @ivar host: to dial, or the interface to listen on.
    @ivar path: of a unix socket.
    @ivar given: C{name=NAME} or C{index=NUMBER} of a socket that systemd gives.
    @ivar proxied: it speaks the PROXY protocol.
    """

    text: EndpointText
    host: str | None = None
    port: int | None = None
    path: str | None = None
    given: str | None = None
    proxied: bool = False

    @property
    def brings_tls(self) -> bool:
        """The endpoint itself speaks TLS."""
        return self.text.prefix in ("ssl", "tls")


def read_client(endpoint: str) -> Address:
    """What a client endpoint string dials.

    @raise ValueError: nobody can read it; the text says why.
    """
    parts = take_apart(endpoint)
    if not _is_known(endpoint, parts.prefix, CLIENT_PREFIXES, IStreamClientEndpointStringParserWithReactor):
        return Address(parts)
    _parse(endpoint, lambda: clientFromString(_NO_REACTOR, str(endpoint)))
    if parts.prefix == "unix":
        return _checked(Address(parts, path=parts.argument("path", 0) or ""))
    return _checked(Address(parts, parts.argument("host", 0), int(parts.argument("port", 1) or 0)))


def read_server(endpoint: str) -> Address:
    """What a server endpoint string listens on.

    @raise ValueError: nobody can read it; the text says why.
    """
    parts = take_apart(endpoint)
    if parts.prefix == "stdio":
        raise ValueError("the standard input is one connection and nothing to listen on")
    if parts.prefix == "haproxy":
        if endpoint.startswith("haproxy:unix:"):
            raise ValueError(
                f"{show(endpoint)}: Twisted would open this socket to every user; use haproxy:tcp:"
            )
        inner = take_apart(endpoint.removeprefix("haproxy:"))
        found = _systemd(endpoint, inner) if inner.prefix == "systemd" else _listening(endpoint, inner)
        return evolve(found, proxied=True)
    if parts.prefix == "systemd":
        return _systemd(endpoint, parts)
    swapped = _INTERFACE_FIRST.fullmatch(endpoint)
    if swapped and not isinstance(endpoint, Substituted):
        host, port = swapped.groups()
        kind = "tcp6" if ":" in host else "tcp"
        right = f"{kind}:{port}:interface={quoteStringArgument(host.strip('[]'))}"
        raise ValueError(f"{show(endpoint)} names the interface first; did you mean {right!r}?")
    return _unix(endpoint, parts) if parts.prefix == "unix" else _listening(endpoint, parts)


def _is_known(text: str, prefix: str, known: Iterable[str], plugins: Any) -> bool:
    """Whether more of it is known than that a plugin can read it."""
    if prefix in known:
        return True
    others = sorted({p.prefix for p in getPlugins(plugins)} - {"stdio"})
    if text.startswith(f"{prefix}:") and prefix in others:
        return False
    raise ValueError(_unknown_prefix(text, prefix, tuple(dict.fromkeys((*known, *others)))))


def _parse(text: str, make: Callable[[], object]) -> None:
    try:
        # Twisted takes text apart only where it is str itself.
        make()
    except Exception as error:
        # Twisted's parsers raise whatever int(), open() and calls with wrong arguments raise.
        raise ValueError(f"{show(text)} is no endpoint: {_reason(error)}") from error


def _listening(text: str, parts: EndpointText) -> Address:
    if not _is_known(text, parts.prefix, SERVER_PREFIXES, IStreamServerEndpointStringParser):
        return Address(parts)
    _parse(text, lambda: serverFromString(None, str(text)))
    interface = SERVER_PREFIXES[parts.prefix]
    if interface is None:
        return Address(parts)
    place, usual = interface
    host = parts.argument("interface", place)
    return _checked(Address(parts, usual if host is None else host, int(parts.argument("port", 0) or 0)))


def _unix(text: str, parts: EndpointText) -> Address:
    """As L{quorumha.endpoints.unix} takes it: with an owner, and without a lock file."""
    unknown = set(parts.named) - _UNIX_ARGUMENTS
    if unknown & {"lockfile", "wantPID"}:
        raise ValueError(
            f"{show(text)}: there is no lock file; whether a socket is in use is found out by connecting"
        )
    if unknown:
        word = min(unknown)
        raise ValueError(
            f"{show(text)} is no endpoint: it takes no {word!r}{did_you_mean(word, _UNIX_ARGUMENTS)}"
        )
    mode, backlog = parts.argument("mode", 1), parts.argument("backlog", 2)
    if (mode is not None and not re.fullmatch("[0-7]{1,4}", mode)) or int(mode or "0", 8) > 0o777:
        raise ValueError(f"{show(text)} is no endpoint: the mode is not octal, as 660 is")
    if backlog is not None and not backlog.isdecimal():
        raise ValueError(f"{show(text)} is no endpoint: a number stands where none can be read")
    return _checked(Address(parts, path=parts.argument("address", 0) or ""))


def _checked(found: Address) -> Address:
    if found.port is not None and not 0 <= found.port <= 65535:
        raise ValueError(f"{found.port} is no port; ports go from 0 to 65535")
    if "@" in (found.host or ""):
        raise ValueError("a host has no @ in it, and a user or password is never sent; leave it out")
    if found.path is not None:
        check_path(found.path)
    return found


def check_path(path: str) -> None:
    """Look at the name alone.

    @raise ValueError: no unix socket can have it, or should.
    """
    if path.startswith(("\0", "@")):
        raise ValueError(
            "an abstract socket name has no owner and no mode, so any local user may take or use it; "
            "write a path"
        )
    if not path or "\0" in path:
        raise ValueError("a unix socket needs a path")
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise ValueError(f"the path of a unix socket has at most {LONGEST_PATH} bytes; use a shorter folder")


def _systemd(text: str, parts: EndpointText) -> Address:
    # Which sockets there are is known only to a process that systemd started.
    named = parts.named
    which = named.keys() - {"domain"}
    if (
        parts.positional
        or "domain" not in named
        or len(which) != 1
        or not which <= {"name", "index"}
        or not all(named.values())
    ):
        raise ValueError(f"{show(text)} is no endpoint: write systemd:domain=INET:name=NAME")
    if named["domain"] not in SYSTEMD_DOMAINS:
        raise ValueError(f"{show(text)}: the domain is one of {', '.join(SYSTEMD_DOMAINS)}")
    if not named.get("index", "0").isdecimal():
        raise ValueError(f"{show(text)}: {show(named['index'])} is no index; they count from 0")
    (key,) = which
    return Address(parts, given=f"{key}={named[key]}")


def _unknown_prefix(text: str, prefix: str, known: tuple[str, ...]) -> str:
    if isinstance(text, Substituted):
        return f"{show(text)} is no kind of endpoint; kinds are {', '.join(known)}"
    listens = "tcp6" in known
    if re.fullmatch(r"[0-9]+(:\w+=.*)?", text):
        lack, right = ("kind", f"tcp:{text}") if listens else ("host", f"tcp:HOST:{text}")
        return f"{show(text)} lacks a {lack}; did you mean {right!r}?"
    found = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::(\w+))?", text)
    if found and ("." in prefix or "[" in prefix or nearest(prefix, known) is None):
        host, port = found.groups()
        right = f"tcp:{{}}:interface={host}" if listens else f"tcp:{host}:{{}}"
        if port and port.isdecimal():
            return f"{show(text)} lacks a kind; did you mean {right.format(port)!r}?"
        return f"{show(text)} has no port; write {right.format('PORT')!r}"
    if text.startswith("/"):
        return f"{show(text)} lacks a kind; did you mean 'unix:{text}'?"
    return f"{show(prefix)} is no kind of endpoint; kinds are {', '.join(known)}{did_you_mean(prefix, known)}"


def _reason(error: Exception) -> str:
    """What a parser's exception means, in words without Python in them."""
    message = str(error)
    if found := re.search(r"unexpected keyword argument '(\w+)'", message):
        words = ("host", "port", "path", "interface", "backlog", "mode", "timeout", "bindAddress")
        return f"it takes no {found[1]!r}{did_you_mean(found[1], words)}"
    if found := re.search(r"missing \d+ required (?:\S+ )?arguments?: (.+)", message):
        return f"it lacks {found[1]}"
    if found := re.search(r"invalid literal for int\(\) with base (\d+)", message):
        return "a number stands where none can be read" if found[1] == "10" else "the mode is not octal"
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, TypeError):
        return "it has too many arguments, or one twice"
    return message or type(error).__name__
