"""L{CarryOver}: what a subscriber has got, and what it missed, over members that come and go.  Pure.

Who does the I/O calls L{CarryOver.begin} at the first member, and at each further one L{CarryOver.attach},
then L{CarryOver.reached}, and as long as there is C{needs}, asks for its next part and gives it to
L{CarryOver.filled}.  Each call returns what goes to the client now, in order.  A member that is lost on the
way leaves what was passed on as it is: the next one starts from there.
"""

from __future__ import annotations

#: A call whose result fills in a part: method and parameters, JSON.
FillCall = tuple[str, bytes]


class CarryOver:
    """Of one subscription.

    @ivar chunk: blocks that are asked for at once.
    @ivar needs: the first and the last block of what is still missing; None: nothing is.
    @ivar missed: how many blocks that were.
    """

    chunk = 1

    def __init__(self) -> None:
        self.needs: tuple[int, int] | None = None
        self.missed = 0
        #: What comes waits: until it is known what was missed, and while that is filled in.
        self._filling = True

    def begin(self, height: int) -> None:
        """The first member has this block: what follows it is wanted."""
        raise NotImplementedError

    def attach(self) -> None:
        """Another member was subscribed to: what it says waits for L{reached}."""
        raise NotImplementedError

    def lose(self, known: int) -> None:
        """The member is gone.

        @param known: the highest block that it was known to have; -1: none.
        """
        raise NotImplementedError

    def reached(self, height: int) -> list[bytes]:
        """The member, asked after it was subscribed to, has this block."""
        raise NotImplementedError

    def item(self, data: bytes) -> list[bytes]:
        """It says this of itself, JSON."""
        raise NotImplementedError

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
