"""L{NodeProbe}: one batch of calls to each member of a pool, again and again, that shows how it is."""

from __future__ import annotations

from attrs import Factory, field, frozen

from quorumha.goquorum.config import GoQuorumCheckConfig
from quorumha.goquorum.decide.facts import MemberGraded, SignMissing
from quorumha.goquorum.decide.heights import signs_of
from quorumha.goquorum.decide.member_grades import Grade, MemberGrades
from quorumha.goquorum.decide.shown_signs import (
    PRIVATE_STATE,
    SIGNS,
    ShownSigns,
    SignsVerdict,
    batch_of,
    signs_verdict,
)
from quorumha.goquorum.private_state import PrivateStateWatch
from quorumha.health.http_probe import HttpProbe
from quorumha.health.verdicts import Verdict, VerdictOf
from quorumha.pool.pool import Member, UpstreamPool

_CALLS = [(method, list[str]()) for method in SIGNS]
#: A node that never shows the block of less than this many seconds ago had its chain made anew.
LEAST_LAG = 2.0


@frozen(eq=False)
class NodeProbe(HttpProbe):
    """Healthy is who answers the calls; what they show is graded beside the other members of the pool."""

    path: bytes = b"/"
    verdict_of: VerdictOf = signs_verdict
    body: bytes = batch_of(*_CALLS)
    settings: GoQuorumCheckConfig = field(factory=GoQuorumCheckConfig)
    _grades: MemberGrades[Member] = Factory(
        lambda self: MemberGrades(self.settings.lag, self.settings.peers), takes_self=True
    )
    _graded: dict[Member, tuple[UpstreamPool, Grade]] = field(factory=dict, init=False)
    #: Of whom all was asked, when it was asked last.
    _asked_all: set[Member] = field(factory=set, init=False)
    _private: PrivateStateWatch = Factory(
        lambda self: PrivateStateWatch(self.clock, self.settings.private_state), takes_self=True
    )

    def request_for(self, member: Member) -> bytes:
        """At first, and when it came up, it is asked, too, whether it has what is asked for now and then."""
        # One that was started anew may have what it had not.
        if self.settings.private_state and signs_of(member).asked_at <= member.up_since:
            self._asked_all.add(member)
            return self.request_with(batch_of(*_CALLS, (PRIVATE_STATE, ["0x0"])), member)
        self._asked_all.discard(member)
        return super().request_for(member)

    def in_pool(self, pool: UpstreamPool, member: Member, verdict: Verdict) -> Verdict:
        """Grade it; each change is a fact."""
        if not isinstance(verdict, SignsVerdict):
            return verdict
        now, shown, signs = self.clock.seconds(), verdict.shown, signs_of(member)
        if shown.height is not None:
            signs.says(shown.height, now, max(self.settings.lag, LEAST_LAG))
        if not shown.fault:
            self._note_missing(pool, member, shown, now)
        others = [one for one in pool.members if one is not member and one.usable(now)]
        heights = [signs.height, *(signs_of(one).height for one in others)]
        grade = self._grades.take(member, shown, others, heights, now)
        self._note_grade(pool, member, grade)
        self._private.look(pool, now)
        return Verdict(grade.down) if grade.down else verdict

    def _note_missing(self, pool: UpstreamPool, member: Member, shown: ShownSigns, now: float) -> None:
        signs, asked = signs_of(member), frozenset(SIGNS)
        if member in self._asked_all:
            asked, signs.asked_at = asked | {PRIVATE_STATE}, now
        new = signs.lacks(asked, shown.missing)
        if new:
            missing = [one for one in (*SIGNS, PRIVATE_STATE) if one in new]
            pool.observers.notify(SignMissing(pool.name, member.name, ", ".join(missing)))

    def _note_grade(self, pool: UpstreamPool, member: Member, grade: Grade) -> None:
        _, before = self._graded.get(member, (pool, Grade()))
        self._graded[member] = pool, grade
        signs_of(member).graded(pool.name, grade.behind, grade.read_only)
        for was, cause, changes in (
            (before.behind, grade.behind, ("behind", "caught up")),
            (before.read_only, grade.read_only, ("read-only", "writable")),
        ):
            if bool(was) != bool(cause):
                begun, over = changes
                said = (begun, cause) if cause else (over, f"before: {was}")
                pool.observers.notify(MemberGraded(pool.name, member.name, *said))
        if (before.behind and not grade.behind) or (before.read_only and not grade.read_only):
            pool.may_take_more(member)

    def forget(self, member: Member) -> None:
        """Nothing says any more that it is behind, or read-only."""
        pool, _ = self._graded.pop(member, (None, None))
        if pool is not None:
            signs_of(member).graded(pool.name, "", "")
        self._grades.forget(member)
        self._asked_all.discard(member)
        super().forget(member)

    def stop(self) -> None:
        """End all connections."""
        self._private.stop()
        super().stop()
