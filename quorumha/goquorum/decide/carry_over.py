"""L{CarryOver}: what a subscriber has got, and what it missed, over members that come and go.  Pure.

Who does the I/O calls L{CarryOver.begin} at the first member, and at each further one L{CarryOver.attach},
then L{CarryOver.reached}, and as long as there is C{needs}, asks for its next part and gives it to
L{CarryOver.filled}.  Each call returns what goes to the client now, in order.  A member that is lost on the
way leaves what was passed on as it is: the next one starts from there.
"""

from __future__ import annotations

from collections import deque

#: A call whose result fills in a part: method and parameters, JSON.
FillCall = tuple[str, bytes]


class CarryOver:
    """Of one subscription.

    @ivar chunk: blocks that are asked for at once.
    @ivar needs: the first and the last block of what is still missing; None: nothing is.
    @ivar missed: how many blocks that were.
    """

    chunk = 1

    def __init__(self, most: int) -> None:
        """
        @param most: items that wait during a fill; those that are older are filled in, too.
        """
        self.needs: tuple[int, int] | None = None
        self.missed = 0
        #: What comes waits: until it is known what was missed, and while that is filled in.
        self._filling = True
        self._waiting: deque[bytes] = deque(maxlen=max(most, 1))

    def begin(self, height: int) -> None:
        """The first member has this block: what follows it is wanted."""
        raise NotImplementedError

    def attach(self) -> None:
        """Another member was subscribed to: what it says waits for L{reached}."""
        raise NotImplementedError

    def lose(self, known: int) -> None:
        """The member is gone, and so is what was not passed on.

        @param known: the highest block that it was known to have; -1: none.
        """
        self._waiting.clear()
        self.needs = None
        self._filling = True

    def reached(self, height: int) -> list[bytes]:
        """The member, asked after it was subscribed to, has this block."""
        raise NotImplementedError

    def item(self, data: bytes) -> list[bytes]:
        """It says this of itself, JSON."""
        if self._filling:
            self._waiting.append(data)
            return []
        return self._pass(data)

    def _pass(self, data: bytes) -> list[bytes]:
        """What goes to the client of an item; nothing, if it has that."""
        raise NotImplementedError

    def _take_waiting(self) -> deque[bytes]:
        """What came meanwhile, in order; nothing waits any more."""
        waiting, self._waiting = self._waiting, deque(maxlen=self._waiting.maxlen)
        return waiting

    def complete(self, height: int) -> None:
        """The member has said all there was of blocks up to this one, as far as can be known."""

    def calls(self, first: int, last: int) -> list[FillCall]:
        """What has to be asked of it for these blocks."""
        raise NotImplementedError

    def read(self, results: list[bytes]) -> list[bytes] | None:
        """What was missed, from the results; None: the member does not show all of it yet."""
        raise NotImplementedError

    def filled(self, last: int, items: list[bytes]) -> list[bytes]:
        """This was missed in C{needs} up to this block."""
        raise NotImplementedError
