"""What must hold for quorumha, row by row: pure."""

from __future__ import annotations

from collections.abc import Iterable

from tests.integration.side_by_side.figures import Figures
from tests.integration.side_by_side.scenarios import BY_NAME

#: Rows in which nobody can answer for longer than an application waits, or in which nobody listens.
_SOME_FAIL = {"database silent 15 s", "both dead for 20 s", "both away 28 s", "proxy restarted"}

#: The longest time without a success where one node hangs, in seconds.
_OUTAGE = 2.5


def broken(found: Iterable[Figures]) -> list[str]:
    """What does not hold, in words."""
    wrong = []
    for one in found:
        if one.proxy != "quorumha":
            continue
        demands = [(one.exits, "GoQuorum nodes exited"), (one.false_404, "payloads were skipped")]
        if one.scenario not in _SOME_FAIL:
            demands.append((one.sends_failed, "sends failed"))
        # What is not in the list is the later part of one: another party may ask before anybody listens.
        if one.scenario in BY_NAME.keys() - _SOME_FAIL:
            demands.append((one.pushes_failed, "pushes failed"))
        wrong += [f"{one.scenario}: {count} {what}" for count, what in demands if count]
        if one.scenario.startswith("one hung") and one.outage > _OUTAGE:
            wrong.append(f"{one.scenario}: an outage of {one.outage} s")
    return wrong
