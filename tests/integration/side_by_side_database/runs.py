"""One kind of trouble on one way: clients write, it happens, what became of the rows."""

from __future__ import annotations

import contextlib
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from attrs import frozen

from tests.integration.database import Database
from tests.integration.database_pair import DatabasePair
from tests.integration.row_writer import RowWriter
from tests.integration.side_by_side_database.figures import Failed, Figures, Played, Row, figures_of
from tests.integration.side_by_side_database.hikari import HikariWriters
from tests.integration.side_by_side_database.ways import Way

#: Rows that each writer has written before.
BEFORE = 20
#: Writers of each client.
WRITERS = 2
#: Nobody sets it.
_PAUSE = threading.Event()


@frozen
class Times:
    """Seconds from one step to the next.

    @ivar promotion: from the trouble; C{again}: until the old primary is there again; C{another}: until
        another client comes; C{end}: until it is over.
    """

    promotion: float = 3.0
    again: float = 9.0
    another: float = 3.0
    end: float = 4.0


@frozen
class Scenario:
    """One kind of trouble.

    @ivar said: for the page.
    @ivar begin: what happens to the primary; C{again}: what brings it back.
    @ivar by_link: clients go to it by its link, that is cut.
    """

    said: str
    begin: Callable[[Database], object]
    again: Callable[[Database], object]
    by_link: bool = False


#: By name, in the table's order.
SCENARIOS = {
    "hung": Scenario(
        "The primary is stopped (SIGSTOP); it goes on.",
        Database.hang,
        Database.resume,
    ),
    "killed": Scenario(
        "The primary is killed (SIGKILL to all its processes); it is started again as it was, a primary.",
        Database.kill,
        Database.start,
    ),
    "cut off": Scenario(
        "Nothing passes between the primary and everybody else, and no connection ends; then all that was"
        " sent meanwhile arrives.",
        lambda old: old.link.cut(),
        lambda old: old.link.mend(),
        by_link=True,
    ),
}
REPLICATIONS = ("async", "sync")
#: Those of the page.
TIMES = Times()


class Psycopg:
    """The client of libpq: writers with one session each."""

    def __init__(self, way: Way, names: Sequence[str]) -> None:
        self._writers = [RowWriter(name, way.libpq) for name in names]

    def wait_for(self, count: int) -> None:
        """Return when each has written so many rows."""
        for one in self._writers:
            one.wait_for(lambda one=one: len(one.written) >= count, "written")  # type: ignore[misc]

    def end(self) -> tuple[list[Row], list[Failed]]:
        """Write no more; what became of all rows."""
        for one in self._writers:
            one.end()
        return (
            [
                Row(one.name, row.number, row.port, row.at - row.took, row.at)
                for one in self._writers
                for row in one.written
            ],
            [
                Failed(one.name, error.at, error.state or "-", " ".join(error.text.split()))
                for one in self._writers
                for error in one.troubles
            ],
        )


def play(
    pair: DatabasePair,
    scenario: str,
    replication: str,
    way: str,
    clients: Sequence[str],
    times: Times = TIMES,
) -> Figures:
    """Put one way through one trouble.

    @param pair: in its known state.
    """
    trouble = SCENARIOS[scenario]
    pair.primary.ask("TRUNCATE rows")
    if replication == "sync":
        pair.synchronous()
    old, new = pair.primary, pair.standby
    ports = (old.link.port, new.link.port) if trouble.by_link else (old.port, new.port)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="quorumha-test-")))
        ways: dict[str, Way] = {}
        writing: dict[str, Psycopg | HikariWriters] = {}
        names = {client: [f"{client}-{number}" for number in range(WRITERS)] for client in clients}
        for client in clients:
            ways[client] = Way(way, ports, folder / client)
            stack.callback(ways[client].end)
        for client, mine in ways.items():
            mine.wait()
            writing[client] = (
                Psycopg(mine, names[client])
                if client == "psycopg"
                else HikariWriters(mine.hosts, names[client], folder / "java.log")
            )
            stack.callback(writing[client].end)
        for one in writing.values():
            one.wait_for(BEFORE)
        trouble.begin(old)
        _PAUSE.wait(times.promotion)
        begun = time.time()
        pair.promote()
        promoted = time.time()
        _PAUSE.wait(times.again)
        trouble.again(old)
        _PAUSE.wait(times.another)
        # As a node that is started anew.
        writing["another"] = Psycopg(ways["psycopg"], ["another"])
        stack.callback(writing["another"].end)
        _PAUSE.wait(times.end)
        ended = time.time()
        found = [one.end() for one in writing.values()]
    played = Played(
        names,
        [row for rows, _ in found for row in rows],
        [one for _, failed in found for one in failed if one.at < ended],
        begun,
        promoted,
        ended,
        new.port,
        {(name, number) for name, number in new.ask("SELECT writer, number FROM rows")},
        {
            (name, number)
            for name, number in old.ask("SELECT writer, number FROM rows WHERE at >= to_timestamp(%s)", begun)
        },
    )
    return figures_of(scenario, replication, way, played)
