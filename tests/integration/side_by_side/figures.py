"""What was measured, as numbers: pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from attrs import field, frozen

from tests.integration.side_by_side.dapps import Call
from tests.integration.side_by_side.load import Load
from tests.integration.side_by_side.shared_store import Made


@frozen
class Figures:
    """One scenario before one proxy.  Times are in seconds.

    @ivar sends: private transactions that dapps asked for.
    @ivar sends_failed: of these, an error was told.
    @ivar pushes: payloads of the other party.
    @ivar pushes_failed: of these, its dapp was told an error.
    @ivar landed: of all that failed, these took place all the same.
    @ivar exits: GoQuorum nodes that ended with 112.
    @ivar false_404: payloads of ours that a GoQuorum node skipped for ever.
    @ivar orphans: rows whose key no GoQuorum node got.
    @ivar drops: how often the other party forgot this one.
    @ivar outage: longest time between two successful sends.
    @ivar lasting: that outage had not ended when the load did.
    @ivar slowest: what the slowest successful send took.
    @ivar slowest_import: what the slowest import of a transaction took that did not end a GoQuorum node.
    @ivar errors: what clients were told, and how often.
    """

    scenario: str
    proxy: str
    sends: int
    sends_failed: int
    pushes: int
    pushes_failed: int
    landed: int
    exits: int
    false_404: int
    orphans: int
    drops: int
    outage: float
    lasting: bool
    slowest: float
    slowest_import: float
    errors: dict[str, int] = field(factory=dict)


def outage_of(calls: Iterable[Call], begun: float, ended: float) -> tuple[float, bool]:
    """The longest time without a send that succeeded, and whether it lasts to the end.

    Both ends of the load count as successes, for what lies before and after them is not known.
    """
    moments = sorted(c.ended for c in calls if c.kind == "send" and not c.error and c.ended is not None)
    marks = [begun, *(m for m in moments if begun < m < ended), ended]
    gaps = [later - earlier for earlier, later in pairwise(marks)]
    longest = max(gaps)
    return longest, longest == gaps[-1]


def _most(seconds: Iterable[float]) -> float:
    return round(max(seconds, default=0.0), 1)


def figures_of(
    scenario: str, proxy: str, load: Load, rows: Iterable[Made], begun: float, ended: float, until: float
) -> Figures:
    """Those of one part of a run.

    @param begun: of the part; what begins, or happens, from then on counts.
    @param ended: of the part's load.
    @param until: what happens before this counts; later than C{ended} for the last part.
    """
    calls = [call for call in load.calls if begun <= call.begun < until]
    sends = [call for call in calls if call.kind == "send"]
    pushes = [call for call in calls if call.kind == "push"]
    # Successes of calls that began before count as such: the service was there.
    outage, lasting = outage_of(load.calls, begun, ended)
    return Figures(
        scenario,
        proxy,
        len(sends),
        sum(bool(call.error) for call in sends),
        len(pushes),
        sum(bool(call.error) for call in pushes),
        sum(begun <= at < until for at in load.landed),
        sum(node.exited is not None and begun <= node.exited < until for node in load.nodes),
        sum(begun <= at < until and key in load.told for node in load.nodes for at, key in node.skipped),
        sum(begun <= row.at < until and row.key not in load.told for row in rows),
        sum(begun <= at < until for at in load.remote.drops),
        round(outage, 1),
        lasting and outage > 1.0 and ended == load.ended,
        _most(c.ended - c.begun for c in sends if not c.error and c.ended is not None),
        _most(took for node in load.nodes for at, took in node.imports if begun <= at < until),
        dict(Counter(call.error for call in calls if call.error).most_common(8)),
    )
