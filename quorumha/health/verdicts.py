"""What the answer to a check says of a member.  Pure."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from attrs import frozen


@frozen
class Verdict:
    """What one check came to.

    @ivar fault: why the member is not well, in words; None: it is.
    @ivar database_dead: it says that it cannot reach its database.
    @ivar silent: there was no response in time: neither that nor a refusal.  Who is silent may act
        on what it was sent, once it wakes.
    """

    fault: str | None = None
    database_dead: bool = False
    silent: bool = False


WELL = Verdict()
#: Nothing came of a check that says anything of the member: it could not be made.
NO_VERDICT = Verdict("its check could not be made")

#: A transaction that does not exist: 64 bytes of zero.  Whoever can look it up says 404.
#: C{/upcheck} says "I'm up!" whatever the database does (Tessera, PR 1333; WIRE A3).
DEEP_PATH = b"/transaction/" + quote("A" * 86 + "==", safe="").encode("ascii")

#: From status and body of an answer to a verdict.
Judging = Callable[[int, bytes], Verdict]


def expecting(statuses: frozenset[int], text: bytes = b"") -> Judging:
    """Well is who answers with one of these statuses, and with C{text} in the body."""

    def judge(status: int, body: bytes) -> Verdict:
        if status not in statuses:
            return Verdict(f"its check is answered with {status}")
        if text not in body:
            return Verdict("the answer to its check lacks the expected text")
        return WELL

    return judge


def tessera(status: int, _: bytes) -> Verdict:
    """Of the answer to L{DEEP_PATH}."""
    if status in (200, 404):
        return WELL
    if status == 500:
        return Verdict("its database does not answer", database_dead=True)
    return Verdict(f"its check is answered with {status}")
