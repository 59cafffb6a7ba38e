"""L{PqSession}: what a probe has of one member: where it is, and the session that is kept with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from psycopg import pq
from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from quorumha.config.addresses import Address
from quorumha.endpoints.named import look_up
from quorumha.endpoints.shared_look_up import LookUp, SharedLookUp, lack_of_descriptors
from quorumha.pool.dial_errors import connect_failed, lack_of
from quorumha.pool.upstream import LocalFailure, describe
from quorumha.postgresql.pq_connection import Open, PqConnection, Row
from quorumha.postgresql.pq_errors import PqError, PqLack, PqRefused
from quorumha.postgresql.pq_options import Login, conninfo
from quorumha.postgresql.role_query import QUERY

#: Seconds after which the name of a member with which a session is kept is looked up again.
LOOKED_UP_AGAIN = 5.0

#: Options that this libpq has.
_KNOWN = {one.keyword.decode("ascii") for one in pq.Conninfo.get_defaults()}


class PqSession:
    """One member's session, made when it is needed, and kept for as long as it works.

    It is not renewed at times: it proves itself by each response, to log in costs the server a process, and
    a server that has no room for one more login is not to be taken for one that is silent.  But where the
    member is given by name, that is looked up again, aside: a session with a machine that the name leads to
    no more is ended.

    @ivar stage: what is waited for, in words; C{connection}: the member has not taken the connection.
    """

    def __init__(
        self,
        reactor: Any,
        watch: Any,
        where: Address,
        begin: Open,
        look: Callable[[Any, str], LookUp] = look_up,
    ) -> None:
        """
        @param watch: who calls it when its socket is ready.
        @param begin: begins a session of libpq.
        @param look: makes what looks up a name.
        """
        self._reactor = reactor
        self._watch = watch
        self._where = where
        self._begin = begin
        named = where.host is not None and where.text.name is not None
        self._names = SharedLookUp(look(reactor, where.host or "")) if named else None
        #: The address of the session, and whether all others were tried since it was silent.
        self._address: str | None = None
        self._silent: str | None = None
        self._look_again_at = 0.0
        self._looking: Deferred[Any] | None = None
        self._connection: PqConnection | None = None

    @property
    def kept(self) -> bool:
        """Whether there is a session that can be asked."""
        connection = self._connection
        return connection is not None and connection.ready

    @property
    def address(self) -> str:
        """The address of the session, where the member is given by name; else empty."""
        return "" if self._names is None or self._address is None else self._address

    @property
    def stage(self) -> str:
        """What is waited for."""
        connection = self._connection
        if connection is None or not connection.reached:
            return "connection"
        return "answer" if connection.ready else "login"

    def ask(self) -> Deferred[Row]:
        """Put the query; there is a session.

        @return: fails with L{PqError}, and the session is over, or with L{PqRefused}: the server's own words.
        """
        assert self._connection is not None
        if self._names is not None:
            self._look_again(self._names)
        return self._connection.ask(QUERY)

    async def log_in(self, login: Login) -> None:
        """Make a session, with the first of the member's addresses that takes it.

        @raise PqError: there is none; L{PqRefused}: these are the server's own words.
        @raise PqLack: this process lacked something for it.
        """
        self.close()
        failed: PqError | PqLack = PqError("could not connect (name does not resolve)")
        for address in await self._addresses():
            connection = self._connection = PqConnection(self._watch, login.password, self._begin)
            self._address = self._silent = address
            try:
                await connection.connect(conninfo(login, self._where, address, _KNOWN))
            except PqRefused:
                self._silent = None
                raise
            except (PqError, PqLack) as error:
                failed = _lack() or error
            else:
                self._silent = None
                self._look_again_at = self._reactor.seconds() + LOOKED_UP_AGAIN
                return
        self._silent = None
        raise failed

    def close(self) -> None:
        """End what there is of it."""
        looking, self._looking = self._looking, None
        if looking is not None:
            looking.cancel()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    async def _addresses(self) -> list[str]:
        """Where it may be; the one that was silent last comes last, for it may be so again."""
        if self._names is None:
            return [self._where.host or ""]
        try:
            found = await self._names.addresses()
        except CancelledError:
            raise
        except Exception:
            outcome = connect_failed(Failure())
            if isinstance(outcome, LocalFailure):
                raise PqLack(outcome.reason) from None
            raise PqError(describe(outcome)) from None
        return sorted(found, key=lambda address: address == self._silent)

    def _look_again(self, names: SharedLookUp) -> None:
        """Look up its name, if that is due; nobody waits for it."""
        if self._looking is None and self._reactor.seconds() >= self._look_again_at:
            self._look_again_at = self._reactor.seconds() + LOOKED_UP_AGAIN
            looking = self._looking = names.addresses()
            looking.addBoth(self._looked_again)

    def _looked_again(self, found: list[str] | Failure) -> None:
        """What does not resolve any more may yet be there."""
        self._looking = None
        if isinstance(found, list) and self._address not in found and self._connection is not None:
            self._connection.drop("its name leads to another machine now")


def _lack() -> PqLack | None:
    """libpq does not say why it has no socket."""
    lack = lack_of(lack_of_descriptors())
    return None if lack is None else PqLack(lack)
