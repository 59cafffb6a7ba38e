"""L{WriterNews}: makes the facts of what a L{WriterGroup<quorumha.postgresql.writer_group>} decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quorumha.events import Observers
from quorumha.pool.member import Member
from quorumha.postgresql.role_word import RoleWord
from quorumha.postgresql.writer_decision import Cause, Decision, Nobody, Writer
from quorumha.postgresql.writer_facts import NotSynchronous, SystemDiffers, WriterChanged
from quorumha.postgresql.writer_sessions import place_of

if TYPE_CHECKING:
    from quorumha.postgresql.writer_group import WriterGroup


class WriterNews:
    """Makes each fact once for a change."""

    def __init__(self, group: WriterGroup, observers: Observers) -> None:
        self._group = group
        self._observers = observers
        #: What members of another system said last, by place.
        self._differs: dict[str, str] = {}
        self._synchronous = True

    def decided(self, before: Decision, now: Decision) -> None:
        """Another decision than before."""
        group = self._group
        change = _change(before, now)
        if not change or not group.views:
            return
        about = now if isinstance(now, Writer) else before
        place = about.place if isinstance(about, Writer) else ""
        places = now.places if isinstance(now, Nobody) and now.cause is Cause.SPLIT else (place,)
        self._observers.notify(
            WriterChanged(
                group.views[0].pool.name,
                ", ".join(group.name_of(one) for one in places if one),
                change,
                group.why,
                group.next,
                group=group.name,
                timeline=now.timeline,
            )
        )

    def said(self, member: Member, word: RoleWord, expected: str) -> None:
        """A member said this; C{expected}: which system it should be, or nothing where that is not known."""
        pool = self._group.views[0].pool.name if self._group.views else ""
        place = place_of(member)
        if expected and word.system != expected and self._differs.get(place) != word.system:
            self._differs[place] = word.system
            self._observers.notify(SystemDiffers(pool, member.name, word.system, expected))
        elif word.system == expected:
            self._differs.pop(place, None)
        decision = self._group.decision
        if isinstance(decision, Writer) and decision.place == place and word.synchronous is not None:
            if self._synchronous and not word.synchronous:
                self._observers.notify(NotSynchronous(pool, member.name))
            self._synchronous = word.synchronous


def _change(before: Decision, now: Decision) -> str:
    if isinstance(now, Writer):
        same = isinstance(before, Writer) and (before.place, before.timeline) == (now.place, now.timeline)
        if now.paused:
            return "writer silent"
        return "writer resumed" if same else "writer"
    if now.cause is Cause.SPLIT:
        return "" if isinstance(before, Nobody) and before.cause is Cause.SPLIT else "database split"
    return "no writer" if isinstance(before, Writer) else ""
