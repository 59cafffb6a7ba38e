"""L{ProcessOperations}: what an operator may do to a process that runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from time import time
from typing import Any, Protocol

from attrs import define, field
from twisted.internet.defer import Deferred, succeed

from quorumha.admin.pool_names import found_pool, meant, writer_in
from quorumha.admin.running import NotNow, OperatorWord, ReloadResult, Switched, UnknownName
from quorumha.app.listener import Listener
from quorumha.app.member_drain import Carrying, MemberDrain
from quorumha.app.operator_words import FILE, OperatorWords
from quorumha.app.process_drain import ProcessDrain
from quorumha.config.model import Config
from quorumha.events import ConnectionsEnded, Observers, StateNotKept, WordsLost
from quorumha.pool.member import Member
from quorumha.pool.member_state import SERVING, state_of
from quorumha.pool.one_writer import OneWriter, Undecidable
from quorumha.pool.pool import UpstreamPool
from quorumha.process.kept_file import read_file, writer_of

#: Whose words they are: there is one operator.
WHO = "admin"


def _no_reload(**_: bool) -> Deferred[ReloadResult]:
    why = "it was started without a file that could be read again"
    return succeed(ReloadResult(False, problems=(why,)))


class Serving(Protocol):
    """What is operated.

    @ivar listeners: those that take clients.
    @ivar leaving: those that are gone from the configuration, while they have clients.
    """

    observers: Observers
    listeners: list[Listener]
    leaving: set[Listener]

    @property
    def config(self) -> Config:
        """What it does."""

    @property
    def pools(self) -> Mapping[str, UpstreamPool]:
        """By name."""


@define(eq=False)
class ProcessOperations:
    """An L{Operations<quorumha.admin.running.Operations>} of a process.

    @ivar words: what was said of members.
    @ivar process: whether it is to be left alone.
    @ivar reloads: takes the configuration file as it is now.
    """

    _reactor: Any
    _serving: Serving
    #: Seconds since the epoch.
    _wall: Callable[[], float] = time
    words: OperatorWords = field(factory=OperatorWords, init=False)
    process: ProcessDrain = field(init=False)
    reloads: Callable[..., Deferred[ReloadResult]] = field(default=_no_reload, init=False)
    _drains: dict[Member, MemberDrain] = field(factory=dict, init=False)

    @process.default
    def _make_process(self) -> ProcessDrain:
        serving = self._serving
        return ProcessDrain(
            self._reactor, serving.observers, lambda: serving.config, lambda: serving.listeners
        )

    def keep_words(self, directory: str | None) -> None:
        """Begin with the words that are kept there, and keep those that are said; None: they are not kept."""
        if directory is None:
            return
        path = Path(directory, FILE)
        try:
            self.words.read(read_file(path))
        except ValueError as error:
            self._serving.observers.notify(WordsLost(str(path), str(error)))
        self.words.keep = writer_of(
            self._reactor,
            path,
            lambda reason: self._serving.observers.notify(StateNotKept(str(path), reason)),
        )

    def follow(self) -> None:
        """Another configuration serves: what was said holds on, where the file does not say otherwise now."""
        self.words.follow(self._serving.config)
        pools = self._serving.pools
        for pool, name, word in self.words.all():
            pools[pool].member(name).enabled = word.enabled
        self.process.follow()

    def reload(self, *, dry_run: bool = False) -> Deferred[ReloadResult]:
        """Take the configuration file as it is now.  Never fails."""
        return self.reloads(dry_run=dry_run)

    def enable(self, pool: str, upstream: str) -> Switched:
        """Let a member be used.

        @raise UnknownName: there is none.
        """
        member, configured = self._found(pool, upstream)
        if configured:
            self.words.clear(pool, upstream)
        else:
            self._say(pool, upstream, enabled=True, configured=configured)
        self._end_drain(member)
        member.enabled = True
        return self._switched(pool, member)

    def disable(self, pool: str, upstream: str, *, force: bool = False) -> Switched:
        """Let it get nothing new.

        @raise UnknownName: there is none.
        @raise NotNow: no other one is enabled, or no other one serves, and nobody insists.
        """
        member, configured = self._found(pool, upstream)
        if not force:
            self._need_not(self._serving.pools[pool], member)
        self._say(pool, upstream, enabled=False, configured=configured)
        member.enabled = False
        return self._switched(pool, member)

    def drain_member(
        self, pool: str, upstream: str, *, within: float = 30.0, force: bool = False
    ) -> Switched:
        """Likewise; and end its relayed connections as soon as they are idle.

        @param within: seconds after which they are ended in any case.
        """
        self.disable(pool, upstream, force=force)
        member = self._serving.pools[pool].member(upstream)
        self._end_drain(member)
        until = self._reactor.seconds() + within

        def ended(count: int) -> None:
            self._serving.observers.notify(ConnectionsEnded(pool, upstream, count, drained=True))

        self._drains = {one: drain for one, drain in self._drains.items() if drain.looking}
        drain = self._drains[member] = MemberDrain(self._reactor, member, self.carried_to, until, ended)
        drain.look()
        return self._switched(pool, member)

    def use(self, pool: str, upstream: str) -> None:
        """Let a member be the one that is written to: a person has decided.

        @raise UnknownName: there is none, or the pool's members may all be written to.
        @raise NotNow: it is none that could be, and why.
        """
        member, _ = self._found(pool, upstream)
        writer = self._writer(pool)
        try:
            writer.use(member)
        except Undecidable as error:
            raise NotNow(f"{pool}: {upstream}: {error}") from error

    def forget_writer(self, pool: str) -> None:
        """Forget what the one was that was written to.

        @raise UnknownName: there is no such pool, or its members may all be written to.
        @raise NotNow: why that cannot be.
        """
        writer = self._writer(pool)
        try:
            writer.forget()
        except Undecidable as error:
            raise NotNow(f"{pool}: {error}") from error

    def word(self, pool: str, upstream: str) -> OperatorWord | None:
        """What was said of a member, and holds; None: the file's word does."""
        return self.words.of(pool, upstream)

    @property
    def draining(self) -> bool:
        """Whether the process is to be left alone."""
        return self.process.draining

    def drain(self) -> None:
        """Take no new clients soon, and let those who are there go; say first that it is not ready."""
        self.process.drain()

    def undrain(self) -> None:
        """Take all that back.

        @raise NotNow: it stops already.
        """
        self.process.undrain()

    def stop(self) -> None:
        """The process stops now."""
        self.process.stop()
        for member in list(self._drains):
            self._end_drain(member)

    def _found(self, pool: str, upstream: str) -> tuple[Member, bool]:
        """A member, and whether the file has it enabled."""
        members = {member.name: member for member in found_pool(self._serving.pools, pool).members}
        if upstream not in members:
            raise UnknownName(f"no member of {pool} is called {upstream!r}{meant(upstream, members)}")
        return members[upstream], members[upstream].upstream.enabled

    def _writer(self, pool: str) -> OneWriter:
        return writer_in(found_pool(self._serving.pools, pool))

    def _need_not(self, pool: UpstreamPool, member: Member) -> None:
        """Raise where nobody would respond without a member.

        @raise NotNow: so it is.
        """
        if not member.enabled:
            return
        name, hint = member.name, "nobody would respond; --force (?force=1 over HTTP) insists"
        if pool.enabled_count == 1:
            raise NotNow(f"{name} is the only enabled member of {pool.name}: {hint}")
        now = self._reactor.seconds()
        if state_of(member, now) not in SERVING:
            return
        others = {one.name: state_of(one, now) for one in pool.members if one is not member}
        if not SERVING.intersection(others.values()):
            they = ", ".join(f"{other} is {state}" for other, state in others.items())
            raise NotNow(f"{name} is the only member of {pool.name} that serves ({they}): {hint}")

    def _say(self, pool: str, upstream: str, *, enabled: bool, configured: bool) -> None:
        word = OperatorWord(enabled, WHO, round(self._wall(), 3))
        self.words.say(pool, upstream, word, configured=configured)

    def carried_to(self, member: Member) -> Iterator[Carrying]:
        """The connections that do nothing but carry bytes to a member, and back."""
        for listener in (*self._serving.listeners, *self._serving.leaving):
            for factory in listener.factories:
                yield from factory.carried_to(member)

    def _end_drain(self, member: Member) -> None:
        drain = self._drains.pop(member, None)
        if drain is not None:
            drain.stop()

    def _switched(self, pool: str, member: Member) -> Switched:
        state = state_of(member, self._reactor.seconds())
        return Switched(pool, member.name, state, member.in_flight)
