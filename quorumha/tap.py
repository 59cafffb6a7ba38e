"""C{twistd quorumha}: the options, and the service they stand for.

What an operator gets wrong goes to standard error without a traceback; the exit status says of which kind.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import sys
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, NoReturn

from twisted.application.service import IService, MultiService
from twisted.logger import ILogObserver
from twisted.python import usage
from twisted.python.components import Componentized

from quorumha.app.flags import flags_to_toml
from quorumha.app.kinds import load_config, parse_config
from quorumha.config.model import Config
from quorumha.config.units import seconds
from quorumha.errors import ConfigError, ListenError, QuorumhaError
from quorumha.logs.pipeline import LogPipeline, for_options
from quorumha.net.clock import monotonic
from quorumha.net.descriptors import raise_limit
from quorumha.options import FlagOptions
from quorumha.process.early_hangup import EarlyHangup
from quorumha.process.frozen_objects import freeze_objects
from quorumha.process.pidfile import remove_pidfile, remove_stale_pidfile
from quorumha.process.signals import AT_ONCE, SignalService
from quorumha.process.stalls import StallService

if TYPE_CHECKING:
    from quorumha.app.service import ProxyService

#: Exit statuses: the command line is wrong, the configuration cannot be used (both sysexits(3)), or an
#: address cannot be listened on.
EX_USAGE, EX_CONFIG, EX_CANNOT_START = 64, 78, 1

WHAT_TO_DO = """\
quorumha: nothing to do. Give one of
  --config FILE                           run what a configuration file says
  --demo                                  run a demonstration with simulated nodes
  --tcp 22000=a:8545,b:8545:backup        relay connections, without a file
  --http unix:/run/tm.ipc=a:9101,b:9101   proxy requests, without a file"""


class Options(FlagOptions):
    """The options of C{twistd quorumha}."""

    synopsis = "[options] --config FILE | --demo | --tcp LISTEN=UPSTREAMS | --http LISTEN=UPSTREAMS"
    longdesc = "High availability for GoQuorum and Tessera."
    optParameters: list[list[Any]] = [
        ["config", "c", None, "Run what this configuration file says (TOML, or JSON)."],
        ["duration", None, "60s", "How long the demonstration runs; 0 means until it is stopped."],
    ]
    optFlags = [["demo", None, "Run a demonstration with simulated nodes."]]

    def parseArgs(self, *words: str) -> None:
        """Take none."""
        if words:
            raise usage.UsageError(f"{words[0]!r} is no option; give a configuration file by --config FILE")

    def postOptions(self) -> None:
        """Check what only makes sense together."""
        if sum((self["config"] is not None, bool(self["demo"]), self.has_flags)) > 1:
            raise usage.UsageError("--config, --demo and --tcp or --http exclude each other")
        try:
            self["duration"] = seconds(self["duration"])
        except ValueError as error:
            raise usage.UsageError(f"--duration: {error}") from error
        twistd = getattr(self, "parent", None)
        if twistd is not None and "pidfile" in twistd:
            # What was given is another object, even where it says the same.
            given = twistd["pidfile"] is not twistd.defaults["pidfile"]
            if said := remove_stale_pidfile(twistd, given=given):
                complain([f"warning: {said}"])


def installed_reactor() -> Any:
    """The process's reactor, with a clock that nobody sets.  No other place imports it.

    @raise RuntimeError: something is scheduled already.
    """
    from twisted.internet import reactor

    return monotonic(reactor)


def flags_config(tcp: Iterable[str], http: Iterable[str], environ: Mapping[str, str]) -> tuple[str, Config]:
    """What C{--tcp} and C{--http} stand for: the TOML and what it says.

    @raise ConfigError: it cannot be used.
    """
    text = flags_to_toml(tcp, http)
    return text, parse_config(text, "command line", environ)


def complain(lines: Iterable[str]) -> None:
    """Print to standard error.  Where nobody reads that, what follows is done all the same."""
    with contextlib.suppress(BrokenPipeError):
        for line in lines:
            print(line, file=sys.stderr)


def leave(status: int, lines: Iterable[str]) -> NoReturn:
    """End the process with a word of why."""
    complain(lines)
    raise SystemExit(status)


class CannotStart(QuorumhaError):
    """What a daemon says to the terminal that started it: C{twistd} passes 98 bytes of it on."""

    # The name of a module would stand first, and take a quarter of them.
    __module__ = "builtins"


class StartedService(MultiService):
    """Ends the process with a word, and without a traceback, when its child cannot listen.

    @ivar daemon: the process has left its terminal; then only an exception reaches it.
    """

    def __init__(
        self,
        logs: LogPipeline | None = None,
        daemon: bool = False,
        bound: Callable[[], object] = lambda: None,
    ) -> None:
        """
        @param logs: becomes the log of the application that this joins.
        @param bound: called when everything listens, before the process becomes another user.
        """
        super().__init__()  # type: ignore[no-untyped-call]  # Twisted leaves it bare
        self.daemon = daemon
        self._logs = logs
        self._bound = bound

    def setServiceParent(self, parent: Any) -> None:
        """Join the application, and let it log through our log."""
        if self._logs is not None and isinstance(parent, Componentized):
            parent.setComponent(ILogObserver, self._logs.observer)
        super().setServiceParent(parent)  # type: ignore[no-untyped-call]  # as above

    def privilegedStartService(self) -> None:
        """Listen everywhere, under C{twistd}.

        @raise SystemExit: an address cannot be had.
        @raise CannotStart: likewise, as a daemon.
        """
        self._start(super().privilegedStartService)
        self._bound()

    def startService(self) -> None:
        """Listen, where that is not done yet (under C{twist}), and begin to serve; else as above."""
        self._start(super().startService)

    def _start(self, start: Callable[[], object]) -> None:
        try:
            start()
        except ListenError as error:
            # As a daemon this goes to the log.
            complain([f"quorumha: {error}"])
            if self.daemon:
                raise CannotStart(str(error)) from None
            raise SystemExit(EX_CANNOT_START) from None


def makeService(options: Options) -> IService:
    """The service for C{twistd}.

    @raise SystemExit: the options or the configuration cannot be used; why stands on standard error already.
    """
    if options["demo"]:
        from quorumha.demo import make_demo_service

        return make_demo_service(installed_reactor(), options["duration"])
    early = EarlyHangup().hold()
    try:
        if options["config"] is not None:
            config = load_config(options["config"], os.environ)
        elif options.has_flags:
            _, config = flags_config(options["tcp"], options["http"], os.environ)
        else:
            leave(EX_USAGE, [WHAT_TO_DO])
        complain(f"warning: {warning}" for warning in config.warnings)
        from quorumha.app.reload import make_reloader
        from quorumha.app.service import make_service

        reactor = installed_reactor()
        raise_limit(reactor)
        service = make_service(reactor, config)
    except ConfigError as error:
        leave(EX_CONFIG, error.problems)
    reloader = make_reloader(reactor, service, options["config"])
    return whole_service(reactor, service, getattr(options, "parent", None), reloader.reload, early)


def user_to_be(twistd: Mapping[str, Any]) -> tuple[int, int]:
    """The user and the group that C{twistd} lets the process become (numeric; -1: none)."""
    user, group = twistd.get("uid"), twistd.get("gid")
    if user is not None and group is None:
        # As twistd does; where there is no such user, it says so.
        with contextlib.suppress(KeyError):
            group = pwd.getpwuid(user).pw_gid
    return -1 if user is None else user, -1 if group is None else group


def whole_service(
    reactor: Any,
    service: ProxyService,
    parent: MutableMapping[str, Any] | None,
    reload: Callable[[], object] | None = None,
    early: EarlyHangup | None = None,
) -> IService:
    """The service, with its log and what it does on signals.

    @param parent: the options of C{twistd} or C{twist}.
    @param reload: takes the configuration's file again.
    @param early: has taken note of a SIGHUP until now.
    @raise SystemExit: the log's file cannot be opened.
    """
    try:
        logs = for_options(reactor, parent)
    except OSError as error:
        leave(
            EX_CANNOT_START, [f"quorumha: the log file {error.filename} cannot be opened: {error.strerror}"]
        )
    twistd = {} if parent is None else parent
    user, group = user_to_be(twistd)

    def bound() -> None:
        service.give_sockets(user, group)
        freeze_objects()

    whole = StartedService(logs, not twistd.get("nodaemon", True), bound)
    last: list[Callable[[], object]] = [
        service.remove_sockets,
        lambda: remove_pidfile(twistd.get("pidfile")),
    ]
    # Here, because a demonstration has none.
    from quorumha.app.log_switch import LogSwitch

    switch = LogSwitch(reactor, service, logs)
    last.append(lambda: switch.end(AT_ONCE / 4))
    if logs is not None:
        last.append(lambda: logs.end(AT_ONCE / 2))
    reopen = None if logs is None and service.config.log.access_file is None else switch.reopen
    before_stop = service.operations.process.before_stop
    signals = SignalService(reactor, last, reopen, reload=reload, before_stop=before_stop, early=early)
    for part in (logs, service, switch, StallService(reactor), signals):
        if part is not None:
            part.setServiceParent(whole)  # type: ignore[no-untyped-call]  # Twisted leaves it bare
    return whole
