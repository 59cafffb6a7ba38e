"""L{Reloader}: the configuration's file is taken again while the process runs.  One reload at a time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred, DeferredList
from twisted.logger import Logger

from quorumha.admin.running import LastReload, ReloadResult
from quorumha.app.kinds import load_config
from quorumha.app.service import ProxyService
from quorumha.config.changes import changes
from quorumha.config.model import Config
from quorumha.endpoints.certificate_facts import CertificateTaken
from quorumha.errors import ConfigError, ListenError
from quorumha.events import ReloadRefused, ReloadTaken
from quorumha.pool.pool import UpstreamPool
from quorumha.process.in_thread import in_thread

log = Logger()

NO_FILE = "there is no configuration file to be read again: what runs was said on the command line"
FAILED = "quorumha itself failed, which is a bug: the log has more"


@define(eq=False)
class Reloader:
    """Takes the file again when it is asked to.  C{ProxyService.last_reload} is what came of the last one."""

    _service: ProxyService
    #: The file as it was named at the start; empty: there is none.
    _file: str
    #: Reads and checks the file; it knows what is served now.
    _load: Callable[[Config], Config]
    #: Lets something be done that takes long.
    _in_thread: Callable[[Callable[[], Any]], Deferred[Any]]
    _wall: Callable[[], float] = time.time
    #: Who waits for the next reload, and for the next dry run.
    _asked: dict[bool, list[Deferred[ReloadResult]]] = field(
        factory=lambda: {False: [], True: []}, init=False
    )
    _busy: bool = field(default=False, init=False)

    def reload(self, *, dry_run: bool = False) -> Deferred[ReloadResult]:
        """Take the file as it is now.  Before the start is done: after it; during another reload: after that,
        once for all who asked meanwhile.

        @param dry_run: only say what would come of it.  No address is listened on for that.
        @return: never fails.
        """
        result: Deferred[ReloadResult] = Deferred()
        self._asked[dry_run].append(result)
        if not self._busy:
            self._busy = True
            Deferred.fromCoroutine(self._serve()).addErrback(partial(log.failure, "a reload failed"))
        return result

    async def _serve(self) -> None:
        # Whatever came of it: that is for others.
        await DeferredList([self._service.started])
        while any(self._asked.values()):
            for dry_run, asked in list(self._asked.items()):
                if not asked:
                    continue
                self._asked[dry_run] = []
                result = await self._once(dry_run)
                for one in asked:
                    one.callback(result)
        self._busy = False

    async def _once(self, dry_run: bool) -> ReloadResult:
        try:
            result = ReloadResult(True, changes=await self._take(dry_run))
        except ConfigError as error:
            result = ReloadResult(False, problems=tuple(error.problems))
        except ListenError as error:
            result = ReloadResult(False, problems=(str(error),))
        except Exception:
            log.failure("the configuration could not be taken")
            result = ReloadResult(False, problems=(FAILED,))
        if not dry_run:
            self._note(result)
        return result

    async def _take(self, dry_run: bool) -> tuple[str, ...]:
        service = self._service
        if not self._file:
            raise ConfigError([NO_FILE])
        before = service.config
        words = operators_words(service.pools)

        def read() -> tuple[Config, tuple[str, ...]]:
            config = self._load(before)
            return config, changes(before, config, words)

        # A parser of TOML is one long turn.
        config, lines = await self._in_thread(read)
        found: list[str] = list(lines)
        with self._renewed(found):
            await (service.check(config) if dry_run else service.apply(config))
        return tuple(dict.fromkeys(found))

    @contextmanager
    def _renewed(self, lines: list[str]) -> Iterator[None]:
        """Add a line for each file of TLS of which new connections get what is there now."""

        def note(fact: object) -> None:
            if isinstance(fact, CertificateTaken):
                lines.extend(f"{file}: changed" for file in fact.files)

        forget = self._service.observers.add(note)
        try:
            yield
        finally:
            forget()

    def _note(self, result: ReloadResult) -> None:
        now = self._wall()
        self._service.last_reload = LastReload(now, result)
        numbers = self._service.process_numbers
        numbers.reload_succeeded = result.taken
        if result.taken:
            numbers.reloads_taken += 1
            numbers.reloaded_at = now
            warnings = self._service.config.warnings
            self._service.observers.notify(ReloadTaken(self._file, result.changes, warnings))
        else:
            numbers.reloads_refused += 1
            self._service.observers.notify(ReloadRefused(self._file, result.problems))


def operators_words(pools: Mapping[str, UpstreamPool]) -> dict[tuple[str, str], bool]:
    """What operators said of members, where the file says otherwise."""
    return {
        (name, member.name): member.enabled
        for name, pool in pools.items()
        for member in pool.members
        if member.enabled != member.upstream.enabled
    }


def make_reloader(reactor: Any, service: ProxyService, file: str | None) -> Reloader:
    """What reloads a process.

    @param file: the configuration's, as the operator named it; None: there is none.
    """
    # A daemon may go to another folder.
    path = "" if file is None else os.path.abspath(file)

    def load(serves: Config) -> Config:
        return load_config(path, os.environ, folders=True, serves=serves)

    reloader = Reloader(service, path, load, in_thread(reactor))
    service.operations.reloads = reloader.reload
    return reloader
