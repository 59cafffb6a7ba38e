"""Passive health: what traffic alone tells of a member.

A member that failed C{max_fails} times within C{fail_timeout} seconds is put
aside for C{fail_timeout} seconds.  Then one trial is let through; its outcome
decides for the rest.  (nginx's C{max_fails} and C{fail_timeout}, with the trial
limited to one so that a black hole costs one client one connect limit.)
"""

from __future__ import annotations

from attrs import evolve, frozen


@frozen
class Health:
    """What is known of one member.

    @ivar fails: failures counted since C{first_fail}.
    @ivar first_fail: when the count began, in the clock's seconds.
    @ivar down_until: put aside until then; 0 when it is not put aside.
    """

    fails: int = 0
    first_fail: float = 0.0
    down_until: float = 0.0

    def usable(self, now: float) -> bool:
        """Whether it may be picked at C{now}."""
        return now >= self.down_until


#: A member of which nothing bad is known.
HEALTHY = Health()


def after_failure(health: Health, max_fails: int, fail_timeout: float, now: float) -> Health:
    """What is known after one more failure."""
    if not max_fails:
        return health
    if health.down_until:
        # Already put aside, or the trial after that failed: begin again from now.
        return Health(max_fails, now, now + fail_timeout)
    if health.fails and now - health.first_fail < fail_timeout:
        counted = evolve(health, fails=health.fails + 1)
    else:
        counted = Health(1, now)
    if counted.fails >= max_fails:
        counted = evolve(counted, down_until=now + fail_timeout)
    return counted


def on_trial(health: Health, fail_timeout: float, now: float) -> Health:
    """What is known once a member whose time is over is picked again.

    Until the trial's outcome comes, or C{fail_timeout} passes, nobody else is sent there.
    """
    if not health.down_until or now < health.down_until:
        return health
    return evolve(health, down_until=now + fail_timeout)
