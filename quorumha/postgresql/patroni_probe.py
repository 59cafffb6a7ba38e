"""L{PatroniProbe}: asks the Patroni beside each database which role that has.

C{GET /primary} is answered with 200 by the primary that has the leader's lock, by any other with 503, and
either way with the state of the database as JSON (Patroni's documentation, "REST API"; C{patroni/api.py},
C{get_postgresql_status}, looked at in 3.0.2).
"""

from __future__ import annotations

from attrs import evolve
from msgspec import DecodeError, Struct, ValidationError
from msgspec.json import Decoder
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from quorumha.health.http_probe import HttpProbe
from quorumha.health.verdicts import Verdict
from quorumha.pool.pool import Member
from quorumha.postgresql.check_kinds import PATRONI_PLACE
from quorumha.postgresql.pools_writer import RoleProbe
from quorumha.postgresql.role_word import HIGHEST, RoleVerdict, RoleWord

#: With the lock, and without it, or without a database.
_STATUSES = (200, 503)
#: Patroni 4 says the one, those before it the other.
_PRIMARIES = ("primary", "master")
_STANDBYS = ("replica", "standby_leader", "demoted")
#: Letters of a state, or a role, that are shown.
_SHOWN = 40


class _Standby(Struct):
    """One that receives the log of a primary; C{sync_state} as in C{pg_stat_replication}."""

    sync_state: str | None = None


class _Said(Struct):
    """What is looked at of the response.

    @ivar dcs_last_seen: when it last reached the store that has the lock; 0: not yet.
    """

    state: str = ""
    role: str = ""
    timeline: int | None = None
    database_system_identifier: str | int = ""
    replication: list[_Standby] | None = None
    dcs_last_seen: int | float | None = None


_decoder = Decoder(_Said)


def patroni_verdict(status: int, body: bytes) -> RoleVerdict:
    """What a response says; primary and standby are both healthy.  Pure."""
    if status not in _STATUSES:
        return RoleVerdict(f"its Patroni answers {status}")
    try:
        said = _decoder.decode(body)
    except (DecodeError, ValidationError, UnicodeDecodeError, RecursionError):
        return RoleVerdict("what its Patroni answers is not Patroni's")
    if said.state != "running":
        return RoleVerdict(f"its Patroni says that the database is {_shown(said.state) or 'in no state'}")
    if said.role not in (*_PRIMARIES, *_STANDBYS):
        return RoleVerdict(f"its Patroni says no role: {_shown(said.role) or 'nothing'}")
    primary = status == 200 and said.role in _PRIMARIES
    system, timeline = str(said.database_system_identifier), said.timeline or 0
    if not 0 <= timeline <= HIGHEST:
        return RoleVerdict("what its Patroni answers is not Patroni's")
    if primary and not (timeline and system):
        # As while Patroni itself cannot ask: it is no word against the database.
        return RoleVerdict(f"its Patroni does not say its {'timeline' if system else 'system identifier'}")
    if not primary and said.role in _PRIMARIES and said.dcs_last_seen == 0:
        # It has just been started, and knows nothing of any lock.
        return RoleVerdict()
    synchronous = None
    if primary and said.replication:
        synchronous = any(one.sync_state in ("sync", "quorum") for one in said.replication)
    return RoleVerdict(word=RoleWord(primary, timeline, system, synchronous=synchronous))


def _shown(word: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in word[:_SHOWN])


class PatroniProbe(RoleProbe):
    """Healthy is whose Patroni says that its database runs; its role is passed on to the pool's writer."""

    def __init__(self, clock: IReactorTime, timeout: float, path: str) -> None:
        """
        @param timeout: seconds, from connecting to the last byte.
        @param path: what is asked for.
        """
        self._clock = clock
        self._http = HttpProbe(clock, timeout, path.encode("ascii"), patroni_verdict, located=_located)
        #: Each member as it is asked: at its Patroni.
        self._places: dict[Member, Member] = {}

    def ask(self, member: Member) -> Deferred[Verdict]:
        """Put one question."""
        asked_at = self._clock.seconds()
        return self._http.ask(self._place_of(member)).addCallback(_asked, asked_at)

    def forget(self, member: Member) -> None:
        """It is asked no more."""
        place = self._places.pop(member, None)
        if place is not None:
            self._http.forget(place)

    def stop(self) -> None:
        """End all connections."""
        self._http.stop()

    def _place_of(self, member: Member) -> Member:
        upstream, place = member.upstream.places[PATRONI_PLACE], self._places.get(member)
        if place is None or place.upstream is not upstream:
            self.forget(member)
            place = self._places[member] = Member(upstream, node=member.node)
        return place


def _asked(verdict: Verdict, asked_at: float) -> Verdict:
    """It is as old as its question."""
    return evolve(verdict, asked_at=asked_at) if isinstance(verdict, RoleVerdict) else verdict


def _located(verdict: Verdict, address: str) -> Verdict:
    """Its database is where it is."""
    if isinstance(verdict, RoleVerdict) and verdict.word is not None:
        return evolve(verdict, word=evolve(verdict.word, address=address))
    return verdict
