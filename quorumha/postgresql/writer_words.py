"""Who is written to, why, and what follows, in words: of the log, of the page, and of refusals.  PURE."""

from __future__ import annotations

from collections.abc import Callable

from quorumha.postgresql.writer_decision import Cause, Decision, Nobody, Writer

#: Gives what a database is called.
NameOf = Callable[[str], str]

CAUSES = {
    Cause.SPLIT: "several databases claim timeline {timeline}, so each has what the others lack",
    Cause.STARTING: "not all that are asked have said yet what they know",
    Cause.SYSTEMS: "the primaries are of different databases (`system_identifier`)",
    Cause.PROXY: "another proxy has seen timeline {timeline}, and no member that responds is on it",
    Cause.OLD: "the primary is an old one: a timeline higher than its own was seen, {timeline}",
    Cause.ELSEWHERE: "the primary is not the one that a person decided for",
    Cause.OTHER_SYSTEM: "the primary is another database (`system_identifier`)",
    Cause.READ_ONLY: "the primary is read-only",
    Cause.STANDBY: "no member says that it is a primary",
    Cause.SILENT: "no member says anything",
}
NEXT = {
    Cause.SPLIT: "until a person decides (`quorumha database use NAME --yes`), or one of them is promoted",
    Cause.STARTING: "sessions wait for that, no longer than `lease`",
    Cause.SYSTEMS: "sessions wait for `system_identifier`, or for `quorumha database use NAME --yes`",
    Cause.PROXY: "sessions wait for the primary of that timeline, or, if there is none any more, for"
    " `quorumha database use NAME --yes`",
    Cause.OLD: "sessions wait for the primary of that timeline, for a promotion, or, if that one is gone for"
    " good, for `quorumha database use NAME --yes`",
    Cause.ELSEWHERE: "sessions wait for that one, for a promotion, or for `quorumha database use NAME --yes`",
    Cause.OTHER_SYSTEM: "sessions wait; if the database was made anew: `quorumha database forget --yes`",
    Cause.READ_ONLY: "sessions wait until it takes writes, or for a promotion",
    Cause.STANDBY: "sessions wait for a promotion",
    Cause.SILENT: "sessions wait until one says that it is the primary",
}


def names(decision: Nobody, name_of: NameOf) -> str:
    """Whom it is about."""
    return ", ".join(map(name_of, decision.places))


def why_waiting(decision: Decision, name_of: NameOf, lease: float, *, opened: bool) -> str:
    """Why a new session waits.

    @param opened: the writer may have sessions.
    """
    if isinstance(decision, Nobody):
        about = names(decision, name_of)
        cause = CAUSES[decision.cause].format(timeline=decision.timeline)
        return f"{cause} ({about})" if about else cause
    name = name_of(decision.place)
    if decision.paused:
        return f"{name}, which is written to, has said nothing for {lease:g} s"
    if not opened:
        return f"it is being kept on disk first that {name} is written to"
    return f"{name}, which is written to, is disabled, or no member of this pool"


def following(decision: Decision, *, waits: bool = False) -> str:
    """What follows from it.

    @param waits: new sessions of a pool wait.
    """
    if isinstance(decision, Nobody):
        return NEXT[decision.cause]
    if decision.paused:
        return "they go on when it says again that it is the primary, or end when another one is promoted"
    return "sessions go there as soon as they may" if waits else "all sessions go there"


def why_changed(before: Decision, now: Decision, name_of: NameOf, lease: float, *, chosen: bool) -> str:
    """Why it is another decision than before, and so why sessions were cut.

    @param chosen: a person decided.
    """
    if isinstance(now, Nobody) or now.paused:
        return why_waiting(now, name_of, lease, opened=False)
    name = name_of(now.place)
    if isinstance(before, Writer) and before.timeline == now.timeline and before.place == now.place:
        if before.address != now.address:
            return f"{name} says that it is the primary at {now.address} now, no longer at {before.address}"
        return f"{name} says again that it is the primary"
    if chosen:
        return f"a person decided for {name}"
    if before.timeline and now.timeline > before.timeline:
        return f"{name} was promoted: its timeline {now.timeline} is higher than {before.timeline}"
    return f"{name} says that it is the primary, on timeline {now.timeline}"
