"""What state a member is in, in one word.  Pure."""

from __future__ import annotations

from quorumha.pool.member import Member

#: Each of them; of a member one is true at a time.
STATES = ("up", "starting", "ejected", "half_open", "down", "disabled", "draining")
#: Those in which it has a share of what comes.
SERVING = frozenset({"up", "starting"})


def state_of(member: Member, slow_start: float, now: float) -> str:
    """One of L{STATES}: what its operator says goes before its checks, these before its traffic.

    @param slow_start: its pool's, in seconds.
    @param now: by the clock.
    """
    health = member.health
    if not member.enabled:
        return "draining" if member.draining else "disabled"
    if health.down:
        return "down"
    if health.ejected_until:
        return "half_open" if health.tried or now >= health.ejected_until else "ejected"
    since = member.slow_since
    return "up" if since is None or now >= since + slow_start else "starting"
