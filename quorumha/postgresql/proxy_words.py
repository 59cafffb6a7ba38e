"""L{ProxyWords}: which timelines other proxies have seen, as each said last.  PURE.

Another proxy's word can only take a writer away, and never gives one: who lies, or is silent, makes no
second writer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import inf

from attrs import define, field

#: The highest timeline that was seen of each database, by C{system_identifier}.
Timelines = Mapping[str, int]


@define
class _Proxy:
    """One of them.

    @ivar timelines: its last word.
    @ivar responded_at: when it was asked for that, by the clock.
    @ivar failed_at: when it was last asked in vain.
    @ivar forgotten: a system that a person had forgotten here, and what it had said of that: until it says
        something else it only repeats what it is to forget, too.
    """

    timelines: Timelines = field(factory=dict)
    responded_at: float = -inf
    failed_at: float = -inf
    forgotten: tuple[str, int] = ("", 0)


class ProxyWords:
    """What is known of them."""

    def __init__(self) -> None:
        self._proxies: dict[str, _Proxy] = {}

    @property
    def names(self) -> Collection[str]:
        """Who they are."""
        return self._proxies.keys()

    def arrange(self, names: Collection[str]) -> None:
        """Who there is from now on.  What others said is forgotten; what came of it is not."""
        self._proxies = {name: self._proxies.get(name) or _Proxy() for name in names}

    def observed(self, name: str, timelines: Timelines, asked_at: float) -> bool:
        """It said this when it was asked at that time, or later; whether it is one of them."""
        known = self._proxies.get(name)
        if known is None:
            return False
        system, timeline = known.forgotten
        # That it says nothing, as while it starts, takes nothing back.
        if timelines.get(system, timeline) != timeline:
            known.forgotten = ("", 0)
        known.timelines, known.responded_at = timelines, asked_at
        return True

    def silent(self, name: str, now: float) -> None:
        """It was asked, and said nothing; others are no matter."""
        known = self._proxies.get(name)
        if known is not None:
            known.failed_at = now

    def timeline_of(self, name: str, system: str) -> int:
        """Which one a proxy has seen; 0: none that counts."""
        known = self._proxies.get(name)
        return 0 if known is None or known.forgotten[0] == system else known.timelines.get(system, 0)

    def highest(self, system: str) -> int:
        """The highest that any of them has seen; 0: none."""
        return max((self.timeline_of(name, system) for name in self._proxies), default=0)

    def who(self, system: str, timeline: int) -> tuple[str, ...]:
        """Who has seen this one, and no higher."""
        return tuple(name for name in self._proxies if self.timeline_of(name, system) == timeline)

    def all_asked(self, since: float) -> bool:
        """Whether each was asked since then, in vain or not."""
        return all(max(one.responded_at, one.failed_at) > since for one in self._proxies.values())

    def forget(self, system: str) -> None:
        """What they have said of a system until now counts no more."""
        for known in self._proxies.values():
            if system in known.timelines:
                known.forgotten = (system, known.timelines[system])
