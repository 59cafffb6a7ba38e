"""What was measured, as numbers, and as a table: pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

from attrs import field, frozen

#: What quorumha has unless told otherwise, in seconds.
LEASE = 3.0
#: Seconds beyond the lease from a promotion until everybody writes to the promoted one.
MORE = 2.0


@frozen
class Row:
    """One row that a client was told is written.

    @ivar port: of the database that did.
    @ivar sent: when, by the wall clock in seconds; C{at}: when the client was told.
    """

    writer: str
    number: int
    port: int
    sent: float
    at: float


@frozen
class Failed:
    """One row, or one new session, that came to an error."""

    writer: str
    at: float
    state: str
    text: str


@frozen
class Figures:
    """One trouble on one way.  Times are in seconds.

    @ivar replication: C{"async"} or C{"sync"}: whether the primary waits for its standby.
    @ivar acknowledged: rows that clients were told are written.
    @ivar behind: of these, lacking in the promoted one and acknowledged before the promotion.
    @ivar lost: of these, lacking in the promoted one and acknowledged after the promotion had begun.
    @ivar old: rows that the old primary acknowledged after the promotion had begun.
    @ivar unseen: rows that the old primary has of that time, and that nobody was told of.
    @ivar databases: how many were written to at one time, at most.
    @ivar errors: that clients got; C{said}: which, and how often.
    @ivar longest: time between two acknowledged rows, by client.
    @ivar over: from the end of the promotion until all of a client's writers write to the promoted one, by
        client; None: some never did.
    """

    scenario: str
    replication: str
    way: str
    acknowledged: int
    behind: int
    lost: int
    old: int
    unseen: int
    databases: int
    errors: int
    longest: dict[str, float]
    over: dict[str, float | None]
    said: dict[str, int] = field(factory=dict)


@frozen
class Played:
    """What there was to see.

    @ivar clients: the names of writers, by client.
    @ivar begun: when the promotion was asked for; C{promoted}: when it was done; C{ended}: all of it.
    @ivar new: the port of the promoted one.
    @ivar kept: writer and number of rows that it has in the end.
    @ivar on_old: the same of the old one, of rows that came there after the promotion.
    """

    clients: dict[str, Sequence[str]]
    rows: Sequence[Row]
    failed: Sequence[Failed]
    begun: float
    promoted: float
    ended: float
    new: int
    kept: Collection[tuple[str, int]]
    on_old: Collection[tuple[str, int]]


def figures_of(scenario: str, replication: str, way: str, played: Played) -> Figures:
    """As numbers."""
    rows, new = played.rows, played.new
    lacking = [row for row in rows if (row.writer, row.number) not in played.kept]
    acknowledged = {(row.writer, row.number) for row in rows}
    return Figures(
        scenario,
        replication,
        way,
        acknowledged=len(rows),
        behind=sum(row.at < played.begun for row in lacking),
        lost=sum(row.at >= played.begun for row in lacking),
        old=sum(row.port != new and row.at >= played.begun for row in rows),
        unseen=len(set(played.on_old) - acknowledged),
        databases=most_at_once(rows),
        errors=len(played.failed),
        longest={
            client: round(max(longest_of(rows, one, played.ended) for one in names), 1)
            for client, names in played.clients.items()
        },
        over={client: _over(names, played) for client, names in played.clients.items()},
        said=dict(Counter(f"{one.state} {one.text[:70]}" for one in played.failed).most_common(8)),
    )


def longest_of(rows: Iterable[Row], writer: str, ended: float) -> float:
    """The longest time between two acknowledged rows of a writer, or from the last one to the end."""
    times = sorted(row.at for row in rows if row.writer == writer)
    return max((later - earlier for earlier, later in pairwise([*times, ended])), default=0.0)


def _over(names: Iterable[str], played: Played) -> float | None:
    firsts = [
        min((row.at for row in played.rows if (row.writer, row.port) == (name, played.new)), default=None)
        for name in names
    ]
    if any(one is None for one in firsts):
        return None
    return round(max(max(one - played.promoted, 0.0) for one in firsts if one is not None), 2)


def most_at_once(rows: Iterable[Row]) -> int:
    """How many databases were written to at one time.

    One is in use from when its first row was acknowledged until the last one that it acknowledged was sent.
    """
    firsts: dict[int, float] = {}
    lasts: dict[int, float] = {}
    for row in rows:
        firsts[row.port] = min(firsts.get(row.port, row.at), row.at)
        lasts[row.port] = max(lasts.get(row.port, row.sent), row.sent)
    return max(
        (
            1 + sum(firsts[other] <= at <= lasts[other] for other in firsts if other != one)
            for one, at in firsts.items()
        ),
        default=0,
    )


def broken(found: Iterable[Figures]) -> list[str]:
    """What does not hold for quorumha's relay to the one writer, in words."""
    wrong = []
    for one in found:
        if one.way != "postgresql":
            continue
        name = f"{one.scenario}, {one.replication}"
        wrong += [
            f"{name}: {count} {what}"
            for count, what in (
                (one.lost, "rows were acknowledged after the promotion, and lost"),
                (one.old, "rows were acknowledged by the old primary after the promotion"),
                (one.databases - 1, "more databases than one were written to at one time"),
                (one.behind if one.replication == "sync" else 0, "rows were lost that a standby had"),
            )
            if count
        ]
        for client, over in one.over.items():
            if over is None or over > LEASE + MORE:
                late = "never" if over is None else f"after {over:.1f} s"
                wrong.append(f"{name}: {client} wrote to the promoted one {late}")
    return wrong
