"""L{WhereServedProbe}: the deep question where a port has its path, else whether the port is up.

A Tessera's ports for other Tesseras and for applications have no C{GET /transaction} (the resources of
Tessera 20.10 and later; WIRE A3), so nothing that can be asked there looks at the database from 21.10
on.  But what stands behind such a pool may be more than one port: whoever says of the transaction, and not
of the path, that it is not there is asked for it from then on.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import field, frozen
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from quorumha.health.http_probe import HttpProbe
from quorumha.health.verdicts import DEAD, DEEP_PATH, NOT_SERVED, SERVED, UP_CHECK, Verdict, served, up
from quorumha.pool.pool import Member, UpstreamPool


@frozen(eq=False)
class WhereServedProbe:
    """See the module.

    @ivar never: those who need not be asked for a transaction: another port of theirs is.
    """

    deep: HttpProbe
    plain: HttpProbe
    never: frozenset[Member]
    vouches: bool = True
    #: Whether they have the path, as far as is known.
    _known: dict[Member, bool] = field(init=False, factory=dict)

    def ask(self, member: Member) -> Deferred[Verdict]:
        """See L{Probe<quorumha.health.probes.Probe>}."""
        if member in self.never or self._known.get(member) is False:
            return self.plain.ask(member).addCallback(self._plainly, member)
        return self.deep.ask(member).addCallback(self._deeply, member)

    def _deeply(self, verdict: Verdict, member: Member) -> Verdict | Deferred[Verdict]:
        if verdict is SERVED:
            self._known[member] = True
        elif verdict is NOT_SERVED:
            self._known[member] = False
            return self.plain.ask(member)
        elif verdict is DEAD and member not in self._known:
            # Only of who is known to have the path this is known to be about the database.
            return self.plain.ask(member)
        return verdict

    def _plainly(self, verdict: Verdict, member: Member) -> Verdict:
        if verdict.fault is not None:
            # It may be another one that comes back.
            self._known.pop(member, None)
        return verdict

    def stop(self) -> None:
        """See L{Probe<quorumha.health.probes.Probe>}."""
        self.deep.stop()
        self.plain.stop()


def where_served(
    pool: UpstreamPool, clock: IReactorTime, timeout: float, never: Iterable[str]
) -> WhereServedProbe:
    """The probe for the members of a pool.

    @param timeout: seconds for each question.
    @param never: as the probe's, by name.
    """
    names = frozenset(never)
    return WhereServedProbe(
        HttpProbe(pool, clock, timeout, DEEP_PATH, served),
        HttpProbe(pool, clock, timeout, UP_CHECK, up),
        frozenset(member for member in pool.members if member.upstream.name in names),
    )
