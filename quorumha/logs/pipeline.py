"""L{LogPipeline}: from events to a file, through folding and the thread that writes; and who gets one.

Level and format are the configuration's (L{LogConfig<quorumha.config.log.LogConfig>}), and may change.

A logger of the operator's own (C{--logger}), or syslog, is left alone.
"""

from __future__ import annotations

import atexit
import time
from collections.abc import Callable, MutableMapping
from typing import IO, Any, cast

from twisted.application.service import Service
from twisted.logger import FileLogObserver, LogLevel, textFileLogObserver

from quorumha.config.log import LogConfig
from quorumha.logs.folding import FoldingObserver
from quorumha.logs.json_lines import json_line
from quorumha.logs.log_thread import AT_THE_END, LogWriter
from quorumha.logs.sinks import LogFile, Sink, sink_of, standard_output

#: What makes events into lines of a file: one of C{twisted.logger}'s.
Format = Callable[[IO[Any]], FileLogObserver]

#: The file that C{twistd} uses for a daemon unless another is named.
USUAL_FILE = "twistd.log"


class LogPipeline(Service):
    """Takes events, and writes lines.  As a service it has the thread begin when the reactor runs.

    @ivar observer: for C{twisted.logger}.
    @ivar writer: where the lines go.
    """

    def __init__(self, reactor: Any, sink: Sink, form: Format = textFileLogObserver) -> None:
        self._reactor = reactor
        self._is_file = isinstance(sink, LogFile)
        self.writer = LogWriter(sink)
        self._lines = form(cast(IO[Any], self.writer))
        self._usual = self._lines.formatEvent
        self.observer = FoldingObserver(self._lines, reactor)
        self.writer.missing = lambda count: self._lines.formatEvent(_dropped(count)) or ""

    def take(self, config: LogConfig) -> None:
        """Write as the configuration says from now on.  With C{format = "text"} the form stays as it was made
        for the command line."""
        self.observer.least = LogLevel.lookupByName(config.level)
        self._lines.formatEvent = json_line if config.format == "json" else self._usual

    def startService(self) -> None:
        super().startService()  # type: ignore[no-untyped-call]  # Twisted leaves it bare
        self._reactor.callWhenRunning(self.begin)

    def begin(self) -> None:
        """Let the thread write from now on, and have it finish at the end, whatever ends the reactor."""
        self.writer.start()
        self._reactor.addSystemEventTrigger("after", "shutdown", self.end)
        atexit.register(self.end)

    def end(self, limit: float = AT_THE_END) -> None:
        """Write what there is, and wait for it, and for the few lines that still come."""
        self.observer.write_counts()
        self.writer.end(limit)

    def reopen(self) -> bool:
        """Open the file anew; whether there is one."""
        if self._is_file:
            self.writer.reopen()
        return self._is_file


def _dropped(count: int) -> dict[str, Any]:
    """The event that stands where lines are missing."""
    return {
        "log_format": "{count} lines dropped: they could not be written in time",
        "log_level": LogLevel.warn,
        "log_namespace": __name__,
        "log_time": time.time(),
        "event": "log-dropped",
        "count": count,
    }


def for_options(reactor: Any, options: MutableMapping[str, Any] | None) -> LogPipeline | None:
    """The one for a service under C{twistd} or C{twist}; None: the log is left as it is.

    @param options: C{twistd}'s, for which the observer is to be made known; or C{twist}'s, which are changed.
    @raise OSError: the log's file cannot be opened.
    """
    if options is None:
        return None
    if "fileLogObserverFactory" in options:
        pipeline = LogPipeline(reactor, sink_of(options["logFile"]), options["fileLogObserverFactory"])
        options["logFile"] = pipeline.writer
        options["fileLogObserverFactory"] = lambda _: pipeline.observer
        return pipeline
    if "logfile" not in options or options.get("logger") or options.get("syslog"):
        return None
    name = options["logfile"]
    foreground = options.get("nodaemon") or options.get("debug")
    if name == "-" or (foreground and not name):
        # A daemon has no standard output, which is twistd's to say.
        return LogPipeline(reactor, standard_output()) if foreground else None
    user, group = options.get("uid"), options.get("gid")
    file = LogFile(name or USUAL_FILE, -1 if user is None else user, -1 if group is None else group)
    return LogPipeline(reactor, file)
