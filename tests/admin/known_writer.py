"""A pool's writer of whom a test says itself what is known."""

from __future__ import annotations

from typing import Any

from attrs import define, evolve, field

from quorumha.pool.member import Member
from quorumha.pool.one_writer import MemberRole, Undecidable, WriterState
from quorumha.pool.pool import UpstreamPool

#: When it began, in seconds since the epoch.
SINCE = 1_700_000_000.0


@define(eq=False)
class KnownWriter:
    """A L{OneWriter<quorumha.pool.one_writer.OneWriter>}.

    @ivar words: what operators have said.
    @ivar refuses: why their words are refused; empty: they are taken.
    """

    known: WriterState
    roles: dict[str, MemberRole] = field(factory=dict)
    words: list[str] = field(factory=list)
    refuses: str = ""

    def state(self) -> WriterState:
        return self.known

    def role_of(self, member: Member) -> MemberRole:
        return self.roles.get(member.name, MemberRole())

    def use(self, member: Member) -> WriterState:
        self._word(f"use {member.name}")
        self.known = evolve(
            self.known, upstream=member.name, split=(), cause="", next="all sessions go there"
        )
        return self.known

    def forget(self) -> WriterState:
        self._word("forget")
        self.known = evolve(self.known, upstream="", timeline=0, cause="nobody has said anything yet")
        return self.known

    def _word(self, word: str) -> None:
        if self.refuses:
            raise Undecidable(self.refuses)
        self.words.append(word)


def written_to(pool: UpstreamPool, **more: Any) -> KnownWriter:
    """Have its first member be written to, on timeline 2, and the others be standbys.

    @param more: what else is so, of L{WriterState}.
    """
    first = pool.members[0].name
    known = {"group": pool.name, "upstream": first, "timeline": 2, "since": SINCE} | more
    roles = {one.name: MemberRole("standby", 2, said_at=SINCE + 50) for one in pool.members}
    roles[first] = MemberRole("primary", 2, synchronous=True, said_at=SINCE + 50)
    found = KnownWriter(WriterState(**known), roles)
    pool.writer = found
    return found


#: What else is so while two members claim one timeline.
SPLIT = {
    "upstream": "",
    "cause": "several databases claim the same timeline (a, b)",
    "next": "a person decides",
    "split": ("a", "b"),
}
