"""L{HeadCarryOver}: which heads a subscriber has got, over members that come and go.  Pure."""

from __future__ import annotations

from functools import lru_cache

from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder, encode

from quorumha.goquorum.decide.carry_over import CarryOver, FillCall

#: Of how many heads the hash is known: what may come twice is not far behind.
KNOWN = 64
#: Headers that are asked for at once.
AT_ONCE = 50
#: Bytes of a head that is remembered; those of chains have less.
SMALL = 16 * 1024
#: What a header has that a head has not (GOQUORUM.md 2, measured).
_NOT_OF_HEADS = ("size", "totalDifficulty")


class _Head(Struct):
    number: str
    hash: str


_HEAD = Decoder(_Head)
_OBJECT: Decoder[dict[str, Raw]] = Decoder(dict[str, Raw])


def _head_in(data: bytes) -> tuple[int, str] | None:
    """Its number and its hash; None: it is none."""
    try:
        head = _HEAD.decode(data)
        return int(head.number, 16), head.hash
    except (DecodeError, ValueError):
        return None


#: The same head comes to many subscribers.
_known_head = lru_cache(maxsize=2)(_head_in)


class HeadCarryOver(CarryOver):
    """Of one subscription to C{newHeads}.

    Each head is passed on once, and each block has one: those that are missed are filled in.  One that is
    not above the last one is a repetition; but at a member that has come as far, another hash is a chain
    that was reorganised, which the client hears of as from a node.
    """

    chunk = AT_ONCE
    #: The number of the last one that was passed on.
    last: int

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.last = -1
        self._hashes: dict[int, str] = {}
        #: The member has come as far as the one before.
        self._level = False

    def begin(self, height: int) -> None:
        """The first member has this block: heads follow it."""
        self.last = height
        self._level = True
        self._filling = False

    def attach(self) -> None:
        """A member gives heads from now on; what they are waits for L{reached}."""
        self._level = False
        self._filling = True

    def reached(self, height: int) -> list[bytes]:
        """So far has the member come."""
        self._level = height >= self.last
        self.missed = max(0, height - self.last)
        if height > self.last:
            self.needs = self.last + 1, height
            return []
        return self._go_on()

    def calls(self, first: int, last: int) -> list[FillCall]:
        """A header each."""
        return [("eth_getHeaderByNumber", b'["%#x"]' % number) for number in range(first, last + 1)]

    def read(self, results: list[bytes]) -> list[bytes] | None:
        """Headers as heads; None: the member does not show one of them yet."""
        heads = []
        for result in results:
            if result[:1] != b"{":
                return None
            found = _OBJECT.decode(result)
            for key in _NOT_OF_HEADS:
                found.pop(key, None)
            heads.append(encode(found))
        return heads

    def filled(self, last: int, items: list[bytes]) -> list[bytes]:
        """These were missed."""
        passed = [one for data in items for one in self._pass(data)]
        assert self.needs is not None
        if last < self.needs[1]:
            self.needs = last + 1, self.needs[1]
            return passed
        self.needs = None
        return passed + self._go_on()

    def _go_on(self) -> list[bytes]:
        """The fill is over: what came meanwhile follows, as far as there is no gap."""
        self._filling = False
        passed: list[bytes] = []
        for data in self._take_waiting():
            passed += self.item(data)
        return passed

    def _pass(self, data: bytes) -> list[bytes]:
        head = _known_head(data) if len(data) <= SMALL else _head_in(data)
        if head is None:
            # Not of a kind that is known: as it comes.
            return [data]
        number, hash = head
        if number > self.last + 1 and not self.needs:
            self._filling = True
            self.needs = self.last + 1, number - 1
            self.missed = number - 1 - self.last
            self._waiting.append(data)
            return []
        if number <= self.last and (not self._level or self._hashes.get(number, hash) == hash):
            return []
        for above in range(number + 1, self.last + 1):
            self._hashes.pop(above, None)
        self.last = number
        self._level = True
        self._hashes[number] = hash
        self._hashes.pop(number - KNOWN, None)
        return [data]
