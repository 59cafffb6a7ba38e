"""L{WriterNews}: makes the facts of what a L{WriterGroup<quorumha.postgresql.writer_group>} decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quorumha.events import Observers
from quorumha.postgresql.role_word import RoleWord
from quorumha.postgresql.writer_decision import Cause, Decision, Nobody, SavedWriter, Writer
from quorumha.postgresql.writer_facts import (
    NotSynchronous,
    OldPrimary,
    ProxyResponds,
    ProxySilent,
    SystemDiffers,
    WriterChanged,
)
from quorumha.postgresql.writer_words import names

if TYPE_CHECKING:
    from quorumha.postgresql.writer_group import WriterGroup


class WriterNews:
    """Makes each fact once for a change."""

    def __init__(self, group: WriterGroup, observers: Observers) -> None:
        self._group = group
        self._observers = observers
        #: What was made of the last words of members that cannot be the writer, by place.
        self._refused: dict[str, object] = {}
        #: Whether the writer waits for a standby, as far as it has said.
        self._synchronous: bool | None = None

    @property
    def _pool(self) -> str:
        """A pool whose names are used."""
        return self._group.views[0].pool.name if self._group.views else ""

    def decided(self, before: Decision, now: Decision, cause: str) -> None:
        """Another decision than before.

        @param cause: why, in words.
        """
        group, change = self._group, changed(before, now)
        if not change:
            return
        about = next((group.name_of(one.place) for one in (now, before) if isinstance(one, Writer)), "")
        if isinstance(now, Nobody) and now.cause is Cause.SPLIT:
            about = names(now, group.name_of)
        self._observers.notify(
            WriterChanged(
                self._pool, about, change, cause, group.next, group=group.name, timeline=now.timeline
            )
        )

    def forgotten(self) -> None:
        """A person says that it is another database now."""
        cause = "a person had what was known of the database forgotten"
        following = "it begins as at a first start, when all members have said what they are"
        self._observers.notify(
            WriterChanged(self._pool, "", "no writer", cause, following, group=self._group.name, timeline=0)
        )

    def proxy_changed(self, proxy: str, cause: str) -> None:
        """Another proxy says nothing any more, or says something.

        @param cause: why it says nothing; empty: it does.
        """
        name = self._group.name
        self._observers.notify(ProxySilent(name, proxy, cause) if cause else ProxyResponds(name, proxy))

    def said(self, place: str, word: RoleWord, saved: SavedWriter) -> None:
        """A member said this.

        @param saved: what it is compared with.
        """
        fact = self._refusal(place, word, saved)
        if fact is None:
            self._refused.pop(place, None)
        elif self._refused.get(place) != fact:
            self._refused[place] = fact
            self._observers.notify(fact)
        decision = self._group.decision
        if isinstance(decision, Writer) and decision.place == place and word.synchronous is not None:
            if word.synchronous is False and self._synchronous is not False:
                self._observers.notify(NotSynchronous(self._pool, self._group.name_of(place)))
            self._synchronous = word.synchronous

    def _refusal(self, place: str, word: RoleWord, saved: SavedWriter) -> SystemDiffers | OldPrimary | None:
        """Why it cannot be the writer, if that is worth a word."""
        if not saved.system:
            return None
        if word.system != saved.system:
            return SystemDiffers(self._pool, self._group.name_of(place), word.system, saved.system)
        if word.primary and word.timeline < saved.timeline:
            return OldPrimary(self._pool, self._group.name_of(place), word.timeline, saved.timeline)
        return None


def changed(before: Decision, now: Decision) -> str:
    """What the fact of a decision calls it; empty: there is none."""
    if isinstance(now, Writer):
        if now.paused:
            return "writer silent"
        same = isinstance(before, Writer) and before.identity == now.identity
        return "writer resumed" if same else "writer"
    was = before.cause if isinstance(before, Nobody) else None
    if now.cause is Cause.SPLIT:
        return "" if was is Cause.SPLIT else "database split"
    # After a start, too: who starts with an old primary wants to know why nothing happens.
    return "no writer" if was in (None, Cause.STARTING) and now.cause is not Cause.STARTING else ""
