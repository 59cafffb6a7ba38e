"""L{DeepProbe} asks for a transaction that does not exist; L{WhereServedProbe} where a port has the path.

Tessera's ports for other Tesseras and applications have no C{GET /transaction} (20.10 and later; WIRE A3),
so nothing that can be asked there looks at the database from 21.10 on.  But behind such a pool may be more
than one port: whoever says of the transaction, and not of the path, that it is not there is asked for it.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from quorumha.health.http_probe import HttpProbe
from quorumha.health.probes import Probe
from quorumha.health.verdicts import Verdict, VerdictOf
from quorumha.pool.member import Member
from quorumha.tessera.decide.health_check import (
    DEAD,
    DEEP_PATH,
    NOT_SERVED,
    SERVED,
    UP_CHECK,
    database_of,
    served,
    tessera,
    up,
)


@frozen(eq=False)
class DeepProbe(HttpProbe):
    """Healthy is who looked for the transaction in its database."""

    path: bytes = DEEP_PATH
    verdict_of: VerdictOf = tessera

    def note(self, member: Member, verdict: Verdict) -> None:
        """Whether the node reaches its database."""
        database_of(member).note(verdict, self.clock.seconds())

    def forget(self, member: Member) -> None:
        """Nobody says any more whether it reaches its database."""
        database_of(member).dead = False
        super().forget(member)


class WhereServedProbe(Probe):
    """Asks whether the port is up, or better, where that is possible."""

    def __init__(self, clock: IReactorTime, timeout: float, elsewhere: Callable[[Member], bool]) -> None:
        """
        @param timeout: seconds for each question.
        @param elsewhere: whether another port of its node is asked for a transaction: then it need not be.
        """
        self._clock = clock
        self._elsewhere = elsewhere
        self._deep = HttpProbe(clock, timeout, DEEP_PATH, served)
        self._plain = HttpProbe(clock, timeout, UP_CHECK, up)
        #: Whether they have the path, as far as is known.
        self._known: dict[Member, bool] = {}

    def ask(self, member: Member) -> Deferred[Verdict]:
        """Put one question, or two."""
        if self._known.get(member) is False or self._elsewhere(member):
            return self._plain.ask(member).addCallback(self._plainly, member)
        return self._deep.ask(member).addCallback(self._deeply, member)

    def _deeply(self, verdict: Verdict, member: Member) -> Verdict | Deferred[Verdict]:
        if verdict is SERVED:
            self._known[member] = True
        elif verdict is NOT_SERVED:
            self._known[member] = False
            return self._plain.ask(member)
        elif verdict is DEAD and member not in self._known:
            # Only of who is known to have the path this is known to be about the database.
            return self._plain.ask(member)
        return verdict

    def _plainly(self, verdict: Verdict, member: Member) -> Verdict:
        if verdict.fault is not None:
            # It may be another one that comes back.
            self._known.pop(member, None)
        return verdict

    def note(self, member: Member, verdict: Verdict) -> None:
        """Whether the node reaches its database, unless another port says it."""
        if not self._elsewhere(member):
            database_of(member).note(verdict, self._clock.seconds())

    def forget(self, member: Member) -> None:
        """Nobody says any more whether it has the path, nor, as far as this goes, its database."""
        if not self._elsewhere(member):
            database_of(member).dead = False
        self._known.pop(member, None)
        self._deep.forget(member)
        self._plain.forget(member)

    def stop(self) -> None:
        """End all connections."""
        self._deep.stop()
        self._plain.stop()
