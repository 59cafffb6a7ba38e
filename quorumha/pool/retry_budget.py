"""L{RetryBudget}: how many tries at members that are not usable there may be, lest they keep the nodes down.

Pure.  A bucket of tokens.  Only a try at a member that is ejected or down, after another one has failed
already, costs a token: never a try at a healthy one, and never the only try of a request.  So it cannot cost
a client an error that a healthy member would have prevented.
"""

from __future__ import annotations

from attrs import Factory, define


@define
class RetryBudget:
    """One token for each try.

    @ivar size: tokens at most, and at first; 0 means no limit.
    @ivar rate: tokens that come back in a second.
    """

    size: float = 50.0
    rate: float = 10.0
    _left: float = Factory(lambda self: self.size, takes_self=True)
    _at: float = 0.0

    def take(self, now: float) -> bool:
        """Ask for one."""
        if not self.size:
            return True
        self._left = min(self.size, self._left + max(0.0, now - self._at) * self.rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
