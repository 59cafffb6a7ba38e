"""Facts: what happened, each a frozen value made once; and L{Observers}, who are told of it.

A fact is made where a request ends for its client, or where a thing changes.  Its keys are fixed and hold
plain values: no sentences, and nothing of payloads, keys or headers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from attrs import field, frozen
from twisted.logger import Logger

if TYPE_CHECKING:
    from quorumha.pool.upstream import AttemptResult

log = Logger()

#: Called with each fact, in the turn in which it happened.  It returns soon; what it raises is logged.  It
#: may keep the fact.  Facts that it does not know it leaves alone: there will be more kinds.
Observer = Callable[[Any], object]


class Observers:
    """Gives each fact to all who observe.

    @ivar requests: somebody wants every request and connection, not only those that failed.
    @ivar targets: somebody wants to know what clients asked for, which may hold a key.
    """

    __slots__ = ("_entries", "requests", "targets")

    def __init__(self, *observers: Observer) -> None:
        self._entries: tuple[tuple[Observer, bool], ...] = tuple((one, False) for one in observers)
        self.requests = self.targets = False

    def add(self, observer: Observer, *, requests: bool = False) -> Callable[[], None]:
        """Give C{observer} every fact from now on.

        @param requests: of each L{RequestDone} and L{ConnectionDone}, not only of those that failed: that
            costs a few microseconds for each.
        @return: call it to give it no more.
        """
        entry = observer, requests

        def remove() -> None:
            self._set(tuple(one for one in self._entries if one is not entry))

        self._set((*self._entries, entry))
        return remove

    @property
    def count(self) -> int:
        """How many observe."""
        return len(self._entries)

    def _set(self, entries: tuple[tuple[Observer, bool], ...]) -> None:
        self._entries = entries
        self.requests = any(requests for _, requests in entries)

    def notify(self, fact: object) -> None:
        """Give a fact to every observer that wants it.  Never raises."""
        usual = isinstance(fact, RequestDone | ConnectionDone) and not fact.error
        for observer, requests in self._entries:
            if usual and not requests:
                continue
            try:
                observer(fact)
            except Exception:
                log.failure("an observer failed on a {fact}", fact=type(fact).__name__)


@frozen
class Origin:
    """Where requests come in that are counted and told of.  Subrequests and copies for mirrors have none.

    @ivar listener: empty: they are of this program itself.
    @ivar call: the route, or the call of Tessera, as the configuration names it: no text of a client's.
    """

    listener: str = ""
    call: str = ""


@frozen
class RequestDone:
    """A request has ended for its client.

    @ivar pool: whose members were asked.
    @ivar client: its address, as text.
    @ivar status: of the response, one of the proxy's own too; 0: it broke off, or the client left before.
    @ivar error: why it failed, in the words that the client got; empty: it did not.
    @ivar attempts: each member that was asked, in order; the last is who responded, if anybody did.
    @ivar received: bytes of the request's body.
    @ivar sent: bytes of the response's body.
    @ivar seconds: since its head was read.
    @ivar waited: of these, the seconds for which it waited because no member could respond.
    @ivar id: C{X-Request-Id}, the client's or one of ours; empty: it has none.
    @ivar target: what was asked for, where L{Observers.targets} is set; else empty.  No event has it.
    """

    listener: str
    call: str
    pool: str
    client: str
    method: str
    status: int
    error: str
    attempts: Sequence[AttemptResult]
    received: int
    sent: int
    seconds: float
    waited: float
    id: str = ""
    target: str = field(default="", repr=False, metadata={"private": True})

    @property
    def failovers(self) -> int:
        """How often another member was asked than the one before."""
        names = [attempt.upstream.name for attempt in self.attempts]
        return sum(one != other for one, other in pairwise(names))


@frozen
class ConnectionDone:
    """A relayed connection has ended, or no member took it.

    @ivar upstream: who had it; empty: nobody.
    @ivar error: why nobody had it; empty: somebody did.
    @ivar received: bytes from the client.
    @ivar sent: bytes to the client.
    @ivar seconds: since the client connected.
    @ivar ended: who ended it: C{"client"}, C{"upstream"}, or C{"proxy"}; empty: nobody had it.
    """

    listener: str
    pool: str
    client: str
    upstream: str
    error: str
    received: int
    sent: int
    seconds: float
    ended: str = ""


@frozen
class Refused:
    """A client's request, or connection, was refused: the client is at fault, and no member was asked.

    @ivar status: of the response; 0: there was no request yet: TLS failed, or no PROXY header came.
    @ivar cause: why, in a few words.
    @ivar id: of the request; empty: it has none.  C{method}: one of HTTP; empty: none could be read.
    @ivar call: as in L{RequestDone}, C{"/"} where there are no routes; empty: unknown.  C{target}: likewise.
    """

    listener: str
    client: str
    status: int
    cause: str
    id: str = ""
    method: str = ""
    call: str = ""
    target: str = field(default="", repr=False, metadata={"private": True})


@frozen
class ConnectionsCut:
    """So many connections were still busy when the time for a stop was over."""

    listener: str
    count: int


@frozen
class MemberChanged:
    """What may be done with a member of a pool has changed.

    @ivar change: C{"down"}: its checks say so; C{"ejected"}: its traffic; C{"up"}: it may be used again;
        C{"unprepared"}: likewise, though not all was done that had to be done first; C{"enabled"},
        C{"disabled"}: its operator says so; C{"added"}, C{"removed"}: its configuration does;
        C{"backup in use"}: it is the first backup that is used, as no other member can be;
        C{"back from backup"}: it is the first other member that can be used again.
    @ivar cause: why, in a few words.
    @ivar next: what follows, in a few words.
    @ivar seconds: for how long it is ejected; 0: it is not.
    @ivar node: whose member it is: one name in all pools.
    @ivar ports: how many pools have the node, once for each of its ports.
    """

    pool: str
    upstream: str
    change: str
    cause: str = ""
    next: str = ""
    seconds: float = 0.0
    node: str = ""
    ports: int = 1


@frozen
class MemberChecked:
    """A member's first check is over; C{cause} is empty where nothing is wrong."""

    pool: str
    upstream: str
    cause: str


