"""L{WriterGroup}: one decision for the pools of a C{writer_group}; all their relays follow it in one turn."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

from twisted.internet.interfaces import IDelayedCall

from quorumha.events import Observers
from quorumha.health.shared_checks import SharedChecks
from quorumha.health.verdicts import Verdict
from quorumha.pool.member import Member
from quorumha.pool.pool import UpstreamPool
from quorumha.postgresql.one_primary import OnePrimary
from quorumha.postgresql.pools_writer import PoolsWriter
from quorumha.postgresql.proxy_checks import ProxyChecks, ProxyPlan
from quorumha.postgresql.role_word import RoleVerdict
from quorumha.postgresql.saved_writer import DISK, Disk, read_writer, writer_path
from quorumha.postgresql.writer_decision import Decision, SavedWriter, Writer
from quorumha.postgresql.writer_facts import SessionsCut, WriterNotSaved, WriterSaved
from quorumha.postgresql.writer_file import WriterFile
from quorumha.postgresql.writer_news import WriterNews
from quorumha.postgresql.writer_sessions import Change, Relays, Sessions, place_of
from quorumha.postgresql.writer_words import following, why_changed, why_waiting


class WriterGroup:
    """Decides for pools that are one database, saves what must not be forgotten, and has relays follow.

    @ivar name: what the log calls it; C{one}: who decides; C{proxies}: those who are asked what they know.
    @ivar since: when that began who is written to, or that nobody is, in seconds since the epoch.
    @ivar switches: times that another member, or a new timeline, was written to; C{cut}: sessions so ended.
    """

    def __init__(
        self,
        name: str,
        reactor: Any,
        observers: Observers,
        lease: float,
        directory: str | None = None,
        system: str = "",
        wall: Callable[[], float] = time.time,
        disk: Disk = DISK,
        checks: SharedChecks | None = None,
    ) -> None:
        """
        @param lease: seconds for which a writer's word counts.
        @param directory: where it is kept who is written to; None: the process forgets it.
        @param system: C{system_identifier}, where the configuration gives it.
        @param wall: gives the seconds since the epoch.
        @param checks: those of the process; its own unless given.
        @raise ConfigError: what was kept cannot be read.
        """
        self.name = name
        self.switches = self.cut = 0
        self.clock, self.wall = reactor, wall
        self._observers = observers
        self._file: WriterFile | None = None
        saved = SavedWriter()
        if directory is not None:
            path = writer_path(directory, name)
            saved = read_writer(path, disk)
            on = self._saved, self._not_saved, self._taken_over
            self._file = WriterFile(reactor, path, saved, *on, disk)
        self.one = OnePrimary(lease, saved, system)
        self._decision: Decision = self.one.decision
        self._opened = self._following = self._behind = False
        self._last: tuple[str, int, str] | None = None
        self.since = wall()
        self._due: IDelayedCall | None = None
        self._relays = Relays(name)
        #: Those that take part, in order; and those that there are.
        self.views: list[PoolsWriter] = []
        self._known: WeakValueDictionary[UpstreamPool, PoolsWriter] = WeakValueDictionary()
        self._news = WriterNews(self, observers)
        checks = SharedChecks(reactor) if checks is None else checks
        self.proxies = ProxyChecks(reactor, checks, self.one, self.follow, self._news.proxy_changed)

    @property
    def decision(self) -> Decision:
        """Who is written to."""
        return self._decision

    @property
    def lease(self) -> float:
        """Seconds for which a writer's word counts."""
        return self.one.lease

    def configure(self, lease: float, system: str, proxies: ProxyPlan) -> None:
        """The configuration says so from now on."""
        self.one.lease = lease
        self.one.pin(system)
        self.proxies.follow(proxies)
        self._tick()

    def of(self, pool: UpstreamPool) -> PoolsWriter:
        """What a pool's C{writer} is.  It takes part once it is started."""
        found = self._known.get(pool)
        if found is None:
            found = self._known[pool] = PoolsWriter(self, pool)
        return found

    def watch(self, relay: Sessions) -> Callable[[], None]:
        """Have a relay follow from now on.

        @return: call it to have it follow no more.
        """
        return self._relays.add(relay)

    def member_for(self, pool: UpstreamPool) -> Member | None:
        """Who gets a new session of a pool now; None: it waits."""
        self.catch_up()
        return self.open_member(pool)

    def catch_up(self) -> None:
        """If the process stood still: what is due by now comes before anything else."""
        if self._due is not None and self._due.getTime() <= self.clock.seconds():
            self._tick()

    def open_member(self, pool: UpstreamPool) -> Member | None:
        """The same, where what is due is done by now."""
        decision = self._decision
        if not isinstance(decision, Writer) or decision.paused or not self._opened:
            return None
        member = self.member_at(pool, decision.place)
        return member if member is not None and member.eligible else None

    @property
    def address(self) -> str:
        """The IP address at which the writer said that it is one; empty: its member has no other."""
        return self._decision.address if isinstance(self._decision, Writer) else ""

    def member_at(self, pool: UpstreamPool, place: str) -> Member | None:
        """Which member of a pool a database is; None: it is none."""
        return next((member for member in pool.members if place_of(member) == place), None)

    def name_of(self, place: str, *first: UpstreamPool) -> str:
        """What the first pool that has it calls a database; these pools are looked at before others."""
        members = (self.member_at(pool, place) for pool in (*first, *(view.pool for view in self.views)))
        return next((member.name for member in members if member is not None), place)

    @property
    def why(self) -> str:
        """Why a new session waits, in words."""
        return why_waiting(self._decision, self.name_of, self.lease, opened=self._opened)

    @property
    def next(self) -> str:
        """What follows, in words."""
        return following(self._decision)

    @property
    def saved(self) -> bool:
        """Whether the disk has it.  What is being written, as after each switch, is so until it is late."""
        return self._file is None or self._file.saved or not self._file.late

    def said(self, member: Member, verdict: Verdict) -> None:
        """A check of a member came to this."""
        place, now = place_of(member), self.clock.seconds()
        if isinstance(verdict, RoleVerdict) and verdict.word is not None:
            if self.one.observed(place, verdict.word, verdict.asked_at, now):
                self.follow()
            self._news.said(place, verdict.word, self.one.saved)
        elif verdict.lack is None:
            self.one.unreachable(place, now)
            self.follow()

    def use(self, place: str) -> None:
        """A person decides.

        @raise Undecidable: why that cannot be.
        """
        self.one.use(place, self.clock.seconds())
        self.follow()

    def forget(self) -> None:
        """A person says that the database is another one.

        @raise Undecidable: why that cannot be.
        """
        self.one.forget(self.clock.seconds())
        self._news.forgotten()
        self.follow()

    def members_changed(self) -> None:
        """Pools take part, or do no more, or members came, went, or may be used again."""
        if not self.views:
            self._stop()
            return
        places = {place_of(member) for view in self.views for member in view.pool.members}
        opened = self._opened
        self.proxies.start()
        self.one.members(places, self.clock.seconds())
        self.follow()
        if opened and isinstance(self._decision, Writer) and not self._decision.paused:
            # One may be enabled again.
            self._relays.opened()

    def _stop(self) -> None:
        due, self._due = self._due, None
        if due is not None:
            due.cancel()
        self.proxies.stop()
        if self._file is not None:
            self._file.stop()

    def _tick(self) -> None:
        """Decide, and follow.  Whoever calls: more time may have passed than was due."""
        self.one.tick(self.clock.seconds())
        self.follow()

    def follow(self) -> None:
        """Have everything follow what was decided, just now: what is due was looked at.

        What comes of that while it is done waits: nothing begins anywhere before all is cut everywhere.
        """
        self._behind = True
        if self._following:
            return
        self._following = True
        try:
            while self._behind:
                self._behind = False
                self._follow_once()
        finally:
            self._following = False

    def _follow_once(self) -> None:
        one, file = self.one, self._file
        if one.decision != self._decision:
            # What must not go on is cut before anything is written, or anybody is told.
            self._take(one.decision)
        if file is not None and self.views:
            file.keep(one.saved)
        decision = self._decision
        wants = isinstance(decision, Writer) and not decision.paused and not self._opened
        if wants and one.decision == decision and (file is None or file.saved or file.late):
            self._opened = True
            self._relays.opened()
        self._schedule()

    def _take(self, decision: Decision) -> None:
        before, self._decision = self._decision, decision
        writer = decision.identity if isinstance(decision, Writer) else None
        was = before.identity if isinstance(before, Writer) else None
        cause = why_changed(before, decision, self.name_of, self.lease, chosen=self.one.saved.chosen)
        if writer != was:
            self._opened, self.since = False, self.wall()
            # On another timeline of the same member, or at another address, too: who was there before is not
            # who is there now.
            self._apply(Change("", False, cause))
            if writer is not None:
                self.switches += self._last not in (None, writer)
                self._last = writer
        elif isinstance(decision, Writer):
            self._apply(Change(decision.place, decision.paused, cause))
            if not decision.paused and self._opened:
                self._relays.opened()
        self._news.decided(before, decision, cause)

    def left(self, pool: UpstreamPool) -> None:
        """A pool is of another group now: of its members nothing is known here any more."""
        self._apply(Change("", False, "its pool is of another writer_group now"), pool)

    def _apply(self, change: Change, pool: UpstreamPool | None = None) -> None:
        last = "" if self._last is None else self.name_of(self._last[0])
        for relay, count in self._relays.apply(change, pool):
            self.count_cut(relay.pool, count)
            self._observers.notify(SessionsCut(relay.pool.name, last, count, change.cause))

    def count_cut(self, pool: UpstreamPool, count: int) -> None:
        """So many sessions of a pool were ended because their member is written to no more."""
        self.cut += count
        self.of(pool).cut += count

    def _saved(self, again: bool) -> None:
        assert self._file is not None
        if again:
            self._observers.notify(WriterSaved(self.name, str(self._file.path)))
        self._tick()

    def _not_saved(self, reason: str) -> None:
        assert self._file is not None
        self._observers.notify(WriterNotSaved(self.name, str(self._file.path), reason))
        self._tick()

    def _taken_over(self, kept: SavedWriter) -> None:
        """Another process wrote this where this one writes from now on."""
        self.one.remember(kept, self.clock.seconds())
        self.follow()

    def _schedule(self) -> None:
        now = self.clock.seconds()
        at = self.one.due(now)
        due = self._due
        if due is not None and due.active():
            if at is not None and due.getTime() <= at:
                # It wakes no later, and looks again then.
                return
            due.cancel()
        self._due = None if at is None or not self.views else self.clock.callLater(at - now, self._tick)
