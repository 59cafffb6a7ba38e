"""L{LogCarryOver}: which logs a subscriber has got, over members that come and go.  Pure."""

from __future__ import annotations

from attrs import frozen
from msgspec import DecodeError, Raw, Struct
from msgspec.json import Decoder, encode

from quorumha.goquorum.decide.carry_over import CarryOver, FillCall
from quorumha.goquorum.knowledge.json_reading import folded

#: Blocks whose logs are asked for at once.
AT_ONCE = 100
#: Of a filter: what is not of its range.
_KEPT = ("address", "topics")


class _Log(Struct):
    blockNumber: str | None = None
    blockHash: str | None = None
    logIndex: str | None = None
    removed: bool = False


_LOG = Decoder(_Log)
_LOGS: Decoder[list[Raw]] = Decoder(list[Raw])
_OBJECT: Decoder[dict[str, Raw]] = Decoder(dict[str, Raw])
_PARAMS: Decoder[list[Raw]] = Decoder(list[Raw])


@frozen
class _Place:
    """Of a log in the chain."""

    number: int
    hash: str
    index: int


class LogCarryOver(CarryOver):
    """Of one subscription to C{logs}.

    Each log is passed on once, by its block's hash and its index, and in order.
    """

    chunk = AT_ONCE

    def __init__(self, params: bytes, most: int) -> None:
        """
        @param params: of the subscription, JSON: its filter stands second.
        @param most: logs that wait during a fill; where there are more, a further fill brings them.
        """
        super().__init__(most)
        self._filter, self._first, self._last_wanted = _filter_of(params)
        #: All logs up to this block were passed on.
        self._done = -1
        #: And up to this one, most likely: a member that lives has said them.
        self._complete = -1
        #: The last one that was passed on.
        self._last: _Place | None = None
        self._known = -1
        self._reached = -1

    def begin(self, height: int) -> None:
        """The first member has this block: logs of the next ones are wanted."""
        self._done = self._complete = self._known = height
        self._filling = False

    def complete(self, height: int) -> None:
        """What the member said up to this block has come."""
        self._complete = max(self._complete, height)

    def lose(self, known: int) -> None:
        """What it was known to have is missed from there on."""
        super().lose(known)
        self._known = max(self._known, known)

    def attach(self) -> None:
        """A member gives logs from now on; what they are waits for L{reached}."""
        self._done = max(self._done, self._complete)
        self._filling = True

    def reached(self, height: int) -> list[bytes]:
        """So far has the member come."""
        self.missed = max(0, height - max(self._known, self._done))
        self._known = max(self._known, height)
        return self._fill_to(height)

    def _fill_to(self, height: int) -> list[bytes]:
        self._reached = height
        first = self._done + 1
        if self._last is not None:
            # Of its block more may have followed.
            first = max(first, self._last.number)
        if self._first is not None:
            first = max(first, self._first)
        last = height if self._last_wanted is None else min(height, self._last_wanted)
        if first <= last:
            self.needs = first, last
            return []
        return self._go_on()

    def calls(self, first: int, last: int) -> list[FillCall]:
        """One, for all of them."""
        asked = {
            **self._filter,
            "fromBlock": Raw(b'"%#x"' % first),
            "toBlock": Raw(b'"%#x"' % last),
        }
        return [("eth_getLogs", b"[" + encode(asked) + b"]")]

    def read(self, results: list[bytes]) -> list[bytes] | None:
        """The logs."""
        (result,) = results
        return [bytes(one) for one in _LOGS.decode(result)] if result[:1] == b"[" else None

    def filled(self, last: int, items: list[bytes]) -> list[bytes]:
        """These are the logs up to this block."""
        passed = [one for data in items for one in self._pass(data)]
        assert self.needs is not None
        self._done = max(self._done, last)
        if last < self.needs[1]:
            self.needs = last + 1, self.needs[1]
            return passed
        self.needs = None
        self._done = max(self._done, self._reached)
        return passed + self._go_on()

    def _go_on(self) -> list[bytes]:
        """The fill is over: what came meanwhile follows."""
        waiting = self._take_waiting()
        if waiting.maxlen == len(waiting):
            # The oldest ones were pushed out.
            highest = max((_number(_LOG.decode(data)) for data in waiting), default=-1)
            if highest > self._done:
                return self._fill_to(highest)
        self._filling = False
        return [one for data in waiting for one in self._pass(data)]

    def _pass(self, data: bytes) -> list[bytes]:
        try:
            log = _LOG.decode(data)
            number, index = _number(log), int(log.logIndex or "0", 16)
        except (DecodeError, ValueError):
            # Not of a kind that is known: as it comes.
            return [data]
        if number < 0:
            # Of a block that is pending.
            return [data]
        if log.removed:
            # The chain was reorganised: its blocks come anew.
            self._done = min(self._done, number - 1)
            self._complete = min(self._complete, number - 1)
            if self._last is not None and self._last.number >= number:
                self._last = None
            return [data]
        last, hash = self._last, log.blockHash or ""
        if number <= self._done:
            return []
        if last is not None and (
            number < last.number or (number == last.number and hash == last.hash and index <= last.index)
        ):
            return []
        self._last = _Place(number, hash, index)
        return [data]


def _number(log: _Log) -> int:
    return -1 if log.blockNumber is None else int(log.blockNumber, 16)


def _filter_of(params: bytes) -> tuple[dict[str, Raw], int | None, int | None]:
    """A subscription's filter without its range, and the range where it says numbers."""
    given = _PARAMS.decode(params) if params[:1] == b"[" else []
    if len(given) < 2 or bytes(given[1])[:1] != b"{":
        return {}, None, None
    found = {folded(key): value for key, value in _OBJECT.decode(given[1]).items()}
    kept = {key: found[key] for key in _KEPT if key in found}
    return kept, _block(found.get("fromblock")), _block(found.get("toblock"))


def _block(value: Raw | None) -> int | None:
    text = b"" if value is None else bytes(value)
    if text[:3] not in (b'"0x', b'"0X'):
        return None
    try:
        return int(text[1:-1], 16)
    except ValueError:
        return None
