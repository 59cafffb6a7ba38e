"""Databases that die, hang, lie, are promoted and follow, proxies that look at them, and what each may do.

What a L{Watched} proxy remembers of its own deeds is not taken from the code that is tested.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, evolve, field
from twisted.internet.task import Clock

from quorumha.events import Observers
from quorumha.health.verdicts import Verdict
from quorumha.pool.member import Member
from quorumha.pool.one_writer import Undecidable
from quorumha.pool.pool import UpstreamPool
from quorumha.postgresql.role_word import RoleVerdict, RoleWord
from quorumha.postgresql.writer_decision import Cause, Nobody, Writer
from quorumha.postgresql.writer_group import WriterGroup
from quorumha.postgresql.writer_sessions import Change
from tests.postgresql.group_fixture import LEASE, MemoryDisk, make_pool

INTERVAL, TIMEOUT, STEP = 0.5, 1.0, 0.1
SYSTEM = "7"
#: What each proxy calls the other one.
OTHER = "http://other:9901"


@define(eq=False)
class Database:
    """One database.

    @ivar responds: it lives, and does not hang.
    @ivar lie: what it says instead of the truth.
    @ivar moves: how often its name was made to lead to another machine.
    """

    name: str
    primary: bool = False
    timeline: int = 1
    responds: bool = True
    read_only: bool = False
    lie: RoleWord | None = None
    moves: int = 0

    @property
    def word(self) -> RoleWord:
        """What it says."""
        word = self.lie or RoleWord(self.primary, self.timeline, SYSTEM, self.read_only)
        return evolve(word, address=f"10.1.0.{self.moves}")


@define(eq=False)
class Asked:
    """One question under way.

    @ivar word: what comes of it; None: nothing.
    """

    at: float
    until: float
    word: RoleWord | None


@define(eq=False)
class Deeds:
    """What a proxy has seen and done, since a person last decided: kept apart from its own memory.

    @ivar seen: the highest timeline that counts; C{given_up}: that a person gave up.
    @ivar at: who was the writer, by timeline.
    @ivar last: each member's last word.
    @ivar claimed: who ever claimed which timeline; C{chosen}: the member that a person decided for.
    @ivar other: what the other proxy said last; C{repeats}: what it had said when a person had it forgotten.
    """

    seen: int = 0
    given_up: int = 0
    split: int = 0
    at: dict[int, str] = field(factory=dict)
    last: dict[str, RoleWord] = field(factory=dict)
    asked_at: dict[str, float] = field(factory=dict)
    claimed: set[tuple[str, int]] = field(factory=set)
    chosen: str = ""
    other: int = 0
    repeats: int = 0

    def counts(self, name: str, word: RoleWord) -> bool:
        """Whether what it says is of this database, and was not given up."""
        return word.system == SYSTEM and (name == self.chosen or word.timeline > self.given_up)

    def claims(self, name: str, word: RoleWord) -> bool:
        """Whether it says that it may be written to."""
        said = word.primary and not word.read_only and word.timeline > 0
        return said and self.counts(name, word)

    def note(self, name: str, word: RoleWord, asked_at: float, *, known: bool) -> None:
        """It was said.

        @param known: it was known which database it is; else nobody was written to yet, and last words count.
        """
        if asked_at >= self.asked_at.get(name, 0.0):
            self.last[name], self.asked_at[name] = word, asked_at
        if self.claims(name, word):
            self.claimed.add((name, word.timeline))
        if not known:
            self.seen = max(self.told, *(one.timeline for one in self.last.values()))
            return
        if self.counts(name, word) and word.timeline > self.seen:
            self.seen = word.timeline
            if not (name == self.chosen and self.claims(name, word)):
                self.chosen = ""

    @property
    def told(self) -> int:
        """What the other proxy says that counts."""
        return 0 if self.other == self.repeats else self.other

    def note_other(self, timeline: int, *, known: bool) -> None:
        """The other proxy has seen this; 0: it says nothing of this database."""
        self.repeats = self.repeats if timeline in (0, self.repeats) else 0
        self.other = timeline
        if known and self.told > max(self.seen, self.given_up):
            self.seen, self.chosen = self.told, ""


class Watched:
    """One proxy, with one relay; and its checks.

    @ivar sessions: at whom, by the timeline that it had when they began, and at which address.
    @ivar blind: whom it cannot reach; C{other}: the other proxy, and C{linked}: whether that responds to it.
    @ivar unasked: who was not asked since it stood still for so long that all words are old; C{woken}: when
        that was over.
    """

    def __init__(self, clock: Clock, databases: list[Database], system: str) -> None:
        self.clock, self.databases, self.system = clock, databases, system
        self.disk, self.deeds = MemoryDisk(), Deeds()
        self.blind: set[str] = set()
        self.slow: set[str] = set()
        self.other: Watched | None = None
        self.linked = True
        #: What was wrong in a turn of the group's.
        self.wrong: list[AssertionError] = []
        self.start()

    def start(self) -> None:
        """Begin with what the disk holds."""
        self.sessions: list[tuple[str, int, str]] = []
        self.paused = False
        self.unasked: set[str] = set()
        self.woken = -LEASE
        self.asked: dict[str, Asked] = {}
        self.next_at: dict[str, float] = {}
        self.other_at = 0.0
        observers = Observers()
        self.pool: UpstreamPool = make_pool("main", observers, "".join(one.name for one in self.databases))
        self.group = WriterGroup(
            "main", self.clock, observers, LEASE, "state", self.system, self.clock.seconds, self.disk
        )
        self.group.one.ask_proxies([OTHER], self.clock.seconds())
        self.view = self.group.of(self.pool)
        self.stop_watching = self.group.watch(self)
        self.view.start()

    def restart(self) -> None:
        """End, and begin anew: what is not on disk is forgotten."""
        self.stop_watching()
        self.view.stop()
        if self.disk.saved != self.group.one.saved:
            # Nobody can remember what could not be written: as its disk has it.
            kept, deeds = self.disk.saved, self.deeds
            at = {t: name for t, name in deeds.at.items() if t < kept.timeline}
            if kept.writer:
                at[kept.timeline] = name_at(kept.writer)
            chosen = name_at(kept.writer) if kept.chosen else ""
            self.deeds = Deeds(kept.timeline, kept.overruled, kept.split, at, chosen=chosen)
        self.deeds.last.clear()
        self.deeds.claimed.clear()
        self.deeds.other = self.deeds.repeats = 0
        self.start()

    # What the group has a relay do.

    def apply(self, change: Change) -> int:
        """Cut and pause."""
        kept = [one for one in self.sessions if change.keeps(self.pool.member(one[0]))]
        count, self.sessions, self.paused = len(self.sessions) - len(kept), kept, change.paused
        return count

    def opened(self) -> None:
        """Who waits gets a session."""
        try:
            self.connect()
        except AssertionError as wrong:
            # The group goes on without a relay that fails.
            self.wrong.append(wrong)
            raise

    def connect(self) -> Member | None:
        """A client comes."""
        member = self.group.member_for(self.pool)
        if member is None:
            return None
        decision, kept = self.group.decision, self.disk.saved
        assert isinstance(decision, Writer) and not decision.paused, decision
        assert (
            self.disk.full
            or self.view.state().saved is False
            or (kept.timeline == decision.timeline and name_at(kept.writer) == member.name)
        ), f"a session before the disk has it: {kept} {decision}"
        timeline, deeds = decision.timeline, self.deeds
        assert timeline >= max(deeds.at, default=0), f"a lower timeline: {timeline} after {deeds.at}"
        assert timeline >= deeds.seen, f"{timeline} although {deeds.seen} was seen"
        assert deeds.at.setdefault(timeline, member.name) == member.name, f"two writers: {deeds.at}"
        self.sessions.append((member.name, timeline, decision.address))
        return member

    # Its checks.

    def look(self) -> None:
        """What is due of its checks."""
        now = self.clock.seconds()
        for database in self.databases:
            asked = self.asked.get(database.name)
            if asked is not None and asked.until <= now:
                del self.asked[database.name]
                self.next_at[database.name] = now + (INTERVAL if asked.word else STEP)
                self.take(database.name, asked.word, asked.at)
            elif asked is None and self.next_at.get(database.name, 0.0) <= now:
                self.asked[database.name] = self.ask(database)
        if self.other is not None and self.other_at <= now:
            self.other_at = now + INTERVAL
            self.look_at_other(self.other)

    def look_at_other(self, other: Watched) -> None:
        """Ask the other proxy."""
        now, one = self.clock.seconds(), self.group.one
        if not self.linked:
            one.unreachable(OTHER, now)
        else:
            said = other.view.state()
            self.deeds.note_other(said.timeline if said.system else 0, known=self.knows)
            one.proxy_observed(OTHER, {said.system: said.timeline} if said.system else {}, now, now)
        self.group.follow()
        self.look_at_decision()
        lower = [one for one in self.sessions if one[1] < self.deeds.told]
        assert not lower or self.deeds.told <= self.deeds.given_up, f"{lower} although {self.deeds} was told"

    @property
    def knows(self) -> bool:
        """Whether it is known which database it is."""
        return bool(self.system) or self.view.state().timeline > 0

    def ask(self, database: Database) -> Asked:
        """Put a question."""
        now = self.clock.seconds()
        if not database.responds or database.name in self.blind:
            return Asked(now, now + TIMEOUT, None)
        return Asked(now, now + (0.8 if database.name in self.slow else 0.0), database.word)

    def sleep(self, seconds: float) -> None:
        """It is going to stand still for so long."""
        if seconds > LEASE:
            self.unasked = {one.name for one in self.databases}
            self.woken = self.clock.seconds() + seconds

    def look_at_all(self) -> None:
        """Ask everybody now."""
        for database in self.databases:
            # There is one question at a time.
            self.asked.pop(database.name, None)
            asked = self.ask(database)
            self.take(database.name, asked.word, asked.at)

    def take(self, name: str, word: RoleWord | None, asked_at: float) -> None:
        """A check came to this."""
        verdict = Verdict("no response", silent=True)
        if word is None or asked_at >= self.woken:
            self.unasked.discard(name)
        if word is not None:
            if not self.too_soon(name, word):
                self.deeds.note(name, word, asked_at, known=self.knows)
            verdict = RoleVerdict(word=word, asked_at=asked_at)
        self.view.said(self.pool.member(name), verdict)
        self.look_at_decision()

    def too_soon(self, name: str, word: RoleWord) -> bool:
        """Whether it only says the same at another address while what it said at the first one counts."""
        last = self.deeds.last.get(name)
        moved = last is not None and word.primary and last != word == evolve(last, address=word.address)
        return moved and self.clock.seconds() < self.deeds.asked_at[name] + LEASE

    def look_at_decision(self) -> None:
        """Nothing holds any more that must not, and a split is not over by itself."""
        if self.wrong:
            raise self.wrong[0]
        decision, deeds = self.group.decision, self.deeds
        if isinstance(decision, Nobody):
            assert not self.sessions, f"sessions though {decision}: {self.sessions}"
            if decision.cause is Cause.SPLIT and not deeds.split:
                # Who was the writer, and was promoted before all were asked, is so though it takes that back.
                claimed = {one for one, timeline in deeds.claimed if timeline == decision.timeline}
                assert len(self.rivals | claimed) > 1, f"no split: {deeds}"
                deeds.split = decision.timeline
            return
        assert len(self.rivals) < 2, f"a split is not seen: {decision} {deeds}"
        name = name_at(decision.place)
        # Who was decided for is the timeline's one writer, though the disk may keep its sessions waiting.
        assert deeds.at.setdefault(decision.timeline, name) == name, f"two writers: {deeds.at}"
        assert decision.timeline > deeds.split, f"a split of {deeds.split} ended by itself: {decision}"
        deeds.split = 0
        there = name, decision.timeline, deeds.last[name].address
        assert self.sessions.count(there) == len(self.sessions), (decision, self.sessions)
        assert not self.sessions or self.paused == decision.paused, "its sessions pause"
        age = self.clock.seconds() - deeds.asked_at.get(name, 0.0)
        woken = self.clock.seconds() - self.woken
        others = [one.name for one in self.databases if one.name != name]
        heard = [self.clock.seconds() - deeds.asked_at.get(one, 0.0) < LEASE - STEP / 2 for one in others]
        # Who comes back may wait for others that are not heard: `nothing_happens_for_long` says how long.
        if not decision.paused or all(heard):
            assert abs(age - LEASE) < STEP / 2 or decision.paused == (age > LEASE), f"{age} s old: {decision}"
        if not decision.paused and woken < LEASE:
            assert not self.unasked, f"{name} is written to, and {self.unasked} were not asked since it slept"
        if not decision.paused:
            assert deeds.claims(name, deeds.last[name]), f"{name} did not say so: {deeds.last}"

    def person(self, decide: Callable[[Member], object], name: str) -> None:
        """A person decides for a member.

        @raise Undecidable: that is refused.
        """
        deeds = self.deeds
        word = deeds.last.get(name, RoleWord(False, 0, SYSTEM))
        before = max(deeds.seen, deeds.given_up)
        given_up = before if before > word.timeline else 0
        self.deeds = evolve(
            deeds, seen=word.timeline, given_up=given_up, split=0, at={}, chosen=name, claimed=set()
        )
        try:
            decide(self.pool.member(name))
        except Undecidable:
            self.deeds = deeds
            raise
        self.unasked.clear()

    @property
    def rivals(self) -> set[str]:
        """Who claims the highest timeline, or had its sessions."""
        deeds = self.deeds
        claims = {one for one, word in deeds.last.items() if deeds.claims(one, word)}
        rivals = {one for one in claims if deeds.last[one].timeline == deeds.seen}
        rivals |= {deeds.at[deeds.seen]} if deeds.seen in deeds.at else set()
        return rivals & {deeds.chosen} if deeds.chosen else rivals

    @property
    def allowed(self) -> str:
        """Who has to be the writer once all have been asked; empty: nobody has to."""
        deeds = self.deeds
        claims = {name for name, word in deeds.last.items() if deeds.claims(name, word)}
        heard = {one.name for one in self.databases if one.responds and one.name not in self.blind}
        rivals = self.rivals
        if len(rivals) != 1 or not rivals <= heard & claims or (deeds.split and deeds.split >= deeds.seen):
            return ""
        name = rivals.pop()
        return name if deeds.last[name].timeline == deeds.seen else ""


def name_at(place: str) -> str:
    """The name of the member with this address."""
    return place.removeprefix("10.0.0.").partition(":")[0]
