"""The one query that shows which role a database has, and how its response is read.  Pure.

All of it may be asked by a role that has no right but C{LOGIN}, from PostgreSQL 10 on.
"""

from __future__ import annotations

from functools import lru_cache

from quorumha.postgresql.role_word import HIGHEST, RoleWord

#: A primary's timeline is the one that it writes to: C{pg_control_checkpoint()} says the old one until the
#: first checkpoint after a promotion.  In recovery there is nothing that it writes; there the last checkpoint
#: that it has replayed says a timeline that is never too high.
QUERY = b"""\
SELECT r, current_setting('transaction_read_only'), s.system_identifier,
 CASE WHEN r THEN (SELECT timeline_id::text FROM pg_control_checkpoint())
 ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END,
 current_setting('synchronous_standby_names') <> ''
 AND current_setting('synchronous_commit') NOT IN ('off', 'local')
FROM pg_is_in_recovery() AS r, pg_control_system() AS s"""

#: Bytes of the longest field of a response, and more: 64 rows are kept.
LONGEST = 32


@lru_cache(maxsize=64)
def word_of(row: tuple[bytes | None, ...], address: str = "") -> RoleWord:
    """What one row says, and at which address, if its member is given by name.

    A database nearly always says what it said last: then it is the same word.

    @raise ValueError: it is no response to the query.
    """
    if len(row) != 5 or any(len(one or b"") > LONGEST for one in row):
        raise ValueError
    recovery, read_only, system, timeline, synchronous = ((one or b"").decode("ascii") for one in row)
    if recovery not in ("t", "f"):
        raise ValueError
    primary = recovery == "f"
    number = int(timeline, 16 if primary else 10)
    if not 0 <= number <= HIGHEST:
        raise ValueError
    return RoleWord(
        primary,
        number,
        # PostgreSQL shows a number of 64 bits without a sign as one that has a sign.
        str(int(system) % 2**64),
        read_only == "on",
        synchronous == "t",
        address,
    )
