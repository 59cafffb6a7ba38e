"""C{quorumha check|run}: the same without C{twistd}, in the foreground."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twisted.application.service import IService, MultiService
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger, globalLogBeginner
from twisted.python import usage
from twisted.python.failure import Failure

from quorumha import tap
from quorumha.app.footprint import explain_memory, too_large
from quorumha.app.kinds import load_config
from quorumha.config.certificate_days import days_left
from quorumha.config.summary import notes, summary
from quorumha.errors import ConfigError, ListenError
from quorumha.logs.pipeline import LogPipeline
from quorumha.logs.sinks import standard_output
from quorumha.net.descriptors import attainable, clients_for, raise_limit
from quorumha.options import CommonOptions, FlagOptions
from quorumha.process.cgroup import memory_limit
from quorumha.process.early_hangup import EarlyHangup
from quorumha.process.frozen_objects import freeze_objects
from quorumha.process.signals import AT_ONCE, SignalService
from quorumha.process.stalls import StallService

log = Logger()


class CheckOptions(CommonOptions):
    """The options of C{quorumha check}."""

    synopsis = "FILE"
    longdesc = "Read a configuration, name every problem at once, and start nothing."
    optFlags = [["explain", None, "Print what is done with each call, and which limits hold."]]

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """Take options behind FILE, too: none of them has a value."""
        words = sys.argv[1:] if options is None else options
        super().parseOptions(sorted(words, key=lambda word: not word.startswith("-")))

    def parseArgs(self, *files: str) -> None:
        """Take FILE."""
        if len(files) != 1:
            raise usage.UsageError("say which file, and one: quorumha check [--explain] FILE")
        (self["file"],) = files


class RunOptions(FlagOptions):
    """The options of C{quorumha run}."""

    synopsis = "[options] [FILE]"
    longdesc = "Run in the foreground what a configuration file, or --tcp and --http, say."
    optParameters: list[list[Any]] = [
        ["config", "c", None, "The configuration file (TOML, or JSON); the same as FILE."],
    ]
    optFlags = [["print-config", None, "Print the TOML that --tcp and --http stand for, and end."]]

    def parseArgs(self, *files: str) -> None:
        """Take FILE, where it is given."""
        if len(files) > 1:
            raise usage.UsageError("say one file; options stand before it: quorumha run [options] FILE")
        self["file"] = files[0] if files else None

    def postOptions(self) -> None:
        """Check that exactly one source is named."""
        if self["file"] is not None and self["config"] is not None:
            raise usage.UsageError("FILE and --config are the same; give one")
        if self["file"] is None:
            self["file"] = self["config"]
        if (self["file"] is not None) == self.has_flags:
            raise usage.UsageError("give a configuration file, or --tcp and --http, and not both")
        if self["print-config"] and not self.has_flags:
            raise usage.UsageError("--print-config goes with --tcp and --http")


class Options(CommonOptions):
    """The options of C{quorumha}."""

    synopsis = "Usage: quorumha"
    longdesc = "High availability for GoQuorum and Tessera; `twistd quorumha` runs it as a daemon."
    subCommands = [
        ["check", None, CheckOptions, "Check a configuration file."],
        ["run", None, RunOptions, "Run in the foreground."],
    ]

    def postOptions(self) -> None:
        """Check that there is something to do."""
        if self.subCommand is None:
            raise usage.UsageError("say `check` or `run`; see `quorumha --help`")


def check(path: str, *, explained: bool = False, root: Path = Path("/")) -> None:
    """Check a file and print what came of it.

    @param explained: with how each call is treated.
    @param root: where the system says how much memory there is.
    @raise ConfigError: it cannot be used.
    """
    config = load_config(path, os.environ, folders=True)
    print(f"{path}: ok")
    clients = clients_for(attainable())
    if explained:
        # Here, because a plain check needs none of what it takes.
        from quorumha.app.explain import explain

        print(explain(config), explain_memory(config, clients), sep="\n\n")
    else:
        print(summary(config))
    ending, lasting = days_left(config, time.time())
    for warning in [*config.warnings, *too_large(config, clients, memory_limit(root)), *ending]:
        print(f"warning: {warning}")
    for note in [*notes(config), *lasting]:
        print(f"note: {note}")


def run(options: RunOptions) -> int:
    """Run in the foreground until SIGTERM, SIGINT, or a failure to start; the exit status.

    @raise ConfigError: what is said cannot be used.
    """
    if options.has_flags:
        text, config = tap.flags_config(options["tcp"], options["http"], os.environ)
        if options["print-config"]:
            print(text, end="")
            return 0
        early = EarlyHangup().hold()
    else:
        early = EarlyHangup().hold()
        config = load_config(options["file"], os.environ)
    # Here, because neither checking nor printing needs any of it.
    from quorumha.app.log_switch import LogSwitch
    from quorumha.app.reload import make_reloader
    from quorumha.app.service import make_service

    reactor = tap.installed_reactor()
    raise_limit(reactor)
    service = make_service(reactor, config)
    logs = LogPipeline(reactor, standard_output())
    switch = LogSwitch(reactor, service, logs)
    globalLogBeginner.beginLoggingTo([logs.observer], redirectStandardIO=False)
    for warning in config.warnings:
        log.warn("{warning}", warning=warning)
    whole = MultiService()
    last = (
        service.remove_sockets,
        lambda: switch.end(AT_ONCE / 4),
        lambda: logs.end(AT_ONCE / 2),
    )
    reloader = make_reloader(reactor, service, options["file"])
    before_stop = service.operations.process.before_stop
    signals = SignalService(
        reactor, last, switch.reopen, reload=reloader.reload, before_stop=before_stop, early=early
    )
    for part in (logs, service, switch, StallService(reactor), signals):
        part.setServiceParent(whole)  # type: ignore[no-untyped-call]  # Twisted leaves it bare
    freeze_objects()
    return run_service(reactor, whole, service.started)


def run_service(reactor: Any, service: IService, started: Deferred[None] | None = None) -> int:
    """Start a service, run the reactor, and stop the service before the reactor ends.

    A service that cannot be started is stopped again, so nothing stays half started.

    @param started: fails when the service could not be started, and only then is that known.
    @return: 0 after an ordinary stop, 1 when the service could not be started.
    """
    failed: list[Failure] = []

    def start() -> None:
        service.privilegedStartService()
        maybeDeferred(service.startService).addErrback(give_up)

    def give_up(failure: Failure) -> None:
        failed.append(failure)
        if len(failed) > 1:
            return
        if failure.check(ListenError):
            tap.complain([f"quorumha: {failure.getErrorMessage()}"])
        else:
            log.failure("could not start", failure)
        reactor.stop()

    def begin() -> None:
        maybeDeferred(start).addErrback(give_up)
        if started is not None:
            started.addErrback(give_up)

    reactor.addSystemEventTrigger("before", "shutdown", service.stopService)
    reactor.callWhenRunning(begin)
    reactor.run()
    return 1 if failed else 0


def main(argv: Sequence[str] | None = None) -> None:
    """The C{quorumha} command.

    @raise SystemExit: with the exit status.
    """
    options = Options()  # type: ignore[no-untyped-call]
    try:
        options.parseOptions(sys.argv[1:] if argv is None else list(argv))
    except usage.UsageError as error:
        tap.leave(tap.EX_USAGE, [f"quorumha: {error}"])
    chosen = options.subOptions
    try:
        if options.subCommand == "run":
            raise SystemExit(run(chosen))
        check(chosen["file"], explained=bool(chosen["explain"]))
        sys.stdout.flush()
    except ConfigError as error:
        tap.leave(tap.EX_CONFIG, error.problems)
    except BrokenPipeError:
        # The reader, such as head, has seen enough; Python must not write the rest when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(0)
