"""Frozen values: an upstream, how far an attempt got, and how it ended.  What follows, policies say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from enum import Enum, IntEnum

from attrs import field, frozen
from twisted.internet.interfaces import IStreamClientEndpoint

from quorumha.pool.identity import Node


@frozen
class Upstream:
    """One node that may be used.

    @ivar name: what logs, errors and tables call it; unique in its pool.
    @ivar endpoint: how to reach it; TLS, where wanted, is the endpoint's business.
    @ivar authority: the C{Host} it is addressed by where the proxy is asked to
        rewrite that field (bytes, C{b"10.0.0.11:9101"}).
    @ivar backup: used only when no primary is usable.
    @ivar weight: its share beside the others of its pool; 1 or more.
    @ivar max_fails: so many failures within C{fail_timeout} eject it; 0 means it is never ejected.
    @ivar fail_timeout: seconds that failures are counted for, and seconds it is ejected for.
    @ivar address: what is dialled, as text; decides whether members of two pools are one node.
        Empty where that is not known.
    @ivar enabled: the operator's word at first; a pool's member has it from then on.
    @ivar max_in_flight: requests, or relayed connections, that it may have at once; 0 means no limit.
    @ivar named: its host is a name, which may lead to another machine one day.
    @ivar tls: what of TLS is spoken with it, if any; compared only.
    @ivar node: whose place it is; None: of a node that has no other.
    @ivar places: further places at which it is dialled, by what they are for, as its kind names them.
    """

    name: str
    endpoint: IStreamClientEndpoint = field(eq=False, repr=False)
    authority: bytes = b"upstream"
    backup: bool = False
    weight: int = 1
    max_fails: int = 1
    fail_timeout: float = 10.0
    address: str = ""
    enabled: bool = True
    named: bool = False
    max_in_flight: int = 0
    tls: Hashable = None
    node: Node | None = field(default=None, eq=False, repr=False)
    places: Mapping[str, Upstream] = field(factory=dict, hash=False)

    @property
    def place(self) -> Hashable:
        """What decides whether two values are of one place: they differ in how it is used, but for this."""
        return self.name, self.address, self.tls


class AttemptState(IntEnum):
    """How far one attempt got.  Ordered: a later state is a larger number."""

    DIALLED = 0
    #: Connected; no byte of the request has been sent.
    CONNECTED = 1
    SENT_SOME = 2
    SENT_ALL = 3
    HEAD_SEEN = 4
    #: A byte of the answer went downstream.  Nothing is tried again after this.
    PASSED_DOWN = 5


class Phase(Enum):
    """What was being waited for when a time limit passed."""

    CONNECT = "connect"
    SEND = "send"
    FIRST_BYTE = "first byte"
    BETWEEN_BYTES = "between bytes"
    TOTAL = "whole request"


@frozen
class ConnectFailed:
    """The upstream could not be reached: refused, no route, no name, bad TLS."""

    reason: str


@frozen
class LocalFailure:
    """This process, or its machine, lacked what the attempt needs: held against no upstream."""

    reason: str


@frozen
class TimedOut:
    """A limit passed while C{phase} was waited for."""

    phase: Phase


@frozen
class Broken:
    """The connection ended, or spoke what is not HTTP, before a whole response."""

    reason: str


@frozen
class WentDown:
    """Its active checks put the upstream down while its response was awaited.  That may come yet."""


@frozen
class Responded:
    """The whole, well-formed head of a response with this status was seen."""

    status: int


Outcome = ConnectFailed | LocalFailure | TimedOut | Broken | WentDown | Responded


@frozen
class AttemptResult:
    """What came of one attempt that did not become the response, or whose response is kept.

    @ivar upstream: who was asked.
    @ivar outcome: how it ended.
    @ivar state: how far it got.
    @ivar waited: seconds since the whole request was sent; 0 when it was not.
    @ivar seconds: how long it took in all, the dial included.
    """

    upstream: Upstream
    outcome: Outcome
    state: AttemptState
    waited: float = 0.0
    seconds: float = 0.0

    @property
    def in_doubt(self) -> bool:
        """Whether the upstream may have acted on the request: it is in doubt."""
        return self.state >= AttemptState.SENT_SOME and not isinstance(self.outcome, Responded)


def giver_of(attempts: Sequence[AttemptResult], status: int) -> int:
    """Which attempt gave the response with this status; -1: none did."""
    for at in range(len(attempts) - 1, -1, -1):
        outcome = attempts[at].outcome
        if isinstance(outcome, Responded) and outcome.status == status:
            return at
    return -1


def describe(outcome: Outcome) -> str:
    """Say an outcome in a few words, for logs and error bodies.

    >>> describe(TimedOut(Phase.FIRST_BYTE))
    'timed out (first byte)'
    """
    match outcome:
        case ConnectFailed(reason):
            return f"could not connect ({reason})"
        case LocalFailure(reason):
            return f"could not be asked ({reason})"
        case TimedOut(phase):
            return f"timed out ({phase.value})"
        case Broken(reason):
            return f"broke off ({reason})"
        case WentDown():
            return "was put down by its checks"
        case Responded(status):
            return f"answered {status}"


def in_words(causes: Sequence[str], most: int) -> str:
    """All of them; where there are more than C{most}, each once, with its number."""
    if len(causes) > most:
        causes = [one if n == 1 else f"{one}, {n} times" for one, n in Counter(causes).items()]
    return "; ".join(causes)
