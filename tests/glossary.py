"""The words of the code: what is not said, what is said instead, and where a word means something else.

The terms are those of HTTP (RFC 9110), of nginx, HAProxy, Envoy and Pingora, of Twisted and of Ethereum: an
operator searches for them, and a new developer guesses the names of files by them.
"""

from __future__ import annotations

from attrs import frozen


@frozen
class Word:
    """One word that is not used.

    @ivar instead: what is.
    @ivar areas: only in names of these folders it would have that meaning; everywhere, if empty.
    @ivar kept: identifiers in which it means something else.
    """

    instead: str
    areas: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


#: What decides and tells who is used: there these words would speak of members.
_OF_MEMBERS = ("pool", "health", "tessera", "app")

#: Words of identifiers, of files and of events; in the singular.
NOT_USED = {
    "answer": Word("response"),
    "aside": Word("ejected"),
    "out": Word("down", _OF_MEMBERS, ("leave_out_sleepers", "TimedOut", "timed_out")),
    "back": Word(
        "up, recovered",
        _OF_MEMBERS,
        ("give_back", "FailBack", "fail_back", "ROLLED_BACK", "_back_from_backup"),
    ),
    "well": Word("healthy"),
    "trial": Word("half-open"),
    "vouched": Word("overridden by active checks"),
    "vouch": Word("active checks override passive ejection"),
    "desperate": Word("retry budget"),
    "held": Word("buffered"),
    "parked": Word("waiting"),
    "parking": Word("WaitingRoom"),
    "park": Word("enter the waiting room"),
    "way": Word("Forwarder", (), ("under_way",)),
    "judge": Word("RoundPolicy"),
    "judging": Word("RoundPolicy"),
    "hear": Word("on_complete"),
    "heard": Word("on_complete"),
    "hearing": Word("on_complete"),
    "overhear": Word("on_complete"),
    "told": Word("notify, log"),
    "tell": Word("notify, log"),
    "settle": Word("complete"),
    "settled": Word("completed"),
    "let": Word("release"),
    "pour": Word("splice"),
    "pouring": Word("splice"),
    "wish": Word("override"),
    "treatment": Word("call class"),
    "patience": Word("client timeout"),
    "inquiry": Word("subrequest"),
    "question": Word("subrequest, probe"),
    "choosing": Word("candidates"),
    "outlet": Word("writer"),
    "hurried": Word("bypassed"),
    "courier": Word("sender"),
    "octet": Word("wire format", (), ("OCTET_STREAM",)),
    "remembered": Word("saved state"),
    "unknown": Word("in doubt", ("http", "tessera")),
    "counted": Word("lease", ("relay", "pool")),
    "moved": Word("failed over"),
    "fruitless": Word("futile"),
    "quickly": Word("the quantity, with its unit"),
    "young": Word("the quantity, with its unit"),
}

#: Names whose words are used elsewhere: each was one thing's name, which is called otherwise now.
NAMES_NOT_USED = {
    "Way": "Forwarder",
    "Only": "SingleCandidate",
    "InOrder": "OrderedCandidates",
    "by_affinity": "rendezvous_order",
    "KnownHeads": "HeadCache",
    "OneByOne": "KeyedQueue",
    "LateExchange": "BodyFirstExchange",
    "Table": "PartyTable",
    "PlainTransport": "SocketTransport",
    "HeldAnswers": "BestResponse",
    "let_go": "release",
}

#: Names of files that are not used.
FILES_NOT_USED = {
    "sink": "contracts",
    "dialling": "dial_errors",
    "ending": "close",
    "known": "head_cache",
    "late": "body_first",
    "line": "waiting_forwarder",
    "only": "candidates",
    "plain": "net",
    "unknown": "signed_and_delete",
}

#: What no log line, event, key or message says.
TEXT_NOT_USED = (
    r"upstream-out|put aside|set aside|\b(is|are) out\b|\b(is|are) back\b|on trial|\blet go\b|\bin hand\b"
    r"|\bvouche|\bpark(ed|ing|s)?\b|\bsettled?\b|\boverhea|\bcouriers?\b|\bjudges?\b|\bdesperate|\bfruitless"
    r"|\bhurried|\binquir|\boctets\b"
)
#: Keys that are read for one release more.
TEXT_KEPT = ("parked_requests", "parked_bytes")

#: What is said instead, by name: each is there.
USED = (
    "BestResponse",
    "Forwarder",
    "HeadCache",
    "KeyedQueue",
    "OrderedCandidates",
    "ResponseSink",
    "RoundPolicy",
    "SingleCandidate",
    "WaitingRoom",
    "Writer",
    "rendezvous_order",
    "response_head",
)
