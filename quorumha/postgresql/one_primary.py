"""L{OnePrimary}: from what databases say of themselves to the one that is written to.  PURE.

A promotion begins a higher timeline (PostgreSQL's documentation, "Timelines"), so of two primaries the one
with the higher is the newer, and two with the same are two databases.  Nothing goes back to a lower one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from math import inf

from attrs import evolve, frozen

from quorumha.pool.one_writer import Undecidable
from quorumha.postgresql.decidable import decidable
from quorumha.postgresql.proxy_words import ProxyWords, Timelines
from quorumha.postgresql.role_word import RoleWord
from quorumha.postgresql.why_nobody import why_nobody
from quorumha.postgresql.writer_decision import Cause, Decision, Nobody, SavedWriter, Writer


@frozen
class Said:
    """A database's last word.

    @ivar at: when it was asked for, by the clock.
    """

    word: RoleWord
    at: float


class OnePrimary:
    """Decides.  Every method that takes C{now} decides anew; C{now} never goes back.

    @ivar lease: seconds that a word counts, from when it was asked for.
    @ivar saved: what outlasts the process; to be on disk before a session goes to a new writer.
    @ivar proxies: what other proxies say.
    @ivar decision: who is written to.
    """

    def __init__(self, lease: float, saved: SavedWriter, system: str = "") -> None:
        """
        @param system: that of the database, where the configuration says it; empty: the first writer's is.
        """
        self.lease = lease
        self.saved = saved
        self.proxies = ProxyWords()
        self._members: frozenset[str] = frozenset()
        self._said: dict[str, Said] = {}
        #: Who has not been asked yet since the start, or since the process stood still; and when that was,
        #: until all were or the lease is over.
        self._awaited: set[str] = set()
        self._begun: float | None = None
        self._started = False
        #: When something was last said or looked at, and since when it has not stood still.
        self._alive_at = self._awake_since = -inf
        #: When a member was last asked in vain; and since when a writer that was paused is heard again.
        self._in_vain: dict[str, float] = {}
        self._back_since: float | None = None
        #: Until then the last decision stands, unless somebody says something else.
        self._stands_until = -inf
        self.decision: Decision = Nobody(Cause.STARTING, (), saved.timeline)
        self.pinned = ""
        self.pin(system)

    def pin(self, system: str) -> None:
        """The configuration says which database it is, or, if empty, says it no more.

        What is known of another one is forgotten.  It counts from the next decision on.
        """
        self.pinned, self._stands_until = system, -inf
        if system and system != self.saved.system:
            known = self.saved if not self.saved.system else SavedWriter()
            self._take_system(evolve(known, system=system))

    def _take_system(self, saved: SavedWriter) -> None:
        """It is known from now on which database it is: what its members said counts."""
        self.saved = saved
        for place, said in self._said.items():
            self._see(place, said.word)
        self._see_proxies()

    def remember(self, kept: SavedWriter, now: float) -> None:
        """Another process kept this, whose place this one takes."""
        if kept.knows_better(self.saved):
            self._take_system(kept)
        self.tick(now)

    def members(self, places: Collection[str], now: float) -> None:
        """Who there is from now on.  Others are forgotten; they claim nothing until they come again."""
        gone, new = self._members - set(places), set(places) - self._members
        self._members = frozenset(places)
        for place in gone:
            self._said.pop(place, None)
            self._in_vain.pop(place, None)
        self._awaited = (self._awaited | new) - gone
        if self._begun is None:
            self._begun = now
        self.tick(now)

    def said(self, place: str) -> Said | None:
        """A member's last word; None: it has not said anything."""
        return self._said.get(place)

    def observed(self, place: str, word: RoleWord, asked_at: float, now: float) -> bool:
        """A member said this when it was asked at that time, or later.

        @return: whether it was decided anew: nearly always a word only confirms the last one.
        """
        before, lease = self._said.get(place), self.lease
        stands = now < self._stands_until and place not in self._awaited
        if stands and before is not None and now < before.at + lease and before.word == word:
            if before.at <= asked_at:
                self._said[place] = Said(word, asked_at)
            self._alive_at = now
            return False
        if place not in self._members:
            return False
        self._note_standstill(now)
        if now >= self._stands_until:
            # A process that stood still has old words to notice first.
            self.tick(now)
        if asked_at >= self._awake_since:
            self._awaited.discard(place)
        if before is not None and now < before.at + lease and word.said_elsewhere(before.word):
            # Another machine to which its name leads takes no writer's place before others may.
            return True
        if before is None or before.at <= asked_at:
            self._said[place] = Said(word, asked_at)
        # Of two that were asked one after the other the first may respond last: its timeline was there.
        self._see(place, word)
        self.tick(now)
        return True

    def unreachable(self, place: str, now: float) -> None:
        """A member, or another proxy, was asked and said nothing: what it said before grows old."""
        self._note_standstill(now)
        self._awaited.discard(place)
        if place in self._members:
            self._in_vain[place] = now
        self.proxies.silent(place, now)
        self.tick(now)

    def ask_proxies(self, names: Collection[str], now: float) -> None:
        """Which other proxies are asked from now on.  A start waits for them as for members."""
        before = set(self.proxies.names)
        self.proxies.arrange(names)
        self._awaited = (self._awaited - (before - set(names))) | (set(names) - before)
        self.tick(now)

    def proxy_observed(self, proxy: str, timelines: Timelines, asked_at: float, now: float) -> None:
        """Another proxy has seen these when it was asked at that time, or later."""
        self.tick(now)
        if asked_at >= self._awake_since:
            self._awaited.discard(proxy)
        if self.proxies.observed(proxy, timelines, asked_at):
            self._see_proxies()
        self.tick(now)

    def tick(self, now: float) -> None:
        """Decide, as time has passed."""
        self._note_standstill(now)
        if not self._started and self._begun is not None:
            self._started = not self._awaited or now >= self._begun + self.lease
        decision = self._decide(now)
        if not (isinstance(decision, Writer) and decision.paused and self._fresh(decision.place, now)):
            self._back_since = None
        self.decision = decision
        self._stands_until = self.due(now) or inf

    def _note_standstill(self, now: float) -> None:
        """Where nothing was looked at for so long that all words are old, it is as at a start: another member
        may have been promoted, and fenced those that would say the same as before.
        """
        if -inf < self._alive_at < now - self.lease:
            self._await_all(now)
            self._awake_since = now
        self._alive_at = now

    def _await_all(self, now: float) -> None:
        """Nobody is the writer anew, or on a new timeline, before all were asked or the lease is over."""
        self._awaited, self._begun, self._started = {*self._members, *self.proxies.names}, now, False

    def due(self, now: float) -> float | None:
        """When L{tick} may come to something else by itself; None: never."""
        times = [said.at + self.lease for said in self._said.values()]
        if not self._started and self._begun is not None:
            # And half-way: where nobody says anything, only that tells a wait of a lease from a standstill.
            times += [self._begun + self.lease / 2, self._begun + self.lease]
        if self._back_since is not None:
            times.append(self._back_since + self.lease)
        return min((at for at in times if at > now), default=None)

    def _see(self, place: str, word: RoleWord) -> None:
        """Its timeline was seen: nobody is written to on a lower one."""
        saved = self.saved
        if not saved.system or word.system != saved.system or word.timeline <= saved.timeline:
            return
        if self._counts(place, word):
            still = place == saved.writer and self._claims(place, word)
            writer = saved.writer if still else ""
            self.saved = evolve(saved, timeline=word.timeline, writer=writer, chosen=saved.chosen and still)

    def _see_proxies(self) -> None:
        """As L{_see}, of what other proxies saw: nobody is the writer by that."""
        saved = self.saved
        timeline = self.proxies.highest(saved.system) if saved.system else 0
        if timeline > max(saved.timeline, saved.overruled):
            self.saved = evolve(saved, timeline=timeline, writer="", chosen=False)

    def _counts(self, place: str, word: RoleWord) -> bool:
        """Whether no person has given up what it says."""
        return place == self.saved.writer or word.timeline > self.saved.overruled

    def _claims(self, place: str, word: RoleWord) -> bool:
        said = word.primary and not word.read_only and word.timeline > 0 and word.system
        return bool(said) and self._counts(place, word)

    def _fresh(self, place: str, now: float) -> bool:
        said = self._said.get(place)
        return said is not None and now < said.at + self.lease

    def _claiming(self) -> Iterator[tuple[str, RoleWord]]:
        for place, said in self._said.items():
            if self._claims(place, said.word):
                yield place, said.word

    def _decide(self, now: float) -> Decision:
        if not self._started and not isinstance(self.decision, Writer):
            return self._split(()) if self.saved.split else self._starting()
        if not self.saved.system:
            systems = {word.system for _, word in self._claiming()}
            if len(systems) > 1:
                return Nobody(Cause.SYSTEMS, tuple(sorted(place for place, _ in self._claiming())))
            if not any(self._fresh(place, now) for place, _ in self._claiming()):
                return self._nobody(now)
            self._take_system(evolve(self.saved, system=systems.pop()))
        saved = self.saved
        # A claim counts however old it is: who made it and fell silent may go on with it.
        claims = {
            place
            for place, word in self._claiming()
            if word.system == saved.system and word.timeline == saved.timeline
        }
        if saved.split and not (
            saved.timeline > saved.split and any(self._fresh(one, now) for one in claims)
        ):
            return self._split(claims)
        writer = saved.writer if saved.writer in self._members else ""
        if saved.chosen and writer:
            claims &= {writer}
        elif len(rivals := claims | ({writer} if writer else set())) > 1:
            self.saved = evolve(saved, writer="", chosen=False, split=saved.timeline)
            return self._split(rivals)
        for place in claims:
            fresh = self._fresh(place, now)
            if fresh or place == writer:
                before, there = self.decision, (place, saved.timeline)
                same = isinstance(before, Writer) and (before.place, before.timeline) == there
                if not (same or self._started):
                    # There may have been more than one promotion meanwhile.
                    return self._starting()
                if place != writer or saved.split:
                    chosen = saved.chosen and place == writer
                    self.saved = evolve(saved, writer=place, chosen=chosen, split=0)
                waited = isinstance(before, Writer) and same and before.paused
                goes_on = fresh and (not waited or self._others_asked(place, now))
                address = self._said[place].word.address
                return Writer(place, saved.timeline, not goes_on, address)
        return self._nobody(now)

    def _others_asked(self, writer: str, now: float) -> bool:
        """Whether none of them can be promoted unseen: they were asked while a writer that is heard again
        was not, as they are not by a process that stood still.

        What cannot be asked at all keeps that writer waiting no longer than the lease.
        """
        since = self._back_since = now if self._back_since is None else self._back_since
        others = self._members - {writer}
        # Words and silence count for as long: after a sleep that was longer neither is there any more.
        asked = all(
            self._fresh(one, now) or now < self._in_vain.get(one, -inf) + self.lease for one in others
        )
        asked = asked and self.proxies.all_asked(now - self.lease)
        return asked or now >= since + self.lease

    def _starting(self) -> Nobody:
        return Nobody(Cause.STARTING, tuple(sorted(self._awaited)), self.saved.timeline)

    def _split(self, claims: Collection[str]) -> Nobody:
        # After a start it may not be known yet who they are.
        places = claims if len(claims) > 1 else self._members
        return Nobody(Cause.SPLIT, tuple(sorted(places)), self.saved.timeline)

    def _nobody(self, now: float) -> Nobody:
        words = {place: said.word for place, said in self._said.items()}
        fresh = [place for place in words if self._fresh(place, now)]
        proxies = self.proxies.who(self.saved.system, self.saved.timeline)
        return why_nobody(words, fresh, self.saved, proxies)

    def use(self, place: str, now: float) -> None:
        """A person decides for a member.

        @raise Undecidable: why that cannot be.
        """
        saved = self.saved
        words = {one: said.word for one, said in self._said.items() if self._fresh(one, now)}
        word = decidable(place, words, saved.system)
        before = max(saved.timeline, saved.overruled, self.proxies.highest(word.system))
        self._started = True
        self.saved = SavedWriter(
            word.timeline, word.system, place, chosen=True, overruled=before if before > word.timeline else 0
        )
        self.tick(now)

    def forget(self, now: float) -> None:
        """A person says that the database is another one now: begin anew, as at a first start.

        @raise Undecidable: the configuration says which system it is.
        """
        if self.pinned:
            raise Undecidable(
                f"the configuration says that `system_identifier` is {self.pinned}: change it there"
            )
        self.proxies.forget(self.saved.system)
        self.saved = SavedWriter()
        self._said.clear()
        self._in_vain.clear()
        self._await_all(now)
        self.decision = Nobody(Cause.STARTING)
        self.tick(now)
