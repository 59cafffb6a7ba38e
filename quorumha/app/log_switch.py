"""L{LogSwitch}: the log and the access log are as the configuration says, now and after each change of it."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.application.service import Service

from quorumha.app.prepared import Applied
from quorumha.app.service import ProxyService
from quorumha.config.log import LogConfig
from quorumha.logs.access_facts import AccessLogFailed
from quorumha.logs.access_log import AccessLog
from quorumha.logs.late_file import LateFile
from quorumha.logs.log_thread import AT_THE_END, in_a_thread
from quorumha.logs.pipeline import LogPipeline
from quorumha.logs.sinks import LogFile, Sink, Stream


class LogSwitch(Service):
    """Follows the configuration of a service.  Nothing is made for C{access = "off"}.

    @ivar access: there while lines of requests are written.
    """

    def __init__(
        self,
        reactor: Any,
        service: ProxyService,
        logs: LogPipeline | None,
        begin: Callable[[Callable[[], None]], object] = in_a_thread,
    ) -> None:
        """
        @param logs: None: the operator has a log of his own.
        @param begin: lets what writes run; as a thread unless given.
        """
        self.access: AccessLog | None = None
        self._reactor = reactor
        self._service = service
        self._logs = logs
        self._begin = begin
        #: Those that get no more, and may have something to write yet.
        self._left: list[AccessLog] = []
        self._observes_no_more: Callable[[], None] = lambda: None
        if logs is not None:
            logs.take(service.config.log)
        service.applied.add(self._applied)

    def startService(self) -> None:
        super().startService()  # type: ignore[no-untyped-call]  # Twisted leaves it bare
        # Not earlier: the process has forked for the last time, and is the user that it stays.
        self._reactor.callWhenRunning(self.begin)

    def begin(self) -> None:
        """Write from now on, and finish at the end, whatever ends the reactor."""
        self._take(LogConfig(), self._service.config.log)
        self._reactor.addSystemEventTrigger("after", "shutdown", self.end)
        atexit.register(self.end)

    def _applied(self, applied: Applied) -> None:
        before, config = applied.before.log, applied.config.log
        if self._logs is not None:
            self._logs.take(config)
        self._take(before, config)
        if self.access is not None and before.access == config.access:
            self.access.reopen()

    def _take(self, before: LogConfig, config: LogConfig) -> None:
        service = self._service
        if config.access != before.access:
            self._observes_no_more()
            self._observes_no_more = lambda: None
            ended, self.access = self.access, None
            if ended is not None:
                ended.leave()
                self._left = [one for one in self._left if one.writer.waiting] + [ended]
            if config.access != "off":
                sink = self._sink(config)
                self.access = AccessLog(self._reactor, sink, service.wall, self._dropped, self._begin)
                self._observes_no_more = service.observers.add(self.access, requests=True)
        if self.access is not None:
            self.access.errors_only = config.access_errors_only
        service.observers.targets = self.access is not None and config.access_paths

    def _sink(self, config: LogConfig) -> Sink:
        if config.access_file is None:
            return Stream(sys.stderr) if sys.stderr is not None else LogFile("/dev/null")
        return LateFile(config.access_file, partial(self._failed, config.access_file))

    def _failed(self, path: str, error: OSError) -> None:
        # The thread that writes has found it out.
        fact = AccessLogFailed(path, error.strerror or str(error))
        self._reactor.callFromThread(self._service.observers.notify, fact)

    def _dropped(self, count: int) -> None:
        self._service.process_numbers.access_log_dropped += count

    def reopen(self) -> bool:
        """Open the files anew; whether there is one."""
        if self.access is not None:
            self.access.reopen()
        opened = self._logs is not None and self._logs.reopen()
        return opened or self.access is not None

    def end(self, limit: float = AT_THE_END) -> None:
        """Write what there is, and wait so many seconds for it at most."""
        for one in self._left if self.access is None else [*self._left, self.access]:
            one.end(limit)
