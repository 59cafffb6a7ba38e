"""C{systemd:domain=INET:name=p2p}: which of the sockets that systemd gave is meant.

systemd passes them as descriptors, and says so in the environment (sd_listen_fds(3)).  Twisted reads that
when it is imported, once, and only if it is for this process.
"""

from __future__ import annotations

import itertools
import os
import socket
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen
from twisted.internet.endpoints import serverFromString

from quorumha.config.addresses import SYSTEMD_DOMAINS, Address
from quorumha.endpoints.kept_socket import KeptServerEndpoint

#: What C{domain=} may say.
DOMAINS = {word: socket.AddressFamily[f"AF_{word}"] for word in SYSTEMD_DOMAINS}


@frozen
class Given:
    """One socket that systemd gave; C{name} is its unit's C{FileDescriptorName=}."""

    name: str
    descriptor: int


def given_sockets() -> list[Given]:
    """What this process was given, in systemd's order."""
    # Twisted takes the other variables out of the environment, so that no child takes them for its own.
    names = os.environ.get("LISTEN_FDNAMES", "").split(":")
    found: list[Given] = []
    for index in itertools.count():
        try:
            adopted: Any = serverFromString(None, f"systemd:domain=UNIX:index={index}")
        except IndexError:
            break
        found.append(Given(names[index] if index < len(names) else "", adopted.fileno))
    return found


def systemd_endpoint(
    reactor: Any, address: Address, given: Sequence[Given], *, bare: bool
) -> KeptServerEndpoint:
    """Where to listen.

    @raise ValueError: there is no such socket, or it is another kind of thing; the text says what to do.
    """
    named = address.text.named
    domain = DOMAINS[named["domain"]]
    descriptor = _chosen(named, given).descriptor
    try:
        endpoint = KeptServerEndpoint(reactor, descriptor, bare=bare)
    except ValueError as error:
        raise ValueError(f"what systemd gave cannot be listened on: {error}") from None
    if endpoint.family != domain:
        raise ValueError(_other_family(endpoint.family))
    return endpoint


def _chosen(named: Mapping[str, str], given: Sequence[Given]) -> Given:
    name = named.get("name")
    found = [one for one in given if one.name == name] if name else list(given[int(named["index"]) :][:1])
    if len(found) > 1:
        raise ValueError(
            f"systemd gave {len(found)} sockets named {name!r}; each needs a .socket unit of its own "
            "with another FileDescriptorName="
        )
    if not given:
        raise ValueError(
            "systemd gave this process no socket. It does so only where it starts the service and the "
            "service's unit says Sockets=; to start by hand write tcp:PORT or unix:PATH"
        )
    if not found:
        names = ", ".join(one.name or "one without a name" for one in given)
        raise ValueError(
            f"systemd gave no such socket, but: {names}. The name is FileDescriptorName= of the .socket unit"
        )
    return found[0]


def _other_family(family: socket.AddressFamily) -> str:
    if family is socket.AF_INET6:
        return (
            "systemd gave an IPv6 socket (ListenStream=PORT makes one); write domain=INET6, or "
            "ListenStream=0.0.0.0:PORT in the .socket unit"
        )
    kind = next((word for word, one in DOMAINS.items() if one == family), family.name)
    return f"systemd gave a socket of another kind; write domain={kind}"
