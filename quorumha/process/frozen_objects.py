"""L{freeze_objects}: what is made at the start stays, so the garbage collector need not look at it again."""

from __future__ import annotations

import gc


def freeze_objects() -> None:
    """Call it when all that is made for the start is made.

    A full collection looks at every object that has lived for a while: at those of all modules, too, which
    takes 50 ms and more, and nobody is served meanwhile.  A changed configuration makes so many objects that
    one follows.  What only refers to itself in what is there now is never freed: that is a part of the first
    configuration, once.
    """
    gc.collect()
    gc.freeze()
