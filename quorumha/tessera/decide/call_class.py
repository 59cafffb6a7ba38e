"""What may be done with a call: a row for each class, with all that follows from it.  Pure.

The letters are those of the table in the reference documentation, "Tessera's calls".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from math import inf

from attrs import evolve, frozen

from quorumha.http.forward.round_policy import RoundPolicy
from quorumha.tessera.decide.push import PushPolicy
from quorumha.tessera.decide.read import ReadPolicy
from quorumha.tessera.decide.send import LEARNING, REPEAT_WITHIN, ROLLED_BACK, SendOncePolicy, SendPolicy
from quorumha.tessera.decide.signed_and_delete import DeletePolicy, SignedPolicy
from quorumha.tessera.decide.start_up import StartUpPolicy, VersionPolicy
from quorumha.tessera.decide.transaction_lookup import NO_RESPONSES, LookupPolicy
from quorumha.tessera.knowledge.existence import ExistenceMemory
from quorumha.tessera.knowledge.saved_state import SavedState


class Flow(Enum):
    """Which forwarder a call has; the listener makes it."""

    PLAIN = 'as serve = "http" would: next_upstream and non_idempotent decide'
    ROUNDS = "in rounds, as its round policy decides"
    NOBODY = "in rounds in which nobody is asked: its round policy asks"
    BY_PAYLOAD = "one payload, one member, in order"
    STICKY = "whoever took one gets the next, too, however large"
    BY_TYPE = "as the type in the body says"
    COPIED = "one member responds, and each gets a copy"


@frozen(kw_only=True)
class Known:
    """What round policies know beside the round.

    @ivar memory: the transactions that are known to exist.
    @ivar saved_state: what members said at other times.
    @ivar pinned: what the operator wants told of C{/version/api}; else empty.
    @ivar replicated: each member reads its own copy of the database.
    @ivar learning: seconds that a member which is back may need to be told of the other parties.
    @ivar longest: seconds that the call waits at most; 0: for ever.
    @ivar looks: members can be asked for a transaction: the retry policy leaves a 500 to the round policy.
    """

    memory: ExistenceMemory
    saved_state: SavedState
    pinned: Sequence[str] = ()
    replicated: bool = False
    learning: float = LEARNING
    longest: float = 0.0
    looks: bool = False


@frozen(eq=False)
class CallClass:
    """One class.

    @ivar treat_as: what an operator calls it.
    @ivar letter: of the classes of WIRE A3.
    @ivar says: what becomes of such a call, for C{check --explain}.
    @ivar round_policy: makes what decides what follows from a round.
    @ivar flow: which forwarder it has.
    @ivar statuses: responses after which the next member is asked.
    @ivar repeat_within: as the retry policy's; 0: sent, and no response: never again.
    @ivar share: how much of the client's time one try may take; None: all members have the same.
    @ivar is_write: it changes something, and is waited for.
    @ivar is_job: it runs for hours: no limit of its own.
    @ivar reads_copy: it reads the member's copy of the database: an ejected one may have what others lack.
    @ivar doubts: after these ejected members are asked, too: the one who said it may only lack its database.
        What makes something new each time is not sent to who may only sleep.
    @ivar needs_database: no Tessera responds to it without its database, but with a 5xx.
    @ivar moves_on: it goes on at the next member when checks put down the one that it was sent to.
    @ivar looks: after a 500 the member is asked whether it has its database, where it can be.
    @ivar may_hedge: it may be asked of two members at once.
    """

    treat_as: str
    letter: str
    says: str
    round_policy: Callable[[Known], RoundPolicy] = lambda known: ReadPolicy()
    flow: Flow = Flow.ROUNDS
    statuses: frozenset[int] = frozenset()
    repeat_within: float = inf
    share: float | None = None
    is_write: bool = False
    is_job: bool = False
    reads_copy: bool = False
    doubts: frozenset[int] = frozenset()
    needs_database: bool = False
    moves_on: bool = False
    looks: bool = False
    may_hedge: bool = False

    @property
    def awake_only(self) -> bool:
        """It is not sent to a member that is down for silence: that would act on it when it wakes."""
        return self.is_write and self.needs_database


READ = CallClass(
    "read",
    "R",
    "any member; waits while none can answer",
    statuses=NO_RESPONSES,
    doubts=frozenset({500}),
    may_hedge=True,
)
LOOKUP = evolve(
    READ,
    treat_as="lookup",
    says="the rule for 404; waits while none can answer",
    round_policy=lambda known: LookupPolicy(known.memory, known.replicated),
    statuses=NO_RESPONSES | {404},
    reads_copy=True,
    needs_database=True,
)
#: What GoQuorum asks once, when it starts: one bad moment must not last for its life.
START_UP = CallClass(
    "start-up",
    "R",
    "waits for a 200; at last what was said before",
    lambda known: StartUpPolicy(known.saved_state),
    statuses=NO_RESPONSES | {403, 404},
)
UP_CHECK = evolve(START_UP, says="waits for a 200; never made up")
API_VERSIONS = evolve(
    START_UP,
    round_policy=lambda known: VersionPolicy(known.saved_state, known.pinned),
    flow=Flow.NOBODY,
)
#: Makes something new each time.
NEW = CallClass(
    "new",
    "N",
    "again only if nothing was done or the member died at once",
    lambda known: SendPolicy(known.memory, learning=known.learning, looks=known.looks),
    statuses=ROLLED_BACK,
    repeat_within=REPEAT_WITHIN,
    share=1.0,
    is_write=True,
    needs_database=True,
    moves_on=True,
    looks=True,
)
#: It goes to no other party, and makes no transaction.
STORE = evolve(NEW, round_policy=lambda known: SendPolicy(learning=0.0), looks=False)
#: Makes what its request names: the next try makes the same.
SIGNED = evolve(
    NEW,
    treat_as="signed",
    letter="D",
    says="looked up before it is sent again",
    round_policy=lambda known: SignedPolicy(known.memory, known.replicated, known.learning),
    repeat_within=0.0,
    share=0.6,
    reads_copy=True,
    doubts=frozenset({500}),
    looks=False,
)
DELETE = CallClass(
    "delete",
    "D",
    "404 on a repeat means done",
    lambda known: DeletePolicy(known.memory),
    statuses=NO_RESPONSES | {404},
    is_write=True,
    reads_copy=True,
    doubts=frozenset({500}),
    needs_database=True,
)
PUSH = CallClass(
    "push",
    "D",
    "one payload, one member, in order; duplicate on a repeat means done",
    lambda known: PushPolicy(known.memory, known.longest),
    Flow.BY_PAYLOAD,
    # 403: in recovery mode a member takes no pushes with enhanced privacy.
    statuses=NO_RESPONSES | {403},
    is_write=True,
    needs_database=True,
)
#: Has an effect each time.
ONCE = CallClass(
    "once",
    "S",
    "never again once a byte was sent",
    lambda known: SendOncePolicy(),
    repeat_within=0.0,
    share=1.0,
    is_write=True,
)
JOB = evolve(ONCE, treat_as="job", says="as once; no time limit", share=None, is_write=False, is_job=True)
PUSH_BATCH = evolve(
    JOB,
    treat_as="push-batch",
    says="to the member that asked for it; as once",
    flow=Flow.STICKY,
    # Where nobody recovers there is no such path.
    statuses=frozenset({404}),
)
#: The type C{INDIVIDUAL} is a read, C{ALL} a L{JOB}.
RESEND = CallClass(
    "resend",
    "R/S",
    "INDIVIDUAL as read: any member; waits while none can answer",
    flow=Flow.BY_TYPE,
    statuses=NO_RESPONSES,
)
#: Tells one member what all must know.
PARTY_INFO = CallClass(
    "party-info",
    "M",
    "to every member, now or as soon as it answers",
    flow=Flow.COPIED,
    statuses=NO_RESPONSES,
)
PLAIN = CallClass("plain", "-", 'as serve = "http"', flow=Flow.PLAIN)

_NAMED = (READ, LOOKUP, START_UP, NEW, SIGNED, DELETE, PUSH, ONCE, JOB, PUSH_BATCH, RESEND, PARTY_INFO)
#: What an operator may write, by name.
WRITABLE = {one.treat_as: one for one in _NAMED}
_VARIANTS = {"up-check": UP_CHECK, "api-versions": API_VERSIONS, "store": STORE, "plain": PLAIN}
#: All, by the name that the table of calls has.
CALL_CLASSES = {**WRITABLE, **_VARIANTS}
