"""L{home_order}: at which member an account is at home, and where it goes when that one is gone.  Pure.

Weighted rendezvous hashing: two proxies whose members have the same names agree without talking, and a member
that goes moves its own accounts alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from math import log
from typing import Protocol, TypeVar


class _Upstream(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def weight(self) -> int: ...

    @property
    def backup(self) -> bool: ...


class Named(Protocol):
    """A member, as far as its name and weight count."""

    @property
    def upstream(self) -> _Upstream: ...


M = TypeVar("M", bound=Named)


def home_order(account: bytes, members: Iterable[M]) -> list[M]:
    """The members, the account's home first: primaries before backups.

    @param account: the 20 bytes of its address.
    """
    places = []
    for member in members:
        upstream = member.upstream
        name = upstream.name.encode()
        digest = int.from_bytes(blake2b(account + name, digest_size=8).digest(), "big")
        # How far it is to the next one of a stream of events whose rate is the weight: the nearest wins.
        distance = -log((digest + 0.5) / 2.0**64) / upstream.weight
        places.append((upstream.backup, distance, name, member))
    places.sort(key=lambda place: place[:3])
    return [place[3] for place in places]
