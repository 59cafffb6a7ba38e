"""Tessera's calls: which there are on each port, and which class each has.

Methods, paths and what a repeat does are those of Tessera 20.10 to 24 and of measurements on
real nodes; see "Tessera's calls" in the reference documentation.  What follows from a class stands in
L{quorumha.tessera.decide.call_class}.
"""

from __future__ import annotations

from functools import partial

from attrs import frozen


@frozen
class Call:
    """One call.

    @ivar method: upper case; C{"*"} for those that the same path's other calls do not name.
    @ivar path: from its slash.
    @ivar exact: only this path; else also every path below it.
    @ivar call_class: its class, a name in L{CALL_CLASSES<quorumha.tessera.decide.call_class.CALL_CLASSES>}.
    """

    method: str
    path: str
    exact: bool
    call_class: str


@frozen
class Port:
    """One of Tessera's ports.

    @ivar serve: what a listener says to serve it.
    @ivar client_timeout: seconds that its clients wait.  GoQuorum: 5 s (common/http/config.go).
        Tessera's own client: three quarters of its partyInfoInterval, so 3.75 s (IntervalPropertyHelper).
    @ivar has_transactions: a member can be asked here for a transaction.
    """

    serve: str
    client_timeout: float
    calls: tuple[Call, ...]
    has_transactions: bool = False


def _exact(call_class: str, *written: str, exact: bool = True) -> tuple[Call, ...]:
    pairs = (call.split(" ") for call in written)
    return tuple(Call(method, path, exact, call_class) for method, path in pairs)


_below = partial(_exact, exact=False)

_EVERYWHERE = (
    *_exact("up-check", "GET /upcheck"),
    *_exact("start-up", "GET /version", "GET /version/distribution"),
    *_exact("api-versions", "GET /version/api"),
    # What the table does not know is Tessera's to answer.
    *_below("read", "GET /", "HEAD /"),
    *_below("once", "* /"),
)

Q2T = (
    *_below("lookup", "GET /transaction"),
    *_below("delete", "DELETE /transaction"),
    *_exact("lookup", "GET /receive", "GET /receiveraw"),
    *_exact("new", "POST /send", "POST /sendraw"),
    *_exact("store", "POST /storeraw"),
    *_exact("signed", "POST /sendsignedtx"),
    *_exact("delete", "POST /delete"),
    *_below("read", "POST /encodedpayload"),
    *_exact("once", "POST /createPrivacyGroup", "POST /deletePrivacyGroup"),
    *_exact("read", "POST /findPrivacyGroup", "POST /retrievePrivacyGroup"),
    *_below("read", "GET /groups"),
    *_EVERYWHERE,
)

P2P = (
    *_exact("party-info", "POST /partyinfo"),
    *_exact("read", "GET /partyinfo", "POST /partyinfo/validate"),
    *_exact("push", "POST /push"),
    *_exact("once", "POST /pushPrivacyGroup"),
    *_exact("push-batch", "POST /pushBatch"),
    *_exact("resend", "POST /resend"),
    *_exact("job", "POST /resendBatch"),
    *_EVERYWHERE,
)

THIRD_PARTY = (
    *_exact("store", "POST /storeraw"),
    *_exact("read", "GET /keys", "GET /partyinfo/keys"),
    *_EVERYWHERE,
)

#: By what a listener says to serve it.
PORTS = {
    port.serve: port
    for port in (
        Port("tessera-q2t", 5.0, Q2T, has_transactions=True),
        Port("tessera-p2p", 3.75, P2P),
        Port("tessera-thirdparty", 5.0, THIRD_PARTY),
    )
}
