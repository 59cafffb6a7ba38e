"""L{Turning}: a clock that knows the turns of a reactor."""

from __future__ import annotations

from twisted.internet.task import Clock


class Turning(Clock):
    """What is planned for at once comes in the next turn, as at a reactor."""

    def next_turn(self) -> None:
        """All that is due now; not what that plans."""
        for call in [one for one in self.calls if one.getTime() <= self.rightNow]:
            self.calls.remove(call)
            call.called = 1
            call.func(*call.args, **call.kw)
