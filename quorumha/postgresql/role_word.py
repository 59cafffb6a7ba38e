"""What a database said of itself: the same, whoever was asked for it.  Values."""

from __future__ import annotations

from attrs import evolve, frozen

from quorumha.health.verdicts import Verdict

#: No timeline is higher (C{TimeLineID} has 32 bits): who says so does not speak of one. It is not believed:
#: nobody would be written to on a lower one ever after.
HIGHEST = 2**32 - 1


@frozen
class RoleWord:
    """One word of one database.

    @ivar primary: it is not in recovery; of a Patroni: it has the lock of the leader, too.
    @ivar timeline: the one that it is on; each promotion begins a higher one (PostgreSQL's documentation,
        "Timelines"). 0: it does not say. A standby's may be one that is over; it is never too high.
    @ivar system: C{system_identifier} of C{pg_control_system()}: equal in all copies of one database.
    @ivar read_only: new transactions are read only unless they say otherwise.
    @ivar synchronous: whether it waits for a standby before it acknowledges; None: it does not say.
    @ivar address: the IP address at which it was said, where a name led there, which may lead elsewhere, too.
    """

    primary: bool
    timeline: int
    system: str
    read_only: bool = False
    synchronous: bool | None = None
    address: str = ""

    def said_elsewhere(self, before: RoleWord) -> bool:
        """Whether it is a primary that says what was said before, but at another address."""
        return (
            self.primary
            and self.address != before.address
            and self == evolve(before, address=self.address, synchronous=self.synchronous)
        )


@frozen
class RoleVerdict(Verdict):
    """A check's verdict that has a word.

    @ivar word: None: there was none.
    @ivar asked_at: when the question was put, by the clock: the word is no older, and may be as old.
    """

    word: RoleWord | None = None
    asked_at: float = 0.0
