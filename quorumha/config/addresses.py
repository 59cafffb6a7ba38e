"""What an endpoint string says, read by Twisted's own parsers.

The endpoints are made on a reactor that opens nothing and only writes down what it
is asked to: the host and the port, or the path.  So there is no second
grammar, and a string that passes here passes later.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from attrs import define, field, frozen
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import clientFromString, quoteStringArgument, serverFromString
from twisted.internet.interfaces import (
    IReactorPluggableNameResolver,
    IStreamClientEndpointStringParserWithReactor,
    IStreamServerEndpointStringParser,
)
from twisted.internet.protocol import Factory, Protocol
from twisted.plugin import getPlugins
from zope.interface import implementer

from quorumha.config.spelling import Substituted, did_you_mean, show

#: What Twisted's own parsers make of these is known; another plugin's string is only looked up.
CLIENT_PREFIXES = ("tcp", "unix", "ssl", "tls")
SERVER_PREFIXES = ("tcp", "tcp6", "unix", "ssl", "tls", "haproxy")

#: What C{domain=} of a socket from systemd may say.
SYSTEMD_DOMAINS = ("INET", "INET6", "UNIX")

_INTERFACE_FIRST = re.compile(r"(?:tcp6?:)?(\[[0-9A-Fa-f:.]+\]|[0-9]+(?:\.[0-9]+){3}):([0-9]+)")

#: Arguments of a C{unix:} listener that quorumha reads itself.
OWN_UNIX_ARGUMENTS = ("user", "group", "owner")

#: Bytes of a path that fit into C{sun_path} (unix(7)), the closing NUL left out.
LONGEST_PATH = 107


@frozen
class Address:
    """Where an endpoint string leads.

    @ivar prefix: the word before the first colon.
    @ivar host: host to dial or interface to listen on; None where there is none.
    @ivar port: TCP port; None where there is none.
    @ivar path: path of a unix socket; None where there is none.
    @ivar given: C{name=NAME} or C{index=NUMBER} of a socket that systemd gives; None where it gives none.
    """

    prefix: str
    host: str | None = None
    port: int | None = None
    path: str | None = None
    given: str | None = None


@define
class _Names:
    """Resolves nothing: writes down who is asked for."""

    notes: dict[str, Any]

    def resolveHostName(self, receiver: Any, hostName: str, portNumber: int = 0, *_: Any, **__: Any) -> Any:
        self.notes.update(host=hostName, port=portNumber)
        return receiver


@implementer(IReactorPluggableNameResolver)
@define(slots=False)
class _Notebook:
    """A reactor that opens nothing and writes down what it is asked to open."""

    notes: dict[str, Any] = field(factory=dict)

    @property
    def nameResolver(self) -> Any:
        return _Names(self.notes)

    def installNameResolver(self, resolver: Any) -> Any:
        raise NotImplementedError("this reactor resolves nothing")

    def connectTCP(self, host: str, port: int, *_: Any, **__: Any) -> None:
        self.notes.update(host=host, port=port)

    connectSSL = connectTCP

    def listenTCP(self, port: int, factory: Any, backlog: int = 50, interface: str = "") -> None:
        self.notes.update(host=interface, port=port)

    def listenSSL(
        self, port: int, factory: Any, contextFactory: Any, backlog: int = 50, interface: str = ""
    ) -> None:
        self.notes.update(host=interface, port=port)

    def connectUNIX(self, address: str, *_: Any, **__: Any) -> None:
        self.notes.update(path=address)

    listenUNIX = connectUNIX


def read_client(endpoint: str) -> Address:
    """What a client endpoint string dials.

    @raise ValueError: nobody can read it; the text says why.
    """
    return _read(endpoint, CLIENT_PREFIXES, IStreamClientEndpointStringParserWithReactor, _dial)


def read_server(endpoint: str) -> Address:
    """What a server endpoint string listens on.

    @raise ValueError: nobody can read it; the text says why.
    """
    if endpoint.partition(":")[0] == "stdio":
        raise ValueError("the standard input is one connection and nothing to listen on")
    if (bare := endpoint.removeprefix("haproxy:")).startswith("systemd:"):
        return _systemd(endpoint, bare)
    swapped = _INTERFACE_FIRST.fullmatch(endpoint)
    if swapped and not isinstance(endpoint, Substituted):
        host, port = swapped.groups()
        kind = "tcp6" if ":" in host else "tcp"
        right = f"{kind}:{port}:interface={quoteStringArgument(host.strip('[]'))}"
        raise ValueError(f"{show(endpoint)} names the interface first; did you mean {right!r}?")
    bare = re.sub(rf"(?<!\\):(?:{'|'.join(OWN_UNIX_ARGUMENTS)})=[^:]*", "", endpoint)
    return _read(
        bare if endpoint.startswith("unix:") else endpoint,
        SERVER_PREFIXES,
        IStreamServerEndpointStringParser,
        _listen,
    )


def _dial(reactor: _Notebook, text: str) -> None:
    _forget(clientFromString(reactor, text).connect(Factory.forProtocol(Protocol)))


def _listen(reactor: _Notebook, text: str) -> None:
    _forget(serverFromString(reactor, text).listen(Factory.forProtocol(Protocol)))


def _forget(waiting: Deferred[Any]) -> None:
    # Nothing was opened, so nothing comes of it but a complaint of what would be opened next.
    waiting.addErrback(lambda _: None)


def _read(text: str, known: tuple[str, ...], plugins: Any, make: Callable[[_Notebook, str], None]) -> Address:
    prefix, colon, _ = text.partition(":")
    if prefix not in known:
        others = sorted({p.prefix for p in getPlugins(plugins)} - {"stdio"})
        if colon and prefix in others:
            return Address(prefix)
        raise ValueError(_unknown_prefix(text, prefix, tuple(dict.fromkeys((*known, *others)))))
    if text.startswith("haproxy:unix:"):
        raise ValueError(f"{show(text)}: Twisted would open this socket to every user; use haproxy:tcp:")
    notebook = _Notebook()
    try:
        # Twisted takes text apart only where it is str itself.
        make(notebook, str(text))
    except Exception as error:
        # Twisted's parsers raise whatever int(), open() and calls with wrong arguments raise.
        raise ValueError(f"{show(text)} is no endpoint: {_reason(error)}") from error
    notes = notebook.notes
    found = Address(prefix, notes.get("host"), notes.get("port"), notes.get("path"))
    _check(found)
    return found


def _check(found: Address) -> None:
    if found.port is not None and not 0 <= found.port <= 65535:
        raise ValueError(f"{found.port} is no port; ports go from 0 to 65535")
    if "@" in (found.host or ""):
        raise ValueError("a host has no @ in it, and a user or password is never sent; leave it out")
    path = found.path
    if path is None:
        return
    if path.startswith(("\0", "@")):
        raise ValueError(
            "an abstract socket name has no owner and no mode, so any local user may take or use it; "
            "write a path"
        )
    if not path or "\0" in path:
        raise ValueError("a unix socket needs a path")
    if len(path.encode()) > LONGEST_PATH:
        raise ValueError(f"the path of a unix socket has at most {LONGEST_PATH} bytes")


def _systemd(text: str, bare: str) -> Address:
    # Which sockets there are is known only to a process that systemd started.
    words = [part.partition("=") for part in bare.split(":")[1:]]
    named = {word: value for word, _, value in words}
    which = named.keys() - {"domain"}
    if len(words) != 2 or "domain" not in named or not which <= {"name", "index"} or not all(named.values()):
        raise ValueError(f"{show(text)} is no endpoint: write systemd:domain=INET:name=NAME")
    if named["domain"] not in SYSTEMD_DOMAINS:
        raise ValueError(f"{show(text)}: the domain is one of {', '.join(SYSTEMD_DOMAINS)}")
    if not named.get("index", "0").isdecimal():
        raise ValueError(f"{show(text)}: {show(named['index'])} is no index; they count from 0")
    (key,) = which
    return Address(text.partition(":")[0], given=f"{key}={named[key]}")


def _unknown_prefix(text: str, prefix: str, known: tuple[str, ...]) -> str:
    if isinstance(text, Substituted):
        return f"{show(text)} is no kind of endpoint; kinds are {', '.join(known)}"
    if re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^:/=]+):[0-9]+", text) and ("." in prefix or "[" in prefix):
        return f"{show(text)} lacks a kind; did you mean 'tcp:{text}'?"
    if re.fullmatch(r"[0-9]+(:\w+=.*)?", text):
        return f"{show(text)} lacks a kind; did you mean 'tcp:{text}'?"
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
