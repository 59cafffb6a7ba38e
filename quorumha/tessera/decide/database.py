"""L{Database}: what is known of a Tessera's way to its database."""

from __future__ import annotations

import math

from attrs import define

from quorumha.health.verdicts import Verdict
from quorumha.pool.member import Member


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
