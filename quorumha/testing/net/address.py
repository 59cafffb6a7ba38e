"""Names of places in a L{MemoryTopology}, and the address objects made of them.

A place is C{"host:port"}, where the host is any text without a space, or
C{"unix:/path"}.  Nothing is resolved: C{"a:9101"} and C{"b:9101"} are two places.
"""

from __future__ import annotations

from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.interfaces import IAddress


def address_of(place: str) -> IAddress:
    """What C{getHost} or C{getPeer} say of a place.

    @raise ValueError: it is neither C{"host:port"} nor C{"unix:/path"}.
    """
    host, colon, rest = place.partition(":")
    if host == "unix" and rest:
        return UNIXAddress(rest)
    if not host or not colon or not rest.isdecimal():
        raise ValueError(f"{place!r} is neither host:port nor unix:/path")
    return IPv4Address("TCP", host, int(rest))


def client_address_of(place: str, source: str, number: int) -> IAddress:
    """Where a connection to C{place} comes from.

    @param source: the client's host, for places with a port.
    @param number: counts connections from 0; makes the client's port.
    """
    if isinstance(address_of(place), UNIXAddress):
        # The client's end of a unix socket has no name.
        return UNIXAddress(None)
    return IPv4Address("TCP", source, 40000 + number % 20000)
