"""The state of a member in one word, since when, why, and what follows.  Pure."""

from __future__ import annotations

from attrs import frozen

from quorumha.numbers import LastChange
from quorumha.pool.member import Member

#: All the words.  C{starting}: no check of it is over yet, and it may be used; C{ejected}: its traffic says
#: so; C{half_open}: one request tries it, or the next one will; C{down}: its checks say so; C{disabled}: its
#: operator does; C{draining}: likewise, and what it has yet is to end.
STATES = ("up", "starting", "ejected", "half_open", "down", "disabled", "draining")
#: Those in which it has a share of what comes.
SERVING = frozenset({"up", "starting"})

#: Which changes lead to a state.
_LED_TO = {
    "up": ("up", "enabled", "added"),
    "ejected": ("ejected",),
    "half_open": ("ejected",),
    "down": ("down",),
    "disabled": ("disabled",),
    "draining": ("disabled",),
}
#: What is said where nothing has changed yet.
_AT_FIRST = {
    "starting": LastChange(0.0, "no check of it is over yet", "may be used until one is bad"),
    "disabled": LastChange(0.0, "its configuration says so", "checked, and not used until it is enabled"),
}
_NOTHING = LastChange(0.0)


@frozen
class MemberState:
    """The state of a member.

    @ivar word: one of L{STATES}.
    @ivar since: in seconds since the epoch; 0: since the start.
    @ivar cause: why, in the words of the log; C{next}: what follows.
    """

    word: str
    since: float
    cause: str
    next: str


def state_of(member: Member, now: float) -> str:
    """One of L{STATES}.

    @param now: by the clock.
    """
    if not member.eligible:
        return "draining" if member.draining and member.in_flight else "disabled"
    health = member.health
    if health.down:
        return "down"
    if health.ejected_until:
        return "half_open" if health.tried or now >= health.ejected_until else "ejected"
    return "starting" if member.starting else "up"


def state_in_words(member: Member, now: float) -> MemberState:
    """The same, and what is known of it.

    @param now: by the clock.
    """
    word, last = state_of(member, now), member.numbers.last
    led = [last[change] for change in _LED_TO.get(word, ()) if change in last]
    found = max(led, key=lambda one: one.at, default=_AT_FIRST.get(word, _NOTHING))
    return MemberState(word, found.at or member.numbers.since, found.cause, found.next)
