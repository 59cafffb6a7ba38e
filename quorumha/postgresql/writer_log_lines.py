"""What the log says of databases of which one is written to."""

from __future__ import annotations

from twisted.logger import LogLevel

from quorumha.logs.log_lines import Line, LogLines
from quorumha.postgresql import writer_facts as facts


def _writer(event: str, text: str, level: LogLevel = LogLevel.warn) -> Line:
    return Line(event, f"{{group}}: {text}; {{next}}", level=level)


#: Whoever makes a new fact adds its line here, and its row to docs/reference/log.md.
LINES = LogLines(
    {
        (facts.WriterChanged, "writer"): _writer(
            "writer", "{upstream} is written to from now on, on timeline {timeline}: {cause}", LogLevel.info
        ),
        (facts.WriterChanged, "writer silent"): _writer(
            "writer-silent", "the sessions of {upstream} pause: {cause}"
        ),
        (facts.WriterChanged, "writer resumed"): _writer(
            "writer-resumed", "the sessions of {upstream} go on: {cause}", LogLevel.info
        ),
        (facts.WriterChanged, "no writer"): _writer("no-writer", "nobody is written to: {cause}"),
        (facts.WriterChanged, "database split"): _writer(
            "database-split", "nobody is written to: {cause}", LogLevel.error
        ),
        (facts.SessionsCut, None): Line(
            "sessions-cut", "{pool}: {count} sessions of {upstream} were ended: {cause}"
        ),
        (facts.WriterNotSaved, None): Line(
            "writer-not-saved",
            "{group}: who is written to cannot be kept in {path}: {reason}; it goes on without, and tries"
            " each second: a restart before that could take an old primary for the writer",
            level=LogLevel.error,
        ),
        (facts.WriterSaved, None): Line(
            "writer-saved",
            "{group}: who is written to is kept in {path} again: a restart does no harm",
            level=LogLevel.info,
        ),
        (facts.SystemDiffers, None): Line(
            "system-differs",
            "{pool}: {upstream} is another database: its system_identifier is {system}, not {expected}; it"
            " gets no session",
        ),
        (facts.OldPrimary, None): Line(
            "old-primary",
            "{pool}: {upstream} says that it is a primary, on timeline {timeline}, but {seen} was seen: it is"
            " an old one, and gets no session",
        ),
        (facts.ProxySilent, None): Line(
            "proxy-silent",
            "{group}: the proxy at {proxy} does not say what it has seen: {cause}; nothing waits for it, and"
            " a promotion that it alone sees is not known here",
        ),
        (facts.ProxyResponds, None): Line(
            "proxy-responds", "{group}: the proxy at {proxy} says what it has seen", level=LogLevel.info
        ),
        (facts.NotSynchronous, None): Line(
            "not-synchronous",
            "{pool}: {upstream} acknowledges what no other database has (`synchronous_standby_names` is"
            " empty): what it acknowledged last may be lost with it",
        ),
    },
    {facts.WriterChanged: "change"},
)
