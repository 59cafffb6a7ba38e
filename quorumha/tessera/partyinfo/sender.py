"""L{Sender}: brings one member the posts that it has not got.

L{PartyInfoSync<quorumha.tessera.partyinfo.sync.PartyInfoSync>} has one for each member.
"""

from __future__ import annotations

from collections import Counter

from attrs import evolve
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.errors import UpstreamError
from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.mirror import Mirror
from quorumha.http.forward.round_policy import Response
from quorumha.http.forward.subrequest import subrequest
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead
from quorumha.pool.candidates import SingleCandidate
from quorumha.pool.pool import Member
from quorumha.tessera.knowledge.party_table import PartyTable, parse_party_table
from quorumha.tessera.partyinfo.ledger import Entry, Ledger

log = Logger()

#: Posts on their way to one member at once.
AT_ONCE = 4
#: After so many failures in a row the member is left alone until the next occasion.
FAILURES = 4
#: Seconds before a post that a member did not take goes to it again, but where there is new hope.
PAUSE = 5.0

ASK_PARTY_INFO = RequestHead.get(b"/partyinfo", b"", (b"Accept", b"application/json"))


class Sender:
    """For one member.

    The posts of one party go one at a time, so that an older one never overtakes a newer one; at most
    L{AT_ONCE} go together.

    @ivar member: whom it serves.
    @ivar prepared: when it last brought all there was, in the clock's seconds.
    @ivar futile: times that a party was brought again since the member last knew it.
    """

    def __init__(self, member: Member, mirror: Mirror, ledger: Ledger) -> None:
        self.member = member
        self.name = member.upstream.name
        self.prepared = -PAUSE
        self.futile: Counter[str] = Counter()
        self._forwarder: PoolForwarder = mirror.forwarder
        self._mirror = mirror
        self._ledger = ledger
        self._busy: dict[bytes, Deferred[None]] = {}
        self._tried: dict[bytes, tuple[int, float]] = {}
        self._doubtful: set[bytes] = set()
        # When a post of each party was last on its way.
        self._completed: dict[bytes, float] = {}
        self._failures = 0
        self._max_age: float | None = None
        self._idle: list[Deferred[None]] = []
        self._asking: set[Deferred[Response]] = set()
        self._stopped = False

    @property
    def busy(self) -> int:
        """Posts on their way."""
        return len(self._busy)

    def carries(self, party: bytes) -> bool:
        """Whether a post of this party is on its way."""
        return party in self._busy

    def brought_since(self, party: bytes, when: float) -> bool:
        """Whether a post of this party was on its way at any time since then, as far as is known.

        One that is in doubt was, until the doubt was resolved.  Where it is not resolved yet the newest comes
        again when it is.
        """
        return party in self._busy or self._completed.get(party, -1.0) >= when

    def hold(self, entry: Entry) -> None:
        """The member was sent this one, and nobody knows what became of it: not again at once."""
        now = self._now()
        self._tried[entry.party] = entry.number, now
        self._completed[entry.party] = now
        self._doubtful.add(entry.party)

    def resolve_doubts(self) -> None:
        """The member answers: what it was sent while it did not, it has worked on by now.

        That may have been after a newer one: the newest of those parties is brought once more.  Where it is
        just on its way, nobody knows which comes second: the doubt stays.
        """
        on_complete = self._doubtful - self._busy.keys()
        self._ledger.lost(self.name, on_complete)
        self._completed.update(dict.fromkeys(on_complete, self._now()))
        self._doubtful -= on_complete

    def bring(self, max_age: float | None, anew: bool = False) -> Deferred[None]:
        """Bring what is missing: this is an occasion.

        @param max_age: only posts of so many seconds; None: all.
        @param anew: also those that the member was sent a moment ago.
        @return: fires when nothing is on its way any more.  Cancel it to wait no more.
        """
        self._failures = 0
        if anew:
            self._tried.clear()
        if not self._busy or max_age is None:
            self._max_age = max_age
        self._go_on()
        if not self._busy:
            return succeed(None)
        waiting: Deferred[None] = Deferred(self._idle.remove)
        self._idle.append(waiting)
        return waiting

    async def table(self) -> PartyTable | None:
        """Whom the member knows; None: it did not say."""
        try:
            response = await self._ask(ASK_PARTY_INFO, Client())
        except UpstreamError:
            return None
        return parse_party_table(response.body) if response.head.status == 200 else None

    def stop(self) -> None:
        """Nothing more, at once."""
        self._stopped = True
        for asking in tuple(self._asking):
            asking.cancel()
        for bringing in tuple(self._busy.values()):
            bringing.cancel()
        self._notify_idle()

    def _notify_idle(self) -> None:
        idle, self._idle = self._idle, []
        for waiting in idle:
            waiting.callback(None)

    def _now(self) -> float:
        return self._forwarder.clock.seconds()

    def _ask(self, head: RequestHead, client: Client, body: bytes = b"") -> Deferred[Response]:
        deadline = self._now() + self._mirror.timeout if self._mirror.timeout else 0.0
        only = SingleCandidate(self._forwarder.pool, self.member.for_copies())
        asking = subrequest(self._forwarder, head, client, only, deadline, body)
        self._asking.add(asking)

        def asked(result: Response | Failure) -> Response | Failure:
            self._asking.discard(asking)
            return result

        return asking.addBoth(asked)

    def _go_on(self) -> None:
        now = self._now()
        for entry in self._ledger.missing(self.name, now, self._max_age):
            if self._stopped or self._failures >= FAILURES or len(self._busy) >= AT_ONCE:
                return
            number, at = self._tried.get(entry.party, (0, 0.0))
            if entry.party in self._busy or (number == entry.number and now - at < PAUSE):
                continue
            self._tried[entry.party] = entry.number, now
            bringing = Deferred.fromCoroutine(self._bring_one(entry))
            if not bringing.called:
                self._busy[entry.party] = bringing
            bringing.addErrback(self._failed).addCallback(self._brought, entry.party)
        if max(len(self._tried), len(self._completed)) > 2 * len(self._ledger) + AT_ONCE:
            self._tried = {party: tried for party, tried in self._tried.items() if party in self._ledger}
            self._completed = {party: at for party, at in self._completed.items() if party in self._ledger}
            self._doubtful = {party for party in self._doubtful if party in self._ledger}

    async def _bring_one(self, entry: Entry) -> None:
        counters = self._mirror.counters
        try:
            # Its whole body is here: it goes with its length, however it came.
            head = evolve(entry.head, length=len(entry.body), upgrade=b"")
            response = await self._ask(head, entry.client, entry.body)
        except UpstreamError:
            counters.mirror_failed += 1
            self._failures += 1
            self._doubtful.add(entry.party)
            return
        counters.mirrored += 1
        self._failures = 0
        if 200 <= response.head.status < 300:
            self._ledger.took(self.name, entry)

    def _failed(self, failure: Failure) -> None:
        if not failure.check(CancelledError):
            log.failure("bringing a party info failed", failure)
            self._failures += 1

    def _brought(self, _: None, party: bytes) -> None:
        self._busy.pop(party, None)
        self._completed[party] = self._now()
        self._go_on()
        if not self._busy:
            self._notify_idle()
