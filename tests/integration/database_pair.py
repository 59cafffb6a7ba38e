"""A real pair of PostgreSQL servers on loopback: a primary, and a standby that follows it.

Made once for a process in some five seconds, and brought back to a known state for each test. Whatever
happens, both end with this process.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.integration.database import ACCOUNT, Database, account
from tests.integration.row_writer import TABLE

#: The role that checks log in with, as docs/howto/database.md makes it.
PROBE = "quorumha_probe"
PROBE_PASSWORD = "probe-of-a-test"

#: The standby follows, has all, and is waited for if anybody is.
_CAUGHT_UP = """
EXISTS (SELECT FROM pg_stat_replication
        WHERE state = 'streaming' AND replay_lsn >= pg_current_wal_lsn()
        AND (sync_state <> 'async' OR current_setting('synchronous_standby_names') = ''))
"""


class DatabasePair:
    """Both servers, C{a} and C{b}; who is primary changes with each promotion.

    The table C{rows} (C{writer}, C{number}, C{port} where it was written, C{at} when) is there for writers.

    @param settings: more lines of C{postgresql.conf} for both.
    """

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="quorumha-test-"))
        self.a = Database("a", self.folder, settings)
        self.b = Database("b", self.folder, settings)
        #: As it was before the test: who was made, or promoted, last.
        self.primary, self.standby = self.a, self.b
        try:
            self._make()
        except BaseException:
            self.close()
            raise

    def _make(self) -> None:
        if account() is not None:
            shutil.chown(self.folder, ACCOUNT)
        self.a.make()
        self.a.start()
        self.a.ask(f"CREATE ROLE {PROBE} LOGIN PASSWORD '{PROBE_PASSWORD}' CONNECTION LIMIT 8")
        self.a.ask(TABLE)
        self.b.copy(self.a)
        self.b.start()
        self.caught_up()

    def caught_up(self) -> None:
        """Return when the standby has all that the primary has."""
        self.primary.wait_until(_CAUGHT_UP)

    def promote(self) -> Database:
        """Make the standby a primary, whatever the old one does; the two have changed places.

        @return: the new primary.
        """
        self.standby.promote()
        self.primary, self.standby = self.standby, self.primary
        return self.primary

    def split(self) -> None:
        """Make both primaries, each on its own copy of the next timeline: two databases from now on."""
        old = self.primary
        self.promote()
        old.demote()
        old.promote()

    def promote_again(self, database: Database) -> None:
        """Have one of two primaries begin a higher timeline: it is the primary."""
        database.demote()
        if self.standby is database:
            self.primary, self.standby = self.standby, self.primary
        database.promote()

    def synchronous(self) -> None:
        """The primary acknowledges nothing that its standby does not have."""
        self.primary.set("synchronous_standby_names", "*")
        self.caught_up()
        # The checkpointer says whether sessions wait, and reads its files again before it does this.
        self.primary.ask("CHECKPOINT")

    def reset(self) -> None:
        """A known state: nothing hangs or is cut, one is primary, the other one has all and follows it.

        Whoever was promoted last stays the primary: a promotion is never taken back.
        """
        for one in (self.a, self.b):
            one.link.mend()
            one.resume()
        if not self.primary.runs:
            self.primary.start()
        if not self.primary.primary:
            self.primary.promote()
        self.primary.set("synchronous_standby_names", "")
        if not self._follows():
            self.standby.copy(self.primary)
            self.standby.start()
        self.caught_up()

    def _follows(self) -> bool:
        """Whether the standby is one of this primary's; one that merely does not run is started."""
        if not (self.standby.data / "standby.signal").exists():
            return False
        if not self.standby.runs:
            self.standby.start()
        return not self.standby.primary

    def close(self) -> None:
        """Both are killed, and nothing of them is left."""
        self.a.close()
        self.b.close()
        shutil.rmtree(self.folder, ignore_errors=True)


_shared: list[DatabasePair] = []
#: Ends what the last user of it keeps before it.
_kept: list[Callable[[], object]] = []


def shared_pair(kept: Callable[[], object] | None = None) -> DatabasePair:
    """The pair of this process, in its known state (L{DatabasePair.reset}), before it no other user's proxy.

    @param kept: ends what its user keeps before it from one test to the next: called once another one asks.
    """
    if _kept and _kept[-1] is not kept:
        _kept.pop()()
    if kept is not None and not _kept:
        _kept.append(kept)
    if not _shared:
        _shared.append(DatabasePair())
        atexit.register(_shared[0].close)
    else:
        _shared[0].reset()
    return _shared[0]
