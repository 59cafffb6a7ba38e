"""What the log says of the facts of GoQuorum listeners, and of the checks of their members."""

from __future__ import annotations

from twisted.logger import LogLevel

from quorumha.goquorum.decide import facts
from quorumha.logs.log_lines import FEW, Line, LogLines


def _graded(event: str, what: str, level: LogLevel = LogLevel.warn) -> Line:
    return Line(event, f"{{pool}}: {{upstream}} {what}: {{cause}}", "{pool} {upstream}", level, FEW)


#: Whoever makes a new fact adds its line here, and its row to docs/reference/log.md.
LINES = LogLines(
    {
        (facts.Behind, None): Line(
            "behind",
            "{pool}: a client that has seen block {seen} is answered by {member}, which is known to have"
            " {height}: no member caught up in time",
            "{pool}",
        ),
        (facts.InDoubt, None): Line(
            "in-doubt",
            "{pool}: {member} did not answer {method}, account {account}, or went away with what it did:"
            " nobody knows what becomes of it",
        ),
        (facts.AccountUnseen, None): Line(
            "account-moved-unseen",
            "{pool}: the calls of {account} go to {member}, which does not know its last transaction"
            " ({cause})",
        ),
        (facts.NotSpread, None): Line(
            "not-spread",
            "{pool}: {member} alone has transaction {hash}: no other member has taken it",
            "{pool} {member}",
        ),
        (facts.SubscriptionGap, None): Line(
            "subscription-gap",
            "{pool}: a subscription to {name} goes on at {member}: what was missed of it is not filled in",
            "{pool} {name}",
            LogLevel.info,
        ),
        (facts.SocketClosed, None): Line(
            "socket-closed",
            "{listener}: the WebSocket of {client} was closed with {code}: {reason}",
            "{listener} {code}",
        ),
        (facts.MemberGraded, "behind"): _graded(
            "upstream-behind", "is behind, and not read from while another one can be"
        ),
        (facts.MemberGraded, "caught up"): _graded("upstream-caught-up", "is read from again", LogLevel.info),
        (facts.MemberGraded, "read-only"): _graded("upstream-read-only", "gets no transactions"),
        (facts.MemberGraded, "writable"): _graded(
            "upstream-writable", "gets transactions again", LogLevel.info
        ),
        (facts.SignMissing, None): Line(
            "sign-missing",
            "{pool}: {upstream} does not have {signs}: what that tells of it is not known, and held against"
            " nobody",
            level=LogLevel.info,
        ),
        (facts.PrivateStateDiffers, True): Line(
            "private-state-differs",
            "{pool}: the private state at block {height} is not the same everywhere: {members}",
        ),
        (facts.PrivateStateDiffers, False): Line(
            "private-state-differs",
            "{pool}: the private state at block {height} is the same everywhere again",
            level=LogLevel.info,
        ),
    },
    {facts.MemberGraded: "change", facts.PrivateStateDiffers: "members"},
)
