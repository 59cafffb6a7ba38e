"""L{PartyInfoSync}: each party's newest post reaches every member, and the members' tables stay alike.

A member learns of other parties from their posts alone, and forgets them when it ends: then C{/send} gets a
404, "Recipient not found for key" (WIRE A4, C6).  So each post is copied to all members; one that was
away is told before it gets traffic; and what each knows is compared every few seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from attrs import Factory, define, evolve, field
from twisted.internet.defer import CancelledError, Deferred, DeferredList, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.events import PartyInfoCaughtUp, PartyInfoDrift
from quorumha.http.forward.mirror import Mirror
from quorumha.http.forward.request import ForwardedRequest
from quorumha.net.timeout import end_within
from quorumha.numbers import ListenerNumbers
from quorumha.pool.pool import Member, UpstreamPool
from quorumha.tessera.knowledge.party_table import PartyTable, lacking, plain_url
from quorumha.tessera.knowledge.wire_format import party_of
from quorumha.tessera.partyinfo.ledger import Entry, Ledger
from quorumha.tessera.partyinfo.sender import Sender

log = Logger()

#: Seconds that a member is kept waiting before it gets traffic: better with some parties than not at all.
PREPARE_LIMIT = 5.0
#: A party whose last post is older has left, most likely: its posts are not brought again and again.
RECENT = 60.0
RECENT_INTERVALS = 12
#: Times that a post is brought to a member that takes it and still does not know the party.
MAX_FUTILE_RETRIES = 3
#: A member that was prepared so many seconds ago needs nothing more when it is back.
PREPARED_SECONDS = 1.0


@define(eq=False)
class PartyInfoSync:
    """Brings each party info to every member, at once or when the member is back.

    @ivar _mirror: made for this alone.
    @ivar _interval: seconds between two comparisons, a tenth more or less; 0: there are none.
    @ivar _random: from 0 to 1, for that tenth.
    @ivar ledger: the posts, and who has got them.
    @ivar pool: whose members they are for.
    @ivar drift: how many parties each member lacks that another one knows, by the member's name, at the
        last comparison that had its table.
    """

    _mirror: Mirror
    _interval: float
    _random: Callable[[], float]
    ledger: Ledger
    pool: UpstreamPool = Factory(lambda self: self._mirror.forwarder.pool, takes_self=True)
    drift: dict[str, int] = field(factory=dict, init=False)
    _clock: IReactorTime = Factory(lambda self: self._mirror.forwarder.clock, takes_self=True)
    _recent: float = Factory(lambda self: max(RECENT, RECENT_INTERVALS * self._interval), takes_self=True)
    _numbers: ListenerNumbers = Factory(lambda self: self._mirror.forwarder.numbers, takes_self=True)
    _senders: dict[Member, Sender] = field(factory=dict, init=False)
    _running: set[Deferred[None]] = field(factory=set, init=False)
    _next: IDelayedCall | None = field(default=None, init=False)
    _watching: list[Callable[[], None]] = field(factory=list, init=False)
    _stopped: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        # What is posted before it is started goes to them, too.
        for member in self.pool.members:
            self._members_changed(member)

    @property
    def pending(self) -> int:
        """How many copies are on their way to one member each."""
        return len(self._mirror.pending)

    @property
    def busy(self) -> bool:
        """Whether a post is on its way."""
        return bool(self._mirror.pending) or any(sender.busy for sender in self._senders.values())

    def start(self) -> None:
        """Begin to compare, and to listen for members that are back."""
        self._watching = [self.pool.watch(self._member_up), self.pool.watch_members(self._members_changed)]
        for member in {*self._senders, *self.pool.members}:
            self._members_changed(member)
        self._schedule()

    def rest(self) -> None:
        """Another one over this ledger compares from now on; posts that are under way are still passed on."""
        while self._watching:
            self._watching.pop()()
        self._interval = 0.0
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def stop(self) -> None:
        """End everything at once: nothing is left on the clock, and no connection."""
        self._stopped = True
        self.rest()
        for running in tuple(self._running):
            running.cancel()
        for sender in self._senders.values():
            sender.stop()
        self._mirror.stop()

    def posted(self, request: ForwardedRequest) -> None:
        """A party has posted, and its request is complete."""
        if self._stopped:
            return
        body, status = request.body, request.status
        entry = None
        if (body is None or body.replayable) and not 400 <= status < 500:
            data = b"" if body is None else b"".join(body.pieces)
            head = request.head
            if request.target is not None:
                head = evolve(head, target=request.target)
            party = party_of(data) or b"client " + request.client.address
            entry = self.ledger.add(party, head, request.client, data, self._clock.seconds())
        if entry is None:
            # What is too large, or was refused, is copied once and not remembered.
            self._mirror.copy(request)
            return
        taker = request.reached[-1] if 200 <= status < 300 else None
        for member, sender in self._senders.items():
            if member is taker:
                # An older post that was on its way meanwhile may have come second: then this one comes again.
                if not sender.brought_since(entry.party, request.began_at):
                    self.ledger.took(sender.name, entry)
            elif member in request.reached:
                sender.hold(entry)
            if member.enabled:
                sender.bring(self._recent)

    # A member is back.

    def prepare(self, member: Member) -> Deferred[None]:
        """Bring a member that answers again what it missed, before it gets traffic.

        @return: fires when that is done, or after L{PREPARE_LIMIT} seconds; never fails.
        """
        sender = self._senders.get(member)
        if sender is None or self._stopped:
            return succeed(None)
        # The limit ends the waiting; what is on its way goes on.
        return end_within(self._run(self._catch_up(sender)), PREPARE_LIMIT, self._clock)

    def _members_changed(self, member: Member) -> None:
        if not member.removed:
            if member not in self._senders:
                self._senders[member] = Sender(member, self._mirror, self.ledger)
        elif (sender := self._senders.pop(member, None)) is not None:
            sender.stop()
            self.ledger.forget(sender.name)
            self.drift.pop(sender.name, None)

    def _member_up(self, member: Member) -> None:
        sender = self._senders[member]
        if self._clock.seconds() - sender.prepared >= PREPARED_SECONDS:
            self._run(self._catch_up(sender))

    async def _catch_up(self, sender: Sender) -> None:
        if not len(self.ledger):
            return
        table = await sender.table()
        now = self._clock.seconds()
        if table is not None:
            sender.resolve_doubts()
            self.ledger.lost(sender.name, [e.party for e in self.ledger if self._is_missing(e, table)])
        missing = len(self.ledger.missing(sender.name, now))
        sender.futile.clear()
        await sender.bring(None, anew=True)
        sender.prepared = self._clock.seconds()
        left = len(self.ledger.missing(sender.name, sender.prepared))
        if missing:
            brought = max(missing - left, 0)
            self._numbers.parties_healed += brought
            caught_up = PartyInfoCaughtUp(self.pool.name, sender.name, missing, brought)
            self.pool.observers.notify(caught_up)

    @staticmethod
    def _is_missing(entry: Entry, table: PartyTable) -> bool:
        """Whether a member with this table has lost the party of a post."""
        url = _url_of(entry)
        return url is not None and url != table.own and not table.knows(url)

    # Comparing.

    def _schedule(self) -> None:
        if self._interval and not self._stopped:
            self._next = self._clock.callLater(self._interval * (0.9 + 0.2 * self._random()), self._tick)

    def _tick(self) -> None:
        self._next = None
        self._run(self.compare()).addCallback(lambda _: self._schedule())

    async def compare(self) -> None:
        """Ask each member whom it knows, and bring what it lacks."""
        self.ledger.expire(self._clock.seconds())
        senders = [sender for member, sender in self._senders.items() if member.enabled]
        asking = DeferredList([Deferred.fromCoroutine(c.table()) for c in senders], consumeErrors=True)
        tables: dict[Sender, PartyTable] = {}
        results: Sequence[tuple[bool, Any]] = await asking
        for sender, (_, said) in zip(senders, results, strict=True):
            if isinstance(said, PartyTable):
                tables[sender] = said
            elif isinstance(said, Failure) and not said.check(CancelledError):
                log.failure("asking a member whom it knows failed", said)
        lacks = lacking({sender.name: table for sender, table in tables.items()})
        for sender, table in tables.items():
            self._heal(sender, table, lacks[sender.name])

    def _heal(self, sender: Sender, table: PartyTable, lacks: frozenset[str]) -> None:
        """Bring a member that answers what it lacks, has lost, or never got."""
        sender.resolve_doubts()
        posts = {url: entry for entry in self.ledger if (url := _url_of(entry)) is not None}
        # What is just on its way is nobody's lack.
        moving = {url for url, entry in posts.items() if sender.carries(entry.party)}
        self._notify_drift(sender.name, len(lacks - moving))
        # Where all have restarted at once, no other member knows it either.
        lost = {url for url, entry in posts.items() if self._is_missing(entry, table)}
        wanted = ((lacks & posts.keys()) | lost) - moving
        for url in sender.futile.keys() - wanted:
            del sender.futile[url]
            self._numbers.parties_healed += url not in moving
        now = self._clock.seconds()
        for url in wanted:
            party, at = posts[url].party, posts[url].at
            hopeful = now - at < self._recent and sender.futile[url] < MAX_FUTILE_RETRIES
            if hopeful and self.ledger.lost(sender.name, [party]):
                sender.futile[url] += 1
        bringing = sender.bring(self._recent)
        if forgotten := lost & sender.futile.keys():
            self._run(self._see_what_helped(sender, bringing, forgotten))

    async def _see_what_helped(self, sender: Sender, bringing: Deferred[None], forgotten: set[str]) -> None:
        """A member that lacks a party at each comparison may have ended between any two."""
        await bringing
        table = await sender.table()
        for url in forgotten:
            if table is not None and table.knows(url) and sender.futile.pop(url, 0):
                self._numbers.parties_healed += 1

    def _notify_drift(self, name: str, count: int) -> None:
        before, self.drift[name] = self.drift.get(name, 0), count
        if bool(count) is not bool(before):
            self.pool.observers.notify(PartyInfoDrift(self.pool.name, name, count))

    def _run(self, doing: Coroutine[Deferred[Any], Any, None]) -> Deferred[None]:
        """Do it in the background, until L{stop}; failures are logged."""
        running = Deferred.fromCoroutine(doing)

        def ended(result: Failure | None) -> None:
            self._running.discard(running)
            if isinstance(result, Failure) and not result.check(CancelledError):
                log.failure("bringing party infos to a member failed", result)

        self._running.add(running)
        return running.addBoth(ended)


def _url_of(entry: Entry) -> str | None:
    """The URL of the party, as tables are compared; None: the post did not say."""
    return plain_url(entry.party.decode("ascii")) if entry.party.startswith(b"http") else None
