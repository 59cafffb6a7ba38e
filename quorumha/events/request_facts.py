"""Facts of what clients wanted: of their requests and connections, and of what a listener does with them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from quorumha.pool.upstream import AttemptResult


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
    @ivar target: what was asked for, where C{Observers.targets} is set; else empty.  No event has it.
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
