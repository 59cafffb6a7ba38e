"""What a signed transaction's call comes to, from a member's answer.  Pure."""

from __future__ import annotations

from enum import Enum

from quorumha.goquorum.decide.call import Call, quoted
from quorumha.goquorum.decide.parameters import data_of
from quorumha.goquorum.decide.results import transaction_in
from quorumha.goquorum.decide.verdict import Verdict, asks_next, prefix_of, verdict_of

#: Its result is the hash of a payload, not that of the transaction: nothing can be asked for by it.
_PAYLOADS = frozenset({"eth_distributePrivateTransaction"})


class SignedStep(Enum):
    """What follows from an answer."""

    #: The member has it.
    TAKEN = "taken"
    #: It has it if it, or another one, finds its hash; else this is the answer.
    FIND = "find"
    #: Nothing was done: the next member is asked.
    NEXT = "next"
    #: Nobody knows what was done.
    IN_DOUBT = "in doubt"
    #: This is the answer.
    DELIVER = "deliver"


_STEPS = {
    Verdict.KNOWN: SignedStep.TAKEN,
    Verdict.NONCE_TOO_LOW: SignedStep.FIND,
    Verdict.BROKEN: SignedStep.IN_DOUBT,
}


def raw_of(call: Call) -> bytes | None:
    """The bytes of the transaction that a call brings.

    @return: None: it brings none that could be found by its hash.
    """
    return None if call.method in _PAYLOADS else data_of(call) or None


def signed_step(body: bytes, id: bytes, status: int = 200) -> SignedStep:
    """What follows from a member's answer.

    @param body: one object of JSON-RPC; of an HTTP response, or an entry of the answer to a batch.
    @param id: the call's, JSON.
    """
    verdict = verdict_of(body, id, status)
    if asks_next(verdict):
        return SignedStep.NEXT
    if verdict is Verdict.DELIVER and transaction_in(body, id) is not None:
        return SignedStep.TAKEN
    return _STEPS.get(verdict, SignedStep.DELIVER)


def taken_body(id: bytes, hash: str) -> bytes:
    """The answer to a call whose transaction has this hash, as a node gives it."""
    return prefix_of(id) + quoted(hash) + b"}"
