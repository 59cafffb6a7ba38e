"""L{Rule}: what is done with the calls of a method.  Values."""

from __future__ import annotations

from attrs import frozen

from quorumha.goquorum.knowledge.method_table import Variant


@frozen
class Rule:
    """What is done with the calls of a method.

    @ivar call_class: what C{treat_as} takes; C{never} only where C{allow} names the method.
    @ivar parameter: which one names the block or the account, from 0; -1: the last one; None: none does.
    @ivar secret: not logged, and never sent to a second member once a byte was sent.
    @ivar name: the table's name or pattern, or that of C{methods}; C{other}: nothing knows the method.
        A client cannot write into it, so it may be logged.
    @ivar allowed: of class C{never}: what it becomes where C{allow} names it.
    @ivar variant: what it is where the parameters say so.
    """

    call_class: str
    parameter: int | None = None
    secret: bool = False
    name: str = "other"
    allowed: str = "never"
    variant: Variant | None = None
