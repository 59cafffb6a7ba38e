"""Whether a person may decide for a database.  PURE."""

from __future__ import annotations

from collections.abc import Mapping

from quorumha.pool.one_writer import Undecidable
from quorumha.postgresql.role_word import RoleWord


def decidable(place: str, words: Mapping[str, RoleWord], system: str) -> RoleWord:
    """The word of one that may be decided for.

    @param words: of those that respond, by their places.
    @param system: that of the database; empty: it is not known.
    @raise Undecidable: why that cannot be.
    """
    word = words.get(place)
    if word is None:
        raise Undecidable("it does not say what it is now: only a member that responds can be decided for")
    if not word.primary:
        raise Undecidable("it is a standby: promote it, and it is written to without any further word")
    if word.read_only:
        raise Undecidable("it is read-only: let it take writes first")
    if system and word.system != system:
        raise Undecidable(f"it is another database: its system_identifier is {word.system}, not {system}")
    if not word.timeline:
        raise Undecidable("it does not say its timeline")
    highest = max((one.timeline for one in words.values() if one.system == word.system), default=0)
    if highest > word.timeline:
        raise Undecidable(
            f"it is on timeline {word.timeline}, and another member that responds on {highest}:"
            " stop that one first"
        )
    return word
