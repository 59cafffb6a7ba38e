"""What the log says of each kind of fact: its event, its level, its sentence, and how it folds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import field, fields, frozen
from twisted.logger import LogLevel

from quorumha import events
from quorumha.logs.access_facts import AccessLogFailed
from quorumha.pool.upstream import describe, in_words

#: More attempts of one request than these are counted, not listed.
LISTED = 8
#: More changes, or problems, of one reload than these are counted in the sentence.
MANY = 30
#: Of what may change to and fro the first few are told each, then a count.
FEW = 5


@frozen
class Line:
    """One line of the log.

    @ivar event: its name, for programs.
    @ivar text: the sentence, with the fact's keys in braces.
    @ivar fold: what tells its cause from others (L{quorumha.logs.folding}), likewise; None: each one is told.
    @ivar first: of one cause so many are told before the others are counted.
    @ivar more: further keys, and plain values in place of others.
    """

    event: str
    text: str
    fold: str | None = None
    level: Any = LogLevel.warn
    first: int = 1
    more: Callable[[Any], Mapping[str, object]] = lambda fact: {}

    def keys(self, fact: Any) -> dict[str, object]:
        names = [one.name for one in fields(type(fact)) if not one.metadata.get("private")]
        keys = {name: _rounded(getattr(fact, name)) for name in names}
        keys.update(self.more(fact), event=self.event)
        if self.fold is not None:
            keys.update(fold=f"{self.event} {self.fold.format_map(keys)}", fold_first=self.first)
        return keys


def _rounded(value: object) -> object:
    return round(value, 3) if isinstance(value, float) else value


def _request(fact: events.RequestDone) -> dict[str, object]:
    attempts = fact.attempts
    # Neither who was asked first nor how often tells one cause from another.
    causes = sorted({describe(one.outcome) for one in attempts})
    tried = [f"{one.upstream.name} {describe(one.outcome)}" for one in attempts]
    return {
        "attempts": [
            {
                "upstream": one.upstream.name,
                "outcome": describe(one.outcome),
                "state": one.state.name.lower().replace("_", " "),
                "seconds": _rounded(one.seconds),
            }
            for one in attempts
        ],
        "call": fact.call or fact.method,
        "cause": "; ".join(causes) or fact.error,
        "failovers": fact.failovers,
        "tried": in_words(tried, LISTED) or "no member was asked",
        "where": fact.listener or f"pool {fact.pool}",
    }


def _started(fact: events.Started) -> dict[str, object]:
    where = ", ".join(f"{name} on {address}" for name, address in fact.listeners.items())
    pools = [
        f"{pool}: {', '.join(f'{name} {state}' for name, state in members.items())}"
        for pool, members in fact.members.items()
    ]
    return {"said": "; ".join([f"serves {fact.file}: {where}" if fact.file else f"serves {where}", *pools])}


def _listed(lines: Sequence[str], apart: str = "; ") -> str:
    rest = [f"and {len(lines) - MANY} more"] if len(lines) > MANY else []
    return apart.join([*lines[:MANY], *rest])


def _taken(fact: events.ReloadTaken) -> dict[str, object]:
    changes, warnings = list(fact.changes), list(fact.warnings)
    said = [_listed(changes) or "nothing changed", *(f"warning: {one}" for one in warnings)]
    return {"said": "; ".join(said), "changes": changes, "warnings": warnings}


def _refused(fact: events.ReloadRefused) -> dict[str, object]:
    problems = list(fact.problems)
    # One that shows the file's line has several lines: each problem begins a line of its own then.
    apart = "\n" if any("\n" in problem for problem in problems) else "; "
    return {
        "said": _listed(problems, apart),
        "problems": problems,
        "where": f"{fact.file} " if fact.file else "a configuration ",
    }


def _member(change: str, what: str, level: Any) -> Line:
    return Line(f"upstream-{change}", f"{{pool}}: {{upstream}} {what}", "{pool} {upstream}", level, FEW)


info, warn = LogLevel.info, LogLevel.warn
#: As L{LogLines.lines}.
LINES: Mapping[tuple[type, object], Line] = {
    (events.RequestDone, True): Line(
        "request-failed",
        "{where}: {call} of {client} failed after {seconds:g} s: {tried}; it was told {status}: {error}",
        "{pool} {cause}",
        more=_request,
    ),
    (events.ConnectionDone, True): Line(
        "client-dropped", "{listener}: the client {client} was dropped: {error}", "{pool} {error}"
    ),
    (events.Refused, True): Line(
        "request-refused",
        "{listener}: a request of {client} was refused: {status}, {cause}",
        "{listener} {cause}",
    ),
    (events.Refused, False): Line(
        "client-refused", "{listener}: the client {client} was refused: {cause}", "{listener} {cause}"
    ),
    (events.ConnectionsCut, None): Line("cut", "{listener}: {count} connections were still busy and are cut"),
    **{
        (events.MemberChanged, change): _member(change, f"is {change}: {{cause}}; {{next}}", level)
        for level, changes in ((warn, ("down", "ejected")), (info, ("up", "enabled", "disabled")))
        for change in changes
    },
    **{
        (events.MemberChanged, change): _member(change, f"is {change}: {{cause}}", info)
        for change in ("added", "removed")
    },
    (events.MemberChanged, "unprepared"): _member(
        "unprepared", "recovers before all was done that had to be done first", warn
    ),
    (events.MemberChanged, "backup in use"): Line(
        "backup-in-use", "{pool}: failed over to the backup {upstream}: {cause}", "{pool}", first=FEW
    ),
    (events.MemberChanged, "back from backup"): Line(
        "back-from-backup", "{pool}: back from the backups, to {upstream}: {cause}", "{pool}", info, FEW
    ),
    (events.Lack, None): Line(
        "local-failure", "{pool}: {upstream} {cause}; that is held against no member", "{cause}"
    ),
    (events.ConnectionsEnded, "down"): Line(
        "connections-ended", "{pool}: {count} connections of {upstream} are ended: its checks put it down"
    ),
    (events.ConnectionsEnded, "failed back"): Line(
        "failed-back",
        "{pool}: a connection of the backup {upstream} is ended: another member is up",
        "{pool}",
        info,
    ),
    (events.ConnectionsEnded, "drained"): Line(
        "connections-drained",
        "{pool}: {count} connections of {upstream} are ended: its operator drains it",
        "{pool} {upstream}",
        info,
        FEW,
    ),
    (events.ConnectionsEnded, "removed"): Line(
        "connections-removed",
        "{pool}: {count} connections of {upstream} are ended: it was removed, and removed_timeout is over",
        "{pool} {upstream}",
        info,
        FEW,
    ),
    (events.DrainChanged, "draining"): Line(
        "draining",
        "drains: says that it is not ready, and takes no new clients after {seconds:g} s",
        level=info,
    ),
    (events.DrainChanged, "drained"): Line(
        "drained", "takes no new clients; each response says that its connection closes", level=info
    ),
    (events.DrainChanged, "undrained"): Line(
        "undrained", "is ready, and takes new clients again", level=info
    ),
    (events.NotListening, None): Line(
        "not-listening", "{listener} takes no clients, though the process is undrained: {reason}"
    ),
    (events.WordsLost, None): Line(
        "words-lost",
        "{path} cannot be read: {reason}; which members are enabled is as the configuration says",
    ),
    (events.DrainChanged, "stopping"): Line(
        "stopping", "says that it is not ready, and stops after {seconds:g} s", level=info
    ),
    # One client after the other may wait alone, and give up.
    (events.Waiting, None): Line(
        "requests-wait", "{listener}: no member can respond; requests wait", "{listener}"
    ),
    (events.WaitingOver, None): Line(
        "waiting-over",
        "{listener}: waiting is over after {seconds:.1f} s: {served} of {count} requests were served",
        "{listener}",
        info,
    ),
    (events.Full, "waiting"): Line(
        "waiting-full", "{whose}: no room for more waiting requests; the oldest get 503", "{whose}"
    ),
    (events.Full, "replay-budget"): Line(
        "replay-budget-full",
        "the replay budget of {whose} is full: the largest bodies that are not whole yet are sent once",
        "{whose}",
    ),
    (events.Full, "mirror-budget"): Line(
        "mirror-full", "copies for mirrors hold all of mirror_budget: the oldest are dropped", "{whose}"
    ),
    (events.Full, "late-responses"): Line(
        "late-responses-full",
        "too many late responses are awaited: nobody will hear what became of some writes at a member that"
        " its checks put down",
        "{whose}",
    ),
    (events.Orphan, None): Line(
        "orphan",
        "{listener}: {member} stored {key} for {call} after another member had: nobody refers to it, it may"
        " be deleted",
    ),
    (events.PartyInfoDrift, True): Line(
        "partyinfo-drift",
        "{pool}: {upstream} does not know {drift} parties that another member knows; they are told to it"
        " again while they post",
    ),
    (events.PartyInfoDrift, False): Line(
        "partyinfo-drift", "{pool}: {upstream} knows every party again that another member knows", level=info
    ),
    (events.PartyInfoCaughtUp, None): Line(
        "partyinfo-caught-up",
        "{pool}: {upstream} had missed posts of {missing} parties; those of {brought} were brought",
        level=info,
    ),
    (events.StateNotKept, None): Line(
        "state-not-kept", "{path} cannot be written: {reason}; what is learnt is lost at a restart"
    ),
    (AccessLogFailed, None): Line(
        "access-log-failed",
        "the access log {path} cannot be written: {cause}; its lines are dropped, and counted",
        "{cause}",
    ),
    (events.Listening, None): Line("listening", "{listener} listens on {address}", level=info),
    (events.ReloadTaken, None): Line("reload-taken", "{file} was taken: {said}", level=info, more=_taken),
    (events.ReloadRefused, None): Line(
        "reload-refused", "{where}was not taken, and nothing has changed: {said}", more=_refused
    ),
    (events.Started, None): Line("started", "quorumha {version} {said}", level=info, more=_started),
}


@frozen
class LogLines:
    """What the log says of some kinds of facts.

    @ivar lines: by the kind of the fact, and, where that has several lines, by that of L{which}; else None.
    @ivar which: the key that tells the several lines of a kind apart: by its value, or by whether it is true.
    """

    lines: Mapping[tuple[type, object], Line]
    which: Mapping[type, str] = field(factory=dict)

    def line_of(self, fact: object) -> Line | None:
        """What the log says of a fact; None: nothing."""
        kind = type(fact)
        which = self.which.get(kind)
        value = None if which is None else getattr(fact, which)
        return self.lines.get((kind, value)) or self.lines.get((kind, bool(value)))

    def __or__(self, other: LogLines) -> LogLines:
        """Both."""
        return LogLines({**self.lines, **other.lines}, {**self.which, **other.which})


#: Of the facts of L{quorumha.events}.
EVENT_LINES = LogLines(
    LINES,
    {
        events.RequestDone: "error",
        events.ConnectionDone: "error",
        events.Refused: "status",
        events.MemberChanged: "change",
        events.ConnectionsEnded: "why",
        events.DrainChanged: "step",
        events.Full: "what",
        events.PartyInfoDrift: "drift",
    },
)
line_of = EVENT_LINES.line_of
