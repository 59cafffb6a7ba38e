"""Recovery: a Tessera that lost its rows, run with C{--recover}, asks the others to send them again.

C{POST /pushBatch} is answered by that one alone; the others say 404.  C{POST /resend} with the type C{ALL}
and C{POST /resendBatch} make a node push for hours; of C{INDIVIDUAL} the answer is the payload
(RecoveryResource.java, TransactionResource.java of Tessera's peer-to-peer port).
"""

from __future__ import annotations

import json

from attrs import define, frozen

from quorumha.http.forward.body_first import BodyFirstExchange, BodyFirstForwarder
from quorumha.http.forward.request import ForwardedRequest
from quorumha.http.wire.contracts import Forwarder
from quorumha.pool.candidates import OrderedCandidates
from quorumha.pool.pool import Candidates, Member, UpstreamPool
from quorumha.pool.upstream import Responded

#: Bytes of a C{/resend} body that are looked at: it holds a type and two keys.  They count in no budget.
RESEND_LIMIT = 4096


@define(eq=False)
class StickyChoice:
    """Whom to ask for C{POST /pushBatch}: whoever took one gets the next, too.

    That 404 asks the next member, and nothing else does, is the retry policy.

    @ivar taker: the member that is asked first; None until one has taken anything.
    """

    taker: Member | None = None

    def candidates(self, pool: UpstreamPool) -> Candidates:
        """For one round."""
        if self.taker is None:
            return pool.candidates()
        return OrderedCandidates(pool, pool.members, self.taker)

    def completed(self, request: ForwardedRequest) -> None:
        """Take note of who took it."""
        taker, status = self.taker, request.status
        if status and status != 404 and request.reached:
            self.taker = request.reached[-1]
        elif taker is not None and any(
            attempt.upstream is taker.upstream and attempt.outcome == Responded(404)
            for attempt in request.attempts
        ):
            self.taker = None


class _Resend(BodyFirstExchange["ResendForwarder"]):
    def look(self, beginning: bytearray, complete: bool) -> None:
        if len(beginning) > RESEND_LIMIT or (self._head.length or 0) > RESEND_LIMIT:
            self.begin(self._route.everything.forward)
        elif complete:
            route = self._route
            self.begin((route.individual if _is_individual(beginning) else route.everything).forward)


@frozen(eq=False)
class ResendForwarder(BodyFirstForwarder):
    """For C{POST /resend}: by the type in its body.

    What cannot be read, or is larger than L{RESEND_LIMIT}, is taken for C{ALL}: that is safe.

    @ivar individual: for a read of one payload.
    @ivar everything: for what must not be done twice, and has no time limit.
    """

    exchange = _Resend
    individual: Forwarder
    everything: Forwarder


def _is_individual(body: bytes | bytearray) -> bool:
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(asked, dict) and asked.get("type") == "INDIVIDUAL"
