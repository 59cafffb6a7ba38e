"""Health: what traffic and checks tell of a member, and what follows for the next request.

Traffic: a member that failed C{max_fails} times within C{fail_timeout} seconds is put
aside for C{fail_timeout} seconds.  Then one trial is let through; its outcome
decides for the rest, and each trial that fails doubles the time to the next.  (nginx's
C{max_fails} and C{fail_timeout}, with the trial limited to one so that a black hole costs one client one
connect limit.)

Checks: they say "out" and "in" (L{quorumha.health}).
"""

from __future__ import annotations

from attrs import evolve, frozen

#: Seconds that a member is put aside at most, unless its C{fail_timeout} is longer.
LONGEST_EJECTION = 60.0


@frozen
class Health:
    """What is known of one member.

    @ivar fails: failures counted since C{first_fail}.
    @ivar first_fail: when the count began, in the clock's seconds.
    @ivar down_until: put aside until then; 0 when it is not put aside.
    @ivar failed_trials: in a row.
    @ivar tried: a trial is under way.
    @ivar out: the checks say that it is not to be used.
    @ivar unreachable: all that traffic has against it is that it could not be connected to.
    """

    fails: int = 0
    first_fail: float = 0.0
    down_until: float = 0.0
    failed_trials: int = 0
    tried: bool = False
    out: bool = False
    unreachable: bool = False

    def usable(self, now: float) -> bool:
        """Whether it may be picked at C{now}."""
        return not self.out and now >= self.down_until


#: A member of which nothing bad is known.
HEALTHY = Health()
#: A member of which only the checks say something bad.
OUT = Health(out=True)


def after_failure(
    health: Health,
    max_fails: int,
    fail_timeout: float,
    now: float,
    longest: float = 0.0,
    spread: float = 1.0,
    *,
    unreachable: bool = False,
) -> Health:
    """What is known after one more failure.

    @param longest: seconds that doubling goes to.
    @param spread: about 1; what the time is multiplied by, lest all come back at once.
    @param unreachable: it could not be connected to.
    """
    if not max_fails:
        return health
    if health.down_until:
        # Already put aside, or the trial after that failed: begin again from now.
        trials = health.failed_trials + health.tried
        aside = min(fail_timeout * 2.0 ** min(trials, 20), max(longest, fail_timeout)) * spread
        unreachable = unreachable and health.unreachable
        return Health(max_fails, now, now + aside, trials, out=health.out, unreachable=unreachable)
    if health.fails and now - health.first_fail < fail_timeout:
        unreachable = unreachable and health.unreachable
        counted = evolve(health, fails=health.fails + 1, unreachable=unreachable)
    else:
        counted = Health(1, now, out=health.out, unreachable=unreachable)
    if counted.fails >= max_fails:
        counted = evolve(counted, down_until=now + fail_timeout * spread)
    return counted


def after_response(health: Health) -> Health:
    """What is known after it answered a request: traffic has nothing to say against it."""
    return OUT if health.out else HEALTHY


def half_open(health: Health, fail_timeout: float, now: float) -> Health:
    """What is known once a member whose time is over is picked again.

    Until the trial's outcome comes, or C{fail_timeout} passes, nobody else is sent there.
    """
    if not health.down_until or now < health.down_until:
        return health
    return evolve(health, down_until=now + fail_timeout, tried=True)
