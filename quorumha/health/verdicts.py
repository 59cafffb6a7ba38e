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
    @ivar reached: who is silent took the connection.
    """

    fault: str | None = None
    database_dead: bool = False
    silent: bool = False
    reached: bool = True


WELL = Verdict()
#: Nothing came of a check that says anything of the member: it could not be made.
NO_VERDICT = Verdict("its check could not be made")
#: The same: this process did not run while the response was waited for.
LATE = Verdict("its check was not scheduled in time")

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


#: What a Tessera says when it cannot reach its database.
DEAD = Verdict("its database does not answer", database_dead=True)


def tessera(status: int, _: bytes) -> Verdict:
    """Of the answer to L{DEEP_PATH}."""
    if status in (200, 404):
        return WELL
    if status == 500:
        return DEAD
    return Verdict(f"its check is answered with {status}")


#: Who has the path of L{DEEP_PATH}, and could look.
SERVED = Verdict()
#: Who has not.
NOT_SERVED = Verdict("it has no GET /transaction")

#: What every port of a Tessera has.
UP_CHECK = b"/upcheck"
#: What it says of its database, with status 200, until 21.10 (captured).
_UNAVAILABLE = b"Database unavailable"
#: How a Tessera begins that looked for a transaction in vain (captured); of a path it says otherwise.
_NO_SUCH_TRANSACTION = b"Message with hash "


def served(status: int, body: bytes) -> Verdict:
    """Of the answer to L{DEEP_PATH} by a port that may not have it: L{SERVED}, L{NOT_SERVED} or L{DEAD}."""
    if status == 500:
        return DEAD
    return SERVED if status == 404 and body.startswith(_NO_SUCH_TRANSACTION) else NOT_SERVED


def up(status: int, body: bytes) -> Verdict:
    """Of the answer to L{UP_CHECK}."""
    if status != 200:
        return Verdict(f"its check is answered with {status}")
    return DEAD if _UNAVAILABLE in body else WELL
