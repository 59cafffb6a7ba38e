"""What Tessera's responses to checks say of it, and L{Database}: what is known of its way to that.  Pure."""

from __future__ import annotations

import math
from urllib.parse import quote

from attrs import define

from quorumha.health.verdicts import GOOD, Verdict
from quorumha.pool.member import Member

#: A transaction that does not exist: 64 bytes of zero.  Whoever can look it up says 404.
#: C{/upcheck} says "I'm up!" whatever the database does (Tessera, PR 1333; WIRE A3).
DEEP_PATH = b"/transaction/" + quote("A" * 86 + "==", safe="").encode("ascii")

#: What a Tessera says when it cannot reach its database.
DEAD = Verdict("its database does not answer", of_node=True)


def tessera(status: int, _: bytes) -> Verdict:
    """Of the answer to L{DEEP_PATH}."""
    if status in (200, 404):
        return GOOD
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
    return DEAD if _UNAVAILABLE in body else GOOD


@define(eq=False)
class Database:
    """A fact of a node.

    @ivar dead: a check said that it cannot reach its database.
    @ivar since: when one said last that it can again, by the clock; minus infinity: never.
    """

    dead: bool = False
    since: float = -math.inf

    def note(self, verdict: Verdict, now: float) -> None:
        """Take note of what a check says that would see it."""
        if verdict.of_node:
            self.dead = True
        elif verdict.fault is None and self.dead:
            # Who says it once and is silent then, or gone, has not said that it is back.
            self.dead = False
            self.since = now


def database_of(member: Member) -> Database:
    """That of a member's node."""
    return member.node.fact(Database)
