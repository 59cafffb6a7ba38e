"""L{SpreadRule}: whether a second member has acknowledged transactions, from what members say.  Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from quorumha.goquorum.decide.own_calls import OwnCall, OwnEntry
from quorumha.goquorum.decide.spreading import Spreading
from quorumha.goquorum.decide.verdict import Verdict, asks_next

BY_HASH = "eth_getTransactionByHash"
RAW_BY_HASH = "eth_getRawTransactionByHash"
SEND_RAW = "eth_sendRawTransaction"

#: Seconds after the acknowledgement when the second member is asked.  It mostly has it within one millisecond
#: (measured: 0.7 ms p50, 7 ms p95): who asks again after 5 ms alone, waits 5 ms half of the time.  To ask
#: more often takes time from everybody else, and gains little.
LOOKS = (0.0, 0.001, 0.005)
#: Seconds for which no timer is begun: a reactor's has whole milliseconds.
NO_TIMER = 0.0004
#: Seconds from one round to the next while bytes are carried over.
EVERY = 0.02
#: Seconds after which nobody waits any more while the transaction's member lives.
AT_MOST = 0.5
#: Seconds for which others are asked after it is gone: what it told them may be on its way (measured: 32 ms).
NOTED_FOR = 0.1
#: Seconds after which bytes are sent again to a member that had a fault.
AGAIN = 0.1
#: How many transactions one request asks for, and how many of them are read back in one: these are large.
MOST, MOST_READ = 1000, 32
#: Bytes of transactions that one request carries: a node takes 5 MiB, and hex digits are twice as long.
MOST_CARRIED = 1024**2

#: Another transaction has the nonce: this one cannot take place there.
_UNDERPRICED = "replacement transaction underpriced"


class SpreadRule:
    """Transactions that one member acknowledged.

    @ivar open: the hashes of those of which it is not known yet.
    @ivar raw: their bytes, as far as they are in hand, by hash.
    @ivar gone: their member does not answer any more.
    @ivar ends_at: when it is over, by the clock.
    """

    def __init__(self, hashes: Iterable[str], raw: Mapping[str, bytes], now: float) -> None:
        self.open = dict.fromkeys(hashes)
        self.raw = dict(raw)
        self.gone = False
        self.ends_at = now + AT_MOST
        self.found: dict[str, Spreading] = {}
        #: Of those whose nonce is another one's somewhere: since when that is known.
        self._disputed: dict[str, float] = {}
        #: Those that their member itself does not have any more.
        self._absent: set[str] = set()

    # A second member.

    def calls(self, most: int = MOST, sent: Collection[str] = ()) -> list[OwnCall]:
        """What it is asked: to take what is in hand, then whether it has each.

        @param most: how many it is asked for at once.
        @param sent: those that are not sent to it now: it got them before.
        """
        calls: list[OwnCall] = []
        carried = 0
        for hash in list(self.open)[:most]:
            raw = self.raw.get(hash)
            if raw is not None and hash not in sent and carried < MOST_CARRIED:
                carried += len(raw)
                calls.append(OwnCall(SEND_RAW, f"0x{raw.hex()}"))
            calls.append(OwnCall(BY_HASH, hash))
        return calls

    def second_said(self, calls: Sequence[OwnCall], entries: Sequence[OwnEntry], now: float) -> None:
        """Take what it said."""
        taken = disputed = False
        for call, entry in zip(calls, entries, strict=True):
            if call.method == SEND_RAW:
                taken = bool(entry.result) or entry.verdict is Verdict.KNOWN
                disputed = entry.verdict is Verdict.NONCE_TOO_LOW or entry.message == _UNDERPRICED
                continue
            hash = call.parameter
            if hash in self.open:
                if taken or entry.found:
                    self._close(hash, Spreading.SEEN)
                elif disputed:
                    # It may be on its way to a block, and be found by its hash in the next round.
                    self._disputed.setdefault(hash, now)
            taken = disputed = False
        for hash, since in self._disputed.items():
            if hash in self.open and now - since >= NOTED_FOR:
                self._close(hash, Spreading.LOST)

    def refused(self, calls: Sequence[OwnCall], entries: Sequence[OwnEntry]) -> list[str]:
        """Which of those that were sent may be sent to it again: it has a fault, and nothing was done."""
        return [
            after.parameter
            for call, after, entry in zip(calls, calls[1:], entries, strict=False)
            if call.method == SEND_RAW and asks_next(entry.verdict)
        ]

    # Their own member.

    def source_calls(self) -> list[OwnCall]:
        """What it is asked: the bytes of those that are not in hand; whether it has the others."""
        lacking = [hash for hash in self.open if hash not in self.raw]
        if lacking:
            return [OwnCall(RAW_BY_HASH, hash) for hash in lacking[:MOST_READ]]
        return self.presence_calls()

    def presence_calls(self) -> list[OwnCall]:
        """Whether it has each."""
        return [OwnCall(BY_HASH, hash) for hash in list(self.open)[:MOST]]

    def source_said(self, calls: Sequence[OwnCall], entries: Sequence[OwnEntry]) -> None:
        """Take what it said."""
        for call, entry in zip(calls, entries, strict=True):
            if entry.result:
                # An error says nothing of it: a token may not allow the question.
                (self._absent.discard if entry.found else self._absent.add)(call.parameter)
            if entry.found and call.method == RAW_BY_HASH:
                raw = _bytes(entry.result)
                if raw:
                    self.raw[call.parameter] = raw

    def source_gone(self, now: float) -> None:
        """It does not answer any more."""
        if not self.gone:
            self.gone = True
            if any(hash not in self.raw for hash in self.open):
                self.ends_at = min(self.ends_at, now + NOTED_FOR)

    # The end.

    def is_over(self, now: float) -> bool:
        """Whether there is nothing to wait for."""
        return not self.open or now >= self.ends_at

    def end(self) -> list[str]:
        """Nobody waits any more.

        @return: the hashes of those that only their member has, and it lives.
        """
        kept = []
        for hash in tuple(self.open):
            lost = self.gone or hash in self._absent or hash in self._disputed
            if not lost:
                kept.append(hash)
            self._close(hash, Spreading.LOST if lost else Spreading.KEPT)
        return kept

    def _close(self, hash: str, how: Spreading) -> None:
        del self.open[hash]
        self.found[hash] = how


def _bytes(result: bytes) -> bytes:
    """Of hex digits in a text of JSON; empty: it is none."""
    try:
        return bytes.fromhex(result[3:-1].decode("ascii")) if result[:3] == b'"0x' else b""
    except ValueError:
        return b""
