"""What members' roots of private state at one height come to.  Pure."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import define, frozen

from quorumha.goquorum.decide.facts import PrivateStateDiffers
from quorumha.goquorum.decide.shown_signs import entries_of
from quorumha.health.verdicts import Verdict

#: Seconds after which it is noted again that they differ.
AGAIN = 600.0


@frozen
class RootVerdict(Verdict):
    """What a member answers.

    @ivar root: of its private state; None: not known.
    """

    root: str | None = None


def root_verdict(_: int, body: bytes) -> Verdict:
    """Of the answer to a batch of the one call."""
    entries = entries_of(body)
    root = entries.get(0) if isinstance(entries, dict) else None
    return RootVerdict(root=root if isinstance(root, str) else None)


def groups_of(roots: Mapping[str, str]) -> str:
    """Members with one state together, C{a1, a2 | a3}; empty: all have the same.  Roots are not named.

    @param roots: by the member's name.
    """
    groups: dict[str, list[str]] = {}
    for name, root in roots.items():
        groups.setdefault(root, []).append(name)
    return (
        " | ".join(sorted(", ".join(sorted(names)) for names in groups.values())) if len(groups) > 1 else ""
    )


@define
class Divergence:
    """Whether the members of one pool differ, and when that was noted last."""

    _groups: str = ""
    _noted_at: float = 0.0

    def take(
        self, pool: str, height: int, roots: Mapping[str, str], now: float
    ) -> PrivateStateDiffers | None:
        """What has to be noted of one look at all members; None: nothing, as when less than two told theirs.

        @param roots: by the member's name.
        """
        if len(roots) < 2:
            return None
        groups, before = groups_of(roots), self._groups
        if groups == before and not (groups and now - self._noted_at >= AGAIN):
            return None
        self._groups, self._noted_at = groups, now
        return PrivateStateDiffers(pool, height, groups)
