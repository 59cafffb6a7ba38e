"""How bytes in flight are cut into the pieces that a reader gets.

TCP keeps the order of bytes and nothing else.  A parser that works only when a
request arrives in one piece is wrong, so the cut is chosen by the test.  A
I{chunker} is any callable C{(segment, available) -> size}:

  - C{segment}: bytes left of the oldest write that has not been read whole;
  - C{available}: bytes that may be read now, C{segment} or more;
  - it returns how many to hand over, 1 to C{available} inclusive.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

Chunker = Callable[[int, int], int]


def as_written(segment: int, available: int) -> int:  # noqa: ARG001 - the signature is the interface
    """Each piece is what one call of C{write} or C{writeSequence} wrote."""
    return segment


def all_at_once(segment: int, available: int) -> int:  # noqa: ARG001
    """Each piece is everything that has arrived, joined."""
    return available


def one_by_one(segment: int, available: int) -> int:  # noqa: ARG001
    """Each piece is one byte."""
    return 1


def seeded(seed: int, largest: int = 4096) -> Chunker:
    """Pieces of random sizes, the same for the same seed.

    @param largest: no piece is larger, in bytes.
    """
    random = Random(seed)

    def cut(segment: int, available: int) -> int:  # noqa: ARG001
        return random.randint(1, min(available, largest))

    return cut


def drawn(draw: Callable[[int, int], int], largest: int = 4096) -> Chunker:
    """Pieces of sizes that somebody else draws, such as hypothesis.

    With C{data = st.data()}: C{drawn(lambda low, high: data.draw(st.integers(low, high)))}.

    @param draw: called with the least and the greatest size, both inclusive.
    @param largest: no piece is larger, in bytes.
    """

    def cut(segment: int, available: int) -> int:  # noqa: ARG001
        return draw(1, min(available, largest))

    return cut
