"""Health: what traffic and checks say of a member, and what follows for the next request.

Passive: a member that failed C{max_fails} times within C{fail_timeout} seconds is ejected for C{fail_timeout}
seconds.  Then it is half-open: one trial request is let through; its outcome decides for the rest, and each
one that fails doubles the time to the next.  (nginx's C{max_fails} and C{fail_timeout}, with one trial
request, so that a black hole costs one client one connect limit.)

Active: checks say that it is down, and up again (L{quorumha.health}).
"""

from __future__ import annotations

from attrs import evolve, frozen

#: Seconds that a member is ejected at most, unless its C{fail_timeout} is longer.
LONGEST_EJECTION = 60.0


@frozen
class Health:
    """What is known of one member.

    @ivar fails: failures counted since C{first_fail}.
    @ivar first_fail: when the count began, in the clock's seconds.
    @ivar ejected_until: ejected until then; 0 when it is not.
    @ivar failed_half_open: trial requests that failed in a row.
    @ivar tried: a trial request is under way.
    @ivar down: the checks say that it is not to be used.
    @ivar unreachable: all that traffic has against it is that it could not be connected to.
    """

    fails: int = 0
    first_fail: float = 0.0
    ejected_until: float = 0.0
    failed_half_open: int = 0
    tried: bool = False
    down: bool = False
    unreachable: bool = False

    def usable(self, now: float) -> bool:
        """Whether it may be picked at C{now}."""
        return not self.down and now >= self.ejected_until


#: A member of which nothing bad is known.
HEALTHY = Health()
#: A member of which only the checks say something bad.
DOWN = Health(down=True)


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
    @param spread: about 1; what the time is multiplied by, lest all are tried at once.
    """
    if not max_fails:
        return health
    both_unreachable = unreachable and health.unreachable
    if health.ejected_until:
        # Ejected already, or the trial request after that failed: begin again from now.
        failures = health.failed_half_open + health.tried
        ejected = min(fail_timeout * 2.0 ** min(failures, 20), max(longest, fail_timeout)) * spread
        return Health(max_fails, now, now + ejected, failures, down=health.down, unreachable=both_unreachable)
    if health.fails and now - health.first_fail < fail_timeout:
        failed = evolve(health, fails=health.fails + 1, unreachable=both_unreachable)
    else:
        failed = Health(1, now, down=health.down, unreachable=unreachable)
    if failed.fails >= max_fails:
        failed = evolve(failed, ejected_until=now + fail_timeout * spread)
    return failed


def after_response(health: Health) -> Health:
    """What is known after it responded: traffic has nothing to say against it."""
    return DOWN if health.down else HEALTHY


def half_open(health: Health, fail_timeout: float, now: float) -> Health:
    """What is known once a member whose time is over is picked again.

    Until the trial's outcome comes, or C{fail_timeout} passes, nobody else is sent there.
    """
    if not health.ejected_until or now < health.ejected_until:
        return health
    return evolve(health, ejected_until=now + fail_timeout, tried=True)
