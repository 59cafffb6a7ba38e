"""The body of a request: passed on as it comes, and kept so that it can be sent again.

Kept in memory only, up to a limit for one request and a budget for all together.  A body
that outgrows either is released and streams: once a byte of it was sent, the request
cannot be sent again.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field

from quorumha.http.forward.replay_budget import ReplayBudget
from quorumha.http.wire.chunked import LAST_CHUNK, chunk
from quorumha.net.writer import Writer

#: Bytes that a kept piece takes beside its content: what Python needs for it.
PIECE_COST = 64
#: A body of so many bytes goes out in one piece with its head.  A larger one is not copied for that.
JOINED_TO_HEAD = 16 * 1024
#: Pieces smaller than this are joined: a body that comes byte by byte takes no more memory than its bytes.
JOINED_TO = 4096


@define(eq=False, repr=False)
class RequestBody:
    """What has come of one request's body, and how much of it the current attempt has sent.

    @ivar _limit: bytes kept at most; 0 means no limit of its own.
    @ivar _chunked: it is framed in chunks when it is sent.
    @ivar complete: its last byte has come.
    @ivar replayable: C{pieces} hold all that has come.
    @ivar pieces: in order, none empty.
    @ivar size: bytes that have come, kept or not.
    @ivar sent: the current attempt has handed over all of it, the last byte included.
    @ivar replay_lost: called when others needed its room; None while it cannot lose its replay.
    @ivar shared: see L{Holder<quorumha.http.forward.replay_budget.Holder>}.
    @ivar beginning: likewise.
    """

    _budget: ReplayBudget
    _limit: int
    _chunked: bool
    _cursor: int = 0
    shared: int = 0
    beginning: int = 0
    replay_lost: Callable[[], object] | None = None
    pieces: list[bytes] = field(factory=list)
    size: int = 0
    complete: bool = False
    replayable: bool = True
    sent: bool = False

    def add(self, data: bytes) -> bool:
        """Take the next piece; whether all so far are kept."""
        size = len(data)
        before = self.size
        self.size = before + size
        pieces = self.pieces
        if pieces and len(pieces) > self._cursor and len(pieces[-1]) + size <= JOINED_TO:
            pieces[-1] += data
            cost = size
        else:
            pieces.append(data)
            cost = size + PIECE_COST
        if self.replayable and (
            (self._limit and self.size > self._limit) or not self._budget.hold(self, before, size, cost)
        ):
            # Too large to keep: the pieces stay until they are sent the first time.
            self.replayable = False
            self._budget.leave(self)
        return self.replayable

    def lose_replay(self) -> None:
        """Be sent once only from now on: its room is needed."""
        self.replayable = False
        self._budget.leave(self)
        if self.replay_lost is not None:
            self.replay_lost()

    @classmethod
    def whole(cls, data: bytes) -> RequestBody:
        """One that is all there, and that somebody else keeps: it needs no room of the budget's."""
        # By place: there is one for each try, and names make a dictionary.
        return cls(_NO_BUDGET, 0, False, 0, 0, 0, None, [data], len(data), True)

    def begin(self, head: bytes) -> bytes:
        """Begin an attempt; what to write first: the request's head, and a small body with it."""
        pieces = self.pieces
        if len(pieces) == 1 and not self._chunked and len(pieces[0]) <= JOINED_TO_HEAD:
            self._cursor = 1
            # Nothing is left to send: so it is for most requests.
            self.sent = self.complete and self.replayable
            return head + pieces[0]
        self.sent = False
        self._cursor = 0
        return head

    def send_to(self, writer: Writer) -> None:
        """Send what the attempt has not sent yet, as far as the upstream takes it."""
        pieces = self.pieces
        while self._cursor < len(pieces) and not writer.queued:
            piece = pieces[self._cursor]
            self._cursor += 1
            writer.write(chunk(piece) if self._chunked else piece)
        if not self.replayable and self._cursor:
            self._forget_what_was_sent()
        if self._cursor < len(self.pieces):
            return
        if self.complete and not self.sent:
            self.sent = True
            if self._chunked:
                writer.write(LAST_CHUNK)

    def _forget_what_was_sent(self) -> None:
        sent = self.pieces[: self._cursor]
        del self.pieces[: self._cursor]
        self._cursor = 0
        if self.pieces:
            self._budget.give_back(self, sum(map(len, sent)) + PIECE_COST * len(sent))
        else:
            self._budget.give_back(self)

    def release(self) -> None:
        """Let go of everything kept."""
        self.pieces = []
        self._cursor = 0
        self.replay_lost = None
        if self.shared or self.beginning:
            self._budget.give_back(self)


_NO_BUDGET = ReplayBudget()
