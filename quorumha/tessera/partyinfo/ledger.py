"""L{Ledger}: the newest party info of each party, and which member has got it.  Pure.

Tessera keeps what it knows of other parties in memory only, and each node learns it from posts that come
to itself (WIRE A4).  A party posts every five seconds, the same each time but for rare changes,
so of each only the newest post matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import define, field, frozen

from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead

#: Parties that are remembered; the oldest posts are forgotten first.
PARTIES = 1000
#: Bytes of one post; a party info of a network of 1,000 nodes has some 100 KiB.
POST_LIMIT = 256 * 1024
#: Bytes of all posts.
SIZE = 16 * 1024 * 1024
#: Seconds: a party that has missed 120 of its posts is gone, and nobody needs to hear of it.
LIFETIME = 600.0


@frozen(eq=False)
class Entry:
    """A post in the ledger: a party info as it came, but for its framing.

    @ivar party: whose it is: its URL.
    @ivar number: later posts have higher ones.
    @ivar at: when it came, in the clock's seconds.
    @ivar head: with the target as sent up.
    @ivar client: who sent it.
    """

    party: bytes
    number: int
    at: float
    head: RequestHead
    client: Client
    body: bytes


@define(eq=False, repr=False)
class Ledger:
    """The newest post of each party, and which member has got it.

    @ivar used: bytes of all posts.
    """

    _parties: int = PARTIES
    _post_limit: int = POST_LIMIT
    _size: int = SIZE
    _lifetime: float = LIFETIME
    used: int = field(default=0, init=False)
    _number: int = field(default=0, init=False)
    # In the order of their numbers.
    _entries: dict[bytes, Entry] = field(factory=dict, init=False)
    _got: dict[str, dict[bytes, int]] = field(factory=dict, init=False)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, party: bytes) -> bool:
        return party in self._entries

    def __iter__(self) -> Iterator[Entry]:
        """The oldest first."""
        return iter(tuple(self._entries.values()))

    def add(self, party: bytes, head: RequestHead, client: Client, body: bytes, now: float) -> Entry | None:
        """A party has posted; what it posted before does not matter any more.

        @return: None: it is too large to be kept.
        """
        size = len(body)
        self.expire(now)
        self._forget(party, and_who_got=size > self._post_limit)
        if size > self._post_limit:
            return None
        while self._entries and (len(self._entries) >= self._parties or self.used + size > self._size):
            self._forget(next(iter(self._entries)))
        self._number += 1
        entry = self._entries[party] = Entry(party, self._number, now, head, client, body)
        self.used += size
        return entry

    def took(self, member: str, entry: Entry) -> None:
        """A member has got it, and said so."""
        if entry.party not in self._entries:
            return
        got = self._got.setdefault(member, {})
        got[entry.party] = max(entry.number, got.get(entry.party, 0))

    def lost(self, member: str, parties: Iterable[bytes]) -> int:
        """A member does not know these any more, whatever it got.

        @return: how many of them it had got.
        """
        got = self._got.get(member, {})
        return sum(got.pop(party, None) is not None for party in parties)

    def forget(self, member: str) -> None:
        """It is no member any more, whatever it got."""
        self._got.pop(member, None)

    def missing(self, member: str, now: float, max_age: float | None = None) -> list[Entry]:
        """What a member has not got, the oldest first.

        @param max_age: only posts of so many seconds; None: all that are remembered.
        """
        self.expire(now)
        got = self._got.get(member, {})
        return [
            entry
            for party, entry in self._entries.items()
            if got.get(party, 0) < entry.number and (max_age is None or now - entry.at < max_age)
        ]

    def expire(self, now: float) -> None:
        """Forget parties that are gone."""
        while self._entries:
            oldest = next(iter(self._entries.values()))
            if now - oldest.at < self._lifetime:
                return
            self._forget(oldest.party)

    def _forget(self, party: bytes, and_who_got: bool = True) -> None:
        entry = self._entries.pop(party, None)
        if entry is not None:
            self.used -= len(entry.body)
        if and_who_got:
            for got in self._got.values():
                got.pop(party, None)
