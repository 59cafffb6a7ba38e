"""Tessera's calls: which there are, and which treatment each gets.

Methods, paths and what a repeat does are those of Tessera 20.10 to 24 and of measurements on
real nodes; see "Tessera's calls" in the reference documentation.
"""

from __future__ import annotations

from enum import Enum

from attrs import frozen


class CallClass(Enum):
    """What may be done with a call.  The letters are those of the documentation's table."""

    #: R: a read, or pure computation: any member, any number of times.
    READ = "read"
    #: R: a read of a transaction, where 404 means "not a party": the rule for 404.
    LOOKUP = "lookup"
    #: R: what GoQuorum asks once, when it starts: one bad moment must not last for its life.
    START_UP = "start-up"
    #: N: makes something new each time: again only when nothing was done, or the member died at once.
    NEW = "new"
    #: D: makes what its request names; an unknown outcome is looked up before it is sent again.
    SIGNED = "signed"
    #: D: deletes what its request names; 404 on a repeat means done.
    DELETE = "delete"
    #: D: stores what its body is; "duplicate key" on a repeat means done; one payload, one member.
    PUSH = "push"
    #: S: has an effect each time: never again once a byte was sent.
    ONCE = "once"
    #: S: as C{ONCE}, and runs for hours: no time limit.
    JOB = "job"
    #: S: only the member that asked for it has this path.
    PUSH_BATCH = "push-batch"
    #: R or S, as the body's C{type} says: C{INDIVIDUAL} is a read, C{ALL} a job.
    RESEND = "resend"
    #: M: tells one member what all must know.
    PARTY_INFO = "party-info"
    #: As C{serve = "http"} would: C{next_upstream} and C{non_idempotent} decide.
    PLAIN = "plain"


#: The letters of the classes of WIRE A3.
LETTERS = {
    CallClass.READ: "R",
    CallClass.LOOKUP: "R",
    CallClass.START_UP: "R",
    CallClass.NEW: "N",
    CallClass.SIGNED: "D",
    CallClass.DELETE: "D",
    CallClass.PUSH: "D",
    CallClass.ONCE: "S",
    CallClass.JOB: "S",
    CallClass.PUSH_BATCH: "S",
    CallClass.RESEND: "R/S",
    CallClass.PARTY_INFO: "M",
    CallClass.PLAIN: "-",
}


@frozen
class Call:
    """One call.

    @ivar method: upper case; C{"*"} for those that the same path's other calls do not name.
    @ivar path: from its slash.
    @ivar exact: only this path; else also every path below it.
    """

    method: str
    path: str
    exact: bool
    call_class: CallClass


def _calls(call_class: CallClass, exact: bool, written: tuple[str, ...]) -> tuple[Call, ...]:
    pairs = (call.split(" ") for call in written)
    return tuple(Call(method, path, exact, call_class) for method, path in pairs)


def _exact(call_class: CallClass, *written: str) -> tuple[Call, ...]:
    return _calls(call_class, True, written)


def _below(call_class: CallClass, *written: str) -> tuple[Call, ...]:
    return _calls(call_class, False, written)


_EVERYWHERE = (
    *_exact(
        CallClass.START_UP, "GET /upcheck", "GET /version", "GET /version/api", "GET /version/distribution"
    ),
    # What the table does not know is Tessera's to answer.
    *_below(CallClass.READ, "GET /", "HEAD /"),
    *_below(CallClass.ONCE, "* /"),
)

Q2T = (
    *_below(CallClass.LOOKUP, "GET /transaction"),
    *_below(CallClass.DELETE, "DELETE /transaction"),
    *_exact(CallClass.LOOKUP, "GET /receive", "GET /receiveraw"),
    *_exact(CallClass.NEW, "POST /send", "POST /sendraw", "POST /storeraw"),
    *_exact(CallClass.SIGNED, "POST /sendsignedtx"),
    *_exact(CallClass.DELETE, "POST /delete"),
    *_below(CallClass.READ, "POST /encodedpayload"),
    *_exact(CallClass.ONCE, "POST /createPrivacyGroup", "POST /deletePrivacyGroup"),
    *_exact(CallClass.READ, "POST /findPrivacyGroup", "POST /retrievePrivacyGroup"),
    *_below(CallClass.READ, "GET /groups"),
    *_EVERYWHERE,
)

P2P = (
    *_exact(CallClass.PARTY_INFO, "POST /partyinfo"),
    *_exact(CallClass.READ, "GET /partyinfo", "POST /partyinfo/validate"),
    *_exact(CallClass.PUSH, "POST /push"),
    *_exact(CallClass.ONCE, "POST /pushPrivacyGroup"),
    *_exact(CallClass.PUSH_BATCH, "POST /pushBatch"),
    *_exact(CallClass.RESEND, "POST /resend"),
    *_exact(CallClass.JOB, "POST /resendBatch"),
    *_EVERYWHERE,
)

THIRD_PARTY = (
    *_exact(CallClass.NEW, "POST /storeraw"),
    *_exact(CallClass.READ, "GET /keys", "GET /partyinfo/keys"),
    *_EVERYWHERE,
)

#: By what a listener serves.
PROFILES = {"tessera-q2t": Q2T, "tessera-p2p": P2P, "tessera-thirdparty": THIRD_PARTY}