@frozen
class Lack:
    """The proxy itself lacked what it needs to ask a member: that is held against nobody."""

    pool: str
    upstream: str
    cause: str


@frozen
class ConnectionsEnded:
    """Relayed connections of a member were ended.

    @ivar failed_back: it is a backup, and another member is up.
    @ivar drained: its operator wants it to have none.
    @ivar removed: it is no member any more, since C{removed_timeout}.  None of these: its checks put it down.
    """

    pool: str
    upstream: str
    count: int
    failed_back: bool = False
    drained: bool = False
    removed: bool = False

    @property
    def why(self) -> str:
        """One of four words."""
        if self.failed_back:
            return "failed back"
        return "drained" if self.drained else "removed" if self.removed else "down"


@frozen
class DrainChanged:
    """The process is to be left alone by its clients, or no more.

    @ivar step: C{"draining"}: it says that it is not ready; C{"drained"}: it takes no new clients;
        C{"undrained"}: all that is taken back; C{"stopping"}: it says that it is not ready, and will stop.
    @ivar seconds: until the next step.
    """

    step: str
    seconds: float = 0.0


@frozen
class NotListening:
    """A listener takes no clients though the process was undrained: its address was taken meanwhile."""

    listener: str
    reason: str


@frozen
class WordsLost:
    """What an operator had said of members cannot be read: who is enabled is as the configuration says."""

    path: str
    reason: str


@frozen
class Waiting:
    """No member can respond: a listener's requests wait from now on."""

    listener: str


@frozen
class WaitingOver:
    """None of a listener's requests waits any more, and each that did has its response or has left.

    @ivar count: how many waited.
    @ivar seconds: since the first one began to.
    @ivar served: how many got the response of a member.
    """

    listener: str
    count: int
    seconds: float
    served: int


@frozen
class Full:
    """Something holds all that it may.

    @ivar what: C{"waiting"}: the oldest waiting request gets 503; C{"replay-budget"}: the largest bodies that
        are not whole are sent once; C{"mirror-budget"}: the oldest copy is dropped; C{"late-responses"}:
        nobody hears what became of a write at a member that its checks put down.
    @ivar whose: of a listener, by its name, or of the process: C{"process"}.
    """

    what: str
    whose: str = "process"


@frozen
class Orphan:
    """A Tessera that hung stored a payload after another one had: no transaction will ever refer to it.

    @ivar call: method and path.
    @ivar member: who stored it.
    @ivar key: of what was stored, as Tessera writes it; it names the payload, and says nothing of it.
    """

    listener: str
    call: str
    member: str
    key: str


@frozen
class PartyInfoDrift:
    """How many parties a member does not know that another one knows; 0: it knows all of them again."""

    pool: str
    upstream: str
    drift: int


@frozen
class PartyInfoCaughtUp:
    """A member that recovered was sent the party infos that it had missed.

    @ivar missing: of how many parties.
    @ivar brought: of how many of these it took them.
    """

    pool: str
    upstream: str
    missing: int
    brought: int


@frozen
class StateNotKept:
    """What members said cannot be kept on disk, in this file or directory."""

    path: str
    reason: str


@frozen
class Listening:
    """A listener takes clients."""

    listener: str
    address: str


@frozen
class ReloadTaken:
    """The configuration's file was read again, and what it says serves.

    @ivar changes: what that changed, a line each; empty: nothing.
    @ivar warnings: what is probably not meant, a line each.
    """

    file: str
    changes: Sequence[str]
    warnings: Sequence[str] = ()


@frozen
class ReloadRefused:
    """The configuration's file was to be read again, and cannot be used: what served goes on.

    @ivar problems: why, a line each.
    """

    file: str
    problems: Sequence[str]


@frozen
class Started:
    """All listeners take clients, and each member that is checked was checked once.

    @ivar file: the configuration's; empty: there is none.
    @ivar listeners: addresses, by the listener's name.
    @ivar members: by pool and name: C{"up"}, C{"disabled"}, C{"not checked"}, or what is wrong.
    """

    version: str
    file: str
    listeners: Mapping[str, str]
    members: Mapping[str, Mapping[str, str]]
