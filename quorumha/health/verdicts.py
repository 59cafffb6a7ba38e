"""What the answer to a check says of a member.  Pure."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen


@frozen
class Verdict:
    """What one check came to.

    @ivar fault: why the member is not healthy, in words; None: it is.
    @ivar of_node: that is wrong with the node as a whole, whichever of its ports is asked.
    @ivar silent: there was no response in time: neither that nor a refusal.  Who is silent may act
        on what it was sent, once it wakes.
    @ivar reached: who is silent took the connection.
    @ivar lack: what the proxy itself lacked to make the check: it says nothing of the member.
    """

    fault: str | None = None
    of_node: bool = False
    silent: bool = False
    reached: bool = True
    lack: str | None = None


GOOD = Verdict()
#: A check that says nothing of the member: this process did not run while the response was waited for.
LATE = Verdict("its check was not scheduled in time")

#: From status and body of a response to a verdict.
VerdictOf = Callable[[int, bytes], Verdict]


def expecting(statuses: frozenset[int], text: bytes = b"") -> VerdictOf:
    """Good is who answers with one of these statuses, and with C{text} in the body."""

    def verdict(status: int, body: bytes) -> Verdict:
        if status not in statuses:
            return Verdict(f"its check is answered with {status}")
        if text not in body:
            return Verdict("the answer to its check lacks the expected text")
        return GOOD

    return verdict
