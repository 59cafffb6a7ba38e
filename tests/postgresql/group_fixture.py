"""What the tests of writer groups have in common: a group, its pools, and relays that note what they do."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from attrs import define, field
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.task import Clock

from quorumha.events import Observers
from quorumha.health.verdicts import Verdict
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.postgresql.role_word import RoleVerdict, RoleWord
from quorumha.postgresql.writer_group import WriterGroup
from quorumha.postgresql.writer_sessions import Change

LEASE = 3.0
WALL = 1_800_000_000.0


@define(eq=False)
class NotedRelay:
    """Sessions by number, each at a member, as the writer was when it began."""

    group: WriterGroup
    pool: UpstreamPool
    sessions: dict[str, int] = field(factory=dict)
    said: list[str] = field(factory=list)

    def apply(self, change: Change) -> int:
        """Cut, and note it."""
        kept = {name: n for name, n in self.sessions.items() if change.keeps(self.pool.member(name))}
        cut = sum(self.sessions.values()) - sum(kept.values())
        self.sessions = kept
        self.said.append(f"{'pause' if change.paused else 'keep'} {change.place or 'nobody'}")
        return cut

    def opened(self) -> None:
        """One session begins."""
        member = self.group.member_for(self.pool)
        self.said.append(f"open {member and member.name}")
        if member is not None:
            self.sessions[member.name] = self.sessions.get(member.name, 0) + 1

    def news(self) -> list[str]:
        """What it had to do since it was last asked."""
        said, self.said = self.said, []
        return said


def make_pool(name: str, observers: Observers, members: str = "ab") -> UpstreamPool:
    """A pool whose members are known by one letter."""
    endpoint = cast(IStreamClientEndpoint, None)
    return UpstreamPool(
        name, [Upstream(one, endpoint, address=f"10.0.0.{one}:5432") for one in members], observers=observers
    )


class Grouped:
    """A group with pools C{left} and C{right}, a relay for each, and the facts that came of it."""

    def __init__(self, directory: Path | None = None, reactor: Any = None, system: str = "") -> None:
        self.clock = Clock() if reactor is None else reactor
        self.facts: list[Any] = []
        observers = Observers(self.facts.append)
        self.group = WriterGroup(
            "main",
            self.clock,
            observers,
            LEASE,
            None if directory is None else str(directory),
            system,
            lambda: WALL + self.clock.seconds(),
        )
        self.pools = [make_pool(name, observers) for name in ("left", "right")]
        self.views = [self.group.of(pool) for pool in self.pools]
        for view in self.views:
            view.start()
        self.relays = [NotedRelay(self.group, pool) for pool in self.pools]
        for relay in self.relays:
            self.group.watch(relay)

    def say(self, name: str, word: RoleWord | None, ago: float = 0.0) -> None:
        """A member says this to the checks of both pools, or nothing."""
        for pool, view in zip(self.pools, self.views, strict=True):
            asked_at = self.clock.seconds() - ago
            verdict = (
                Verdict("silent", silent=True)
                if word is None
                else RoleVerdict(None, word=word, asked_at=asked_at)
            )
            view.said(pool.member(name), verdict)

    def news(self) -> list[str]:
        """What both relays had to do alike since they were last asked."""
        one, other = (relay.news() for relay in self.relays)
        assert one == other, (one, other)
        return one
