"""Facts of GoQuorum listeners: as those of L{quorumha.events}, and nothing of parameters or results."""

from __future__ import annotations

from attrs import frozen


@frozen
class Behind:
    """A client has an answer of a member that is not known to have a block that the client has seen.

    @ivar pool: whose member it is.
    @ivar member: the best one that could be asked.
    @ivar height: the highest block that it is known to have; -1: none.
    @ivar seen: the highest block that the client has seen.
    """

    pool: str
    member: str
    height: int
    seen: int


@frozen
class InDoubt:
    """A member got a call of an account and did not answer, or went away with what it acknowledged: nobody
    knows what becomes of it.

    @ivar pool: whose member it is.
    @ivar member: who got it.
    @ivar account: whose call it was, C{0x} and hex digits.
    @ivar method: the table's name of it.
    """

    pool: str
    member: str
    account: str
    method: str


@frozen
class AccountUnseen:
    """The calls of an account go to a member that is not known to know its last transaction.

    @ivar pool: whose member it is.
    @ivar member: who gets its calls from now on.
    @ivar account: C{0x} and hex digits.
    @ivar cause: why they do all the same, in a few words.
    """

    pool: str
    member: str
    account: str
    cause: str


@frozen
class MemberGraded:
    """What may be done with a member beside its being up or down has changed, as its checks say.

    @ivar change: C{"behind"}: it is not read from while another one can be; C{"caught up"}: it is again;
        C{"read-only"}: it gets no transactions; C{"writable"}: it does again.
    @ivar cause: why, in a few words.
    """

    pool: str
    upstream: str
    change: str
    cause: str


@frozen
class SignMissing:
    """A member does not say something that tells how it is; it counts as not known.

    @ivar signs: which methods it does not have.
    """

    pool: str
    upstream: str
    signs: str


@frozen
class PrivateStateDiffers:
    """Members have different private state at one height; or, after that, the same again.

    @ivar height: of the block.
    @ivar members: those with the same state, group by group: C{a1, a2 | a3}; empty: all have the same again.
    """

    pool: str
    height: int
    members: str


@frozen
class NotSpread:
    """A client was told of a transaction that no second member has taken, though its own member lives.

    @ivar pool: whose member it is.
    @ivar member: who alone has it.
    @ivar hash: of the transaction.
    """

    pool: str
    member: str
    hash: str


@frozen
class SubscriptionGap:
    """A client's subscription goes on at another member, and what was missed of it nobody can fill in.

    @ivar member: who has it now.
    @ivar name: what it is to, as the node calls it.
    """

    pool: str
    member: str
    name: str


@frozen
class SocketClosed:
    """The proxy closed a client's WebSocket, though nothing was wrong with what that had sent.

    @ivar client: its address, as text.
    @ivar code: of the close frame: C{1011}, C{1012}, C{1013}.
    @ivar reason: why, as the client is told.
    """

    listener: str
    pool: str
    client: str
    code: int
    reason: str
