"""What makes something new, or has an effect, each time: when it may wait, and when it is over."""

from __future__ import annotations

from attrs import frozen

from quorumha.events import Orphan
from quorumha.http.forward.round_policy import (
    Again,
    Ask,
    Deliver,
    Elsewhere,
    Next,
    Response,
    RoundFacts,
    RoundPolicy,
)
from quorumha.http.wire.messages import RequestHead, ResponseHead
from quorumha.pool.pool import Member
from quorumha.pool.upstream import Responded, TimedOut, WentDown
from quorumha.tessera.decide.health_check import DEEP_PATH, database_of
from quorumha.tessera.decide.read import database_is_gone
from quorumha.tessera.decide.transaction_lookup import LAG
from quorumha.tessera.knowledge.existence import ExistenceMemory
from quorumha.tessera.knowledge.keys import made_key

#: Answers after which Tessera has kept nothing: the transaction was rolled back, or never begun.
#: 404: no such recipient here; 410: the recipient's node cannot be reached from here; 403: this
#: member does not know that the recipient takes enhanced privacy (TS exception mappers; WIRE A2).
ROLLED_BACK = frozenset({401, 403, 404, 410, 500, 503})

#: Seconds: a member whose connection breaks sooner has died, and what it had begun was rolled back.
REPEAT_WITHIN = 2.0

#: What says how much of the other parties this member knows.  A Tessera that was started anew knows nobody.
_OF_ITS_TABLE = frozenset({403, 404, 410})
#: Seconds after its return in which a member may still be told of the other parties: two of the intervals at
#: which parties post.  It responds to GoQuorum some 3 s before it has heard of them (measured; WIRE C14).
LEARNING = 10.0

#: Seconds that a member may take to say whether it has its database; as a check's.
LOOK = 0.75


@frozen(eq=False)
class SendPolicy(RoundPolicy):
    """C{/send}, C{/sendraw}, C{/storeraw}: each try makes another ciphertext.

    It waits only while nothing can have been kept: no member was reached, or all said that they
    rolled back, for want of a database or, just back, of what they know of the recipients.  A
    member that fell silent may still act on what it got.

    A 500 was rolled back, too, but recipients may have got it: it is the response, unless who said it lacks
    its database.  Where C{looks}, that is asked of it, once.

    @ivar memory: where the keys of new transactions are noted; None where they are none.
    """

    memory: ExistenceMemory | None = None
    repeat_within: float = REPEAT_WITHIN
    learning: float = LEARNING
    statuses: frozenset[int] = ROLLED_BACK
    looks: bool = False

    def decide(self, facts: RoundFacts) -> Next:
        """Ask again while nothing can have been kept."""
        asleep = any(
            a.in_doubt
            and (isinstance(a.outcome, TimedOut) or a.waited >= self.repeat_within)
            # What that one will do it will do, whether or not another one is asked.
            and not isinstance(a.outcome, WentDown)
            for a in facts.attempts
        )
        if facts.response is None:
            return self.at_last(facts) if asleep else Again()
        if self.looks and facts.response.head.status == 500 and not asleep:
            follows = _look(facts)
            if follows is not None:
                return follows
        if facts.response.head.status >= 500 and database_is_gone(facts) and not asleep:
            return Again()
        if says_of_its_table(facts.response) and only_newcomers(facts, self.learning) and not asleep:
            return Again(LAG)
        return Deliver(facts.response)

    def passed(self, target: bytes, response: ResponseHead, data: bytes, ended: bool) -> None:
        """Note the key of what was made."""
        if self.memory is not None and response.status in (200, 201):
            self.memory.add(made_key(response, data, ended))


def says_of_its_table(response: Response) -> bool:
    """Whether this is said by a member that does not know a recipient, or not enough of it."""
    return response.head.status in _OF_ITS_TABLE


def only_newcomers(facts: RoundFacts, learning: float) -> bool:
    """Whether everyone who answered is still out, or came back just now.

    Not after the proxy's own start: until it has seen a member down it takes its word.  Who stays out, and
    says so for as long as it may have to learn, has checks that find something else.
    """
    return all(
        (m.health.down and facts.refused_for < learning) or facts.now - m.up_since < learning
        for m in facts.responders()
    )


def _look(facts: RoundFacts) -> Next | None:
    """What follows from a member's first 500; None: from this one nothing of its own does."""
    failed = [a.upstream.name for a in facts.attempts if a.outcome == Responded(500)]
    who = next((m for m in facts.members if failed and m.name == failed[-1]), None)
    if who is None or failed.count(who.name) > 1:
        return None
    asked = facts.asked
    if asked is None and not database_of(who).dead:
        return Ask(RequestHead.get(DEEP_PATH, facts.head.host), who, LOOK)
    if isinstance(asked, Response) and asked.head.status != 500 and not database_of(who).dead:
        return None
    # Silence says it, too: what needs a database that is away waits for it.
    others = [m for m in facts.members if m.enabled and m.name not in failed]
    return Elsewhere(who) if others else Again()


def orphan_of(listener: str, head: RequestHead, member: Member, response: Response) -> Orphan | None:
    """What a response that came too late says was made, and no transaction will ever refer to.

    Each call makes another key; GoQuorum uses the one that it is given.

    @param head: the request's.
    @return: None: it names no key.
    """
    key = made_key(response.head, response.body, True)
    if key is None:
        return None
    call = f"{head.method.decode('ascii')} {head.target.partition(b'?')[0].decode('latin-1')}"
    return Orphan(listener, call, member.upstream.name, key.decode("ascii"))


@frozen(eq=False)
class SendOncePolicy(RoundPolicy):
    """What has an effect each time waits only while no member could be reached at all."""

    statuses: frozenset[int] = frozenset()

    def decide(self, facts: RoundFacts) -> Next:
        """Ask again while no member was reached."""
        if facts.response is None and not facts.resent:
            return Again()
        return self.at_last(facts)
