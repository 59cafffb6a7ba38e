"""L{Faults}: what is wrong with a simulated node now, switched while it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define, field

from quorumha.testing.http.message_reader import Message


def on_paths(*prefixes: str) -> Callable[[Message], bool]:
    """A predicate for L{Faults.only}: the request's target begins with one of these."""
    wanted = tuple(prefix.encode() for prefix in prefixes)
    return lambda request: request.target.startswith(wanted)


def on_methods(*methods: str) -> Callable[[Message], bool]:
    """A predicate for L{Faults.only}: the request has one of these methods."""
    wanted = {method.encode() for method in methods}
    return lambda request: request.method in wanted


def _any(_: Message) -> bool:
    return True


def _none(_: Message) -> bool:
    return False


def _nothing() -> None:
    pass


def _changed(faults: Faults, _: Any, value: Any) -> Any:
    # Called before the value is set: who is woken looks in a later turn of the clock.
    for wake in faults.woken:
        wake()
    return value


#: Seconds that a Tessera waits for a connection to its database unless told otherwise (HikariCP).
DATABASE_TIMEOUT = 30.0


@define(eq=False)
class Faults:
    """What is wrong with a node now.  May be set at any time.

    A request that was read is handled even when its client has left meanwhile, as in a real node: its
    answer goes nowhere, its row stays.  Only the end of the process forgets it.

    @ivar hang: requests are read and not answered; those that wait go on when it is switched off.
    @ivar refuse: connections are taken and ended at once.
    @ivar database_dead: whatever needs the database answers 500.
    @ivar database_silent: the database is away as a real Tessera has it: whatever needs it waits for a
        connection, 500 after L{DATABASE_TIMEOUT} seconds; what waits goes on when it is switched off.  What
        was worked on as it was switched on (C{lag}) is answered with 500 at once.
    @ivar first_request_500: the next request that needs the database has the connection that breaks: 500 at
        once.  Also without C{database_silent}.
    @ivar lag: seconds that each answer takes; the work is done at their end.
    @ivar only: which requests C{hang}, C{lag} and the two deaths are for; all unless set.  A request
        that hangs holds up those after it on its connection.  See L{on_paths}.
    @ivar die_before_commit: the next such request ends the process before anything is done.
    @ivar die_after_commit: the next such request is done, then the process ends; its connection is
        reset, and no byte of an answer is sent.
    @ivar on_death: called when one of the two has struck, and was switched off by that.  The
        request's own connection has ended then; C{lambda: net.kill(place)} ends the rest.
    @ivar needs_database: whether a request does; for the node itself.
    @ivar woken: called when C{hang}, C{only} or C{database_silent} is set; for the node's own ports.
    """

    hang: bool = field(default=False, on_setattr=_changed)
    refuse: bool = False
    database_dead: bool = False
    database_silent: bool = field(default=False, on_setattr=_changed)
    first_request_500: bool = False
    lag: float = 0.0
    only: Callable[[Message], bool] = field(default=_any, on_setattr=_changed)
    die_before_commit: bool = False
    die_after_commit: bool = False
    on_death: Callable[[], None] = _nothing
    needs_database: Callable[[Message], bool] = field(default=_none, repr=False)
    woken: list[Callable[[], None]] = field(factory=list, init=False, repr=False)

    def hangs(self, request: Message) -> bool:
        """It is not to be answered now."""
        return self.hang and self.only(request)

    def waits_for_database(self, request: Message) -> bool:
        """It gets no connection to the database now."""
        return self.database_silent and not self.first_request_500 and self.needs_database(request)

    def loses_database(self, request: Message) -> bool:
        """It is worked on, and finds no database.  Where that is its connection's end, True once."""
        struck = self.first_request_500 and self.needs_database(request)
        if struck:
            self.first_request_500 = False
        return struck or self.database_dead or self.database_silent

    def delay(self, request: Message) -> float:
        """Seconds before it is worked on."""
        return self.lag if self.lag and self.only(request) else 0.0

    def dies_before(self, request: Message) -> bool:
        """The process ends instead of working on it.  True once."""
        struck = self.die_before_commit and self.only(request)
        if struck:
            self.die_before_commit = False
        return struck

    def dies_after(self, request: Message) -> bool:
        """The process ends instead of answering.  True once."""
        struck = self.die_after_commit and self.only(request)
        if struck:
            self.die_after_commit = False
        return struck
