"""Endpoint strings, C{prefix:positional:key=value}, taken apart by Twisted's rules."""

from __future__ import annotations

import re

from attrs import frozen
from twisted.internet.abstract import isIPAddress, isIPv6Address

_PIECE = re.compile(r"\\.|[^\\]|\\$", re.DOTALL)


@frozen
class EndpointText:
    """The parts of one string.

    @ivar prefix: before the first colon.
    @ivar positional: arguments without a name, in order.
    @ivar named: of two with the same name the last.
    """

    prefix: str
    positional: tuple[str, ...]
    named: dict[str, str]

    def argument(self, name: str, place: int) -> str | None:
        """The argument C{name}, or the one that stands at C{place}, counted from 0; None without."""
        if name in self.named:
            return self.named[name]
        return self.positional[place] if len(self.positional) > place else None

    @property
    def name(self) -> str | None:
        """The host that TCP or TLS goes to, if it is a name; None for an IP address, and without a host."""
        host = self.argument("host", 0) if self.prefix in ("tcp", "tls", "ssl") else None
        return None if not host or isIPAddress(host) or isIPv6Address(host) else host


def take_apart(text: str) -> EndpointText:
    r"""Take apart one endpoint string.

    >>> take_apart(r"unix:/run/a\:b:mode=600")
    EndpointText(prefix='unix', positional=('/run/a:b',), named={'mode': '600'})
    """
    arguments: list[list[str]] = [[""]]
    for piece in _PIECE.findall(text):
        argument = arguments[-1]
        if piece == ":":
            arguments.append([""])
        elif piece == "=" and len(argument) == 1:
            argument.append("")
        else:
            argument[-1] += piece[1:] if len(piece) == 2 else piece
    positional = tuple(a[0] for a in arguments if len(a) == 1)
    return EndpointText(
        positional[0] if positional else "", positional[1:], {a[0]: a[1] for a in arguments if len(a) == 2}
    )
