"""Why nobody is written to: what the members that respond lack.  PURE."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from quorumha.postgresql.role_word import RoleWord
from quorumha.postgresql.writer_decision import Cause, Nobody, SavedWriter


def why_nobody(
    words: Mapping[str, RoleWord], fresh: Collection[str], saved: SavedWriter, proxies: tuple[str, ...]
) -> Nobody:
    """The first cause that there is, and whom it is about.

    @param words: the members' last words, by their places; C{fresh}: whose still count.
    @param saved: what they are compared with.
    @param proxies: the other proxies that have seen the highest timeline.
    """
    found: dict[Cause, list[str]] = {}
    for place in fresh:
        found.setdefault(_lacks(words[place], saved), []).append(place)
    cause = next((cause for cause in Cause if cause in found), Cause.SILENT)
    seen = any(one.system == saved.system and one.timeline >= saved.timeline for one in words.values())
    if proxies and not seen and cause in (Cause.OLD, Cause.STANDBY):
        return Nobody(Cause.PROXY, proxies, saved.timeline)
    return Nobody(cause, tuple(sorted(found.get(cause, ()))), saved.timeline)


def _lacks(word: RoleWord, saved: SavedWriter) -> Cause:
    """Why who says this is not the writer."""
    if not word.primary:
        return Cause.STANDBY
    if not word.system or (saved.system and word.system != saved.system):
        return Cause.OTHER_SYSTEM
    if word.timeline < saved.timeline:
        return Cause.OLD
    return Cause.READ_ONLY if word.read_only else Cause.ELSEWHERE
