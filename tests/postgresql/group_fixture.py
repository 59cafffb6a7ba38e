"""What tests of writer groups have in common: a group, its pools, relays that note what they do, a disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from attrs import define, field
from twisted.internet.interfaces import IReactorThreads, IStreamClientEndpoint
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from zope.interface import implementer

from quorumha.events import Observers
from quorumha.health.verdicts import Verdict
from quorumha.pool.member import Member
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.postgresql.role_word import RoleVerdict, RoleWord
from quorumha.postgresql.saved_writer import IN_USE, Disk, decoded, encoded
from quorumha.postgresql.writer_decision import SavedWriter
from quorumha.postgresql.writer_group import WriterGroup
from quorumha.postgresql.writer_sessions import Change
from quorumha.process.file_lock import FileLock

LEASE = 3.0
WALL = 1_800_000_000.0


def primary(timeline: int, system: str = "7", synchronous: bool | None = None) -> RoleWord:
    """What a primary says."""
    return RoleWord(True, timeline, system, synchronous=synchronous)


def standby(timeline: int, system: str = "7") -> RoleWord:
    """What a standby says."""
    return RoleWord(False, timeline, system)


class _NoLock(FileLock):
    """In memory there is nobody else."""

    def in_place(self) -> bool:
        """It is."""
        return True

    def release(self) -> None:
        """Nothing is open."""


class MemoryDisk(Disk):
    """One file.

    @ivar full: nothing can be written.
    @ivar elsewhere: another process writes it.
    """

    elsewhere = False

    def __init__(self, saved: SavedWriter | None = None) -> None:
        self.data = None if saved is None else encoded(saved)
        self.full = False

    def read(self, path: Path) -> bytes | None:
        """What was written last."""
        return self.data

    def write(self, path: Path, data: bytes) -> None:
        """Replace it."""
        if self.full:
            raise OSError(28, "No space left on device")
        self.data = data

    def lock(self, path: Path) -> FileLock:
        """Unless the test says otherwise."""
        if self.elsewhere:
            raise BlockingIOError(IN_USE)
        return _NoLock(path, -1)

    @property
    def saved(self) -> SavedWriter:
        """What it holds."""
        return SavedWriter() if self.data is None else decoded(self.data)


@implementer(IReactorThreads)
class ThreadClock(Clock):
    """A clock with one thread, which works when it is told to.

    @ivar waiting: what it has to do.
    """

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[Callable[[], None]] = []

    def getThreadPool(self) -> ThreadClock:
        """The thread."""
        return self

    def callInThreadWithCallback(
        self,
        ended: Callable[[bool, object], object],
        call: Callable[..., object],
        *args: object,
    ) -> None:
        """Do it when it is told to."""

        def work() -> None:
            try:
                result = call(*args)
            except Exception:
                ended(False, Failure())
            else:
                ended(True, result)

        self.waiting.append(work)

    def callFromThread(self, call: Callable[..., object], *args: object, **keys: object) -> None:
        """At once."""
        call(*args, **keys)

    def work(self) -> None:
        """Do what there is."""
        waiting, self.waiting = self.waiting, []
        for call in waiting:
            call()


@define(eq=False, slots=False)
class NotedRelay:
    """One relay.

    @ivar sessions: the members that they are at.
    @ivar said: what it had to do.
    @ivar looks: called when sessions may begin; C{cuts}: once, when some are cut.
    """

    group: WriterGroup
    pool: UpstreamPool
    sessions: list[Member] = field(factory=list)
    said: list[str] = field(factory=list)
    looks: Callable[[], object] = lambda: None
    cuts: Callable[[], object] = lambda: None

    @property
    def at(self) -> str:
        """Where its sessions are."""
        return "".join(member.name for member in self.sessions)

    def apply(self, change: Change) -> int:
        """Cut, and note it."""
        cuts, self.cuts = self.cuts, lambda: None
        cuts()
        kept = [member for member in self.sessions if change.keeps(member)]
        cut, self.sessions = len(self.sessions) - len(kept), kept
        self.said.append(f"{'pause' if change.paused else 'keep'} {change.place or 'nobody'}")
        return cut

    def opened(self) -> None:
        """One session begins, where it has none."""
        self.looks()
        member = self.group.member_for(self.pool)
        self.said.append(f"open {member and member.name}")
        if member is not None and not self.sessions:
            self.sessions.append(member)

    def news(self) -> list[str]:
        """What it had to do since it was last asked."""
        said, self.said = self.said, []
        return said


def make_pool(name: str, observers: Observers, members: str = "ab") -> UpstreamPool:
    """A pool whose members are known by one letter."""
    return UpstreamPool(name, [upstream(one) for one in members], observers=observers)


def upstream(name: str, enabled: bool = True) -> Upstream:
    """A member of one."""
    endpoint = cast(IStreamClientEndpoint, None)
    return Upstream(name, endpoint, address=f"10.0.0.{name}:5432", enabled=enabled)


class Grouped:
    """A group with pools C{left} and C{right}, a relay for each, and the facts that came of it."""

    def __init__(self, disk: Disk | None = None, clock: Clock | None = None, members: str = "ab") -> None:
        self.clock = Clock() if clock is None else clock
        self.facts: list[Any] = []
        observers = Observers(self.facts.append)
        self.group = WriterGroup(
            "main",
            self.clock,
            observers,
            LEASE,
            None if disk is None else "state",
            wall=lambda: WALL + self.clock.seconds(),
            disk=disk or Disk(),
        )
        self.pools = [make_pool(name, observers, members) for name in ("left", "right")]
        self.views = [self.group.of(pool) for pool in self.pools]
        self.relays = [NotedRelay(self.group, pool) for pool in self.pools]
        for view, relay in zip(self.views, self.relays, strict=True):
            view.start()
            self.group.watch(relay)

    def say(self, **words: RoleWord | None) -> None:
        """Members say this to the checks of both pools, or nothing."""
        for name, word in words.items():
            verdict = Verdict("no response", silent=True)
            if word is not None:
                verdict = RoleVerdict(word=word, asked_at=self.clock.seconds())
            for pool, view in zip(self.pools, self.views, strict=True):
                view.said(pool.member(name), verdict)

    def news(self) -> list[str]:
        """What both relays had to do alike since they were last asked."""
        one, other = (relay.news() for relay in self.relays)
        assert one == other, (one, other)
        return one

    def made(self, kind: type) -> list[Any]:
        """The facts of a kind since it was last asked."""
        found = [fact for fact in self.facts if type(fact) is kind]
        self.facts[:] = [fact for fact in self.facts if type(fact) is not kind]
        return found
