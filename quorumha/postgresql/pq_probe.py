"""L{PqProbe}: asks each database itself, by one kept session, which role it has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from psycopg.pq import PGconn
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from quorumha.config.addresses import read_client
from quorumha.config.model import ClientTLS
from quorumha.health.check_limits import CheckLimits
from quorumha.health.verdicts import LATE, Verdict
from quorumha.net.poller import watch_of
from quorumha.net.shared_call import SharedCall
from quorumha.pool.member import Member
from quorumha.postgresql.check_config import PostgresCheckConfig, read_password
from quorumha.postgresql.pools_writer import RoleProbe
from quorumha.postgresql.pq_connection import Open, Row
from quorumha.postgresql.pq_errors import PqError, PqLack, PqRefused
from quorumha.postgresql.pq_options import Login
from quorumha.postgresql.pq_session import PqSession
from quorumha.postgresql.role_query import word_of
from quorumha.postgresql.role_word import RoleVerdict
from quorumha.process.in_thread import in_thread


class PqProbe(RoleProbe):
    """Healthy is who says which role it has; the word is passed on to the pool's writer."""

    def __init__(
        self,
        reactor: Any,
        timeout: float,
        settings: PostgresCheckConfig,
        tls: ClientTLS | None = None,
        *,
        begin: Open = PGconn.connect_start,
        read: Callable[[str], bytes] = read_password,
    ) -> None:
        """
        @param reactor: watches sockets.
        @param timeout: seconds of one question, the login included.
        @param tls: of the pool.
        @param begin: begins a session of libpq.
        @param read: reads a file with a password, in a thread.
        """
        self.reactor = reactor
        self.timeout = timeout
        self.limits = CheckLimits(reactor, timeout)
        self._settings = settings
        self._tls = tls
        self._begin = begin
        name, in_a_thread = settings.password_file, in_thread(reactor)
        self._password = None if name is None else SharedCall(lambda: in_a_thread(lambda: read(name)))
        self._sessions: dict[Member, PqSession] = {}

    def ask(self, member: Member) -> Deferred[Verdict]:
        """Put one question."""
        return _Asking(self, self._sessions.get(member) or self._session_of(member)).result

    async def login(self) -> Login:
        """As whom it logs in, by the file as it is now.

        @raise PqLack: the file cannot be used.
        """
        settings, password = self._settings, None
        if self._password is not None:
            try:
                password = await self._password.result()
            except ValueError as error:
                raise PqLack(f"password_file cannot be used: {error}") from None
        return Login(settings.user, settings.database, password, self._tls)

    def forget(self, member: Member) -> None:
        """Its session ends."""
        session = self._sessions.pop(member, None)
        if session is not None:
            session.close()

    def stop(self) -> None:
        """All sessions end."""
        for member in tuple(self._sessions):
            self.forget(member)

    def _session_of(self, member: Member) -> PqSession:
        where = read_client(member.upstream.address)
        session = self._sessions[member] = PqSession(self.reactor, watch_of(self.reactor), where, self._begin)
        return session


class _Asking:
    """One query on its way, within a limit: on the session that is kept, or after a login.

    @ivar result: what it comes to.
    """

    def __init__(self, probe: PqProbe, session: PqSession) -> None:
        self._probe = probe
        self._session = session
        self._limit = probe.limits.begin(self._too_late)
        self._kept = session.kept
        self._asked_at = 0.0
        #: Nothing was asked of the member yet: the file with the password is waited for.
        self._reads = False
        #: What it comes to, as its limit has passed.
        self._passed: Verdict | None = None
        self.result: Deferred[Verdict] = self._query() if self._kept else self._log_in()

    def _query(self, _: object = None) -> Deferred[Verdict]:
        self._asked_at = self._probe.reactor.seconds()
        asking: Deferred[Any] = self._session.ask()
        return asking.addCallbacks(self._responded, self._failed)

    def _log_in(self) -> Deferred[Verdict]:
        self._kept = False
        logging_in: Deferred[Any] = Deferred.fromCoroutine(self._logged_in())
        return logging_in.addCallbacks(self._query, self._failed)

    async def _logged_in(self) -> None:
        self._reads = True
        login = await self._probe.login()
        self._reads = False
        await self._session.log_in(login)

    def _responded(self, row: Row) -> Verdict:
        self._limit.cancel()
        try:
            return RoleVerdict(word=word_of(row, self._session.address), asked_at=self._asked_at)
        except ValueError:
            self._session.close()
            return RoleVerdict("what it answers is not PostgreSQL's")

    def _failed(self, failure: Failure) -> Verdict | Deferred[Verdict] | Failure:
        error = failure.value
        if self._kept and isinstance(error, PqError) and not isinstance(error, PqRefused):
            # It was only stale.
            return self._log_in()
        self._limit.cancel()
        if isinstance(error, PqLack):
            return Verdict(lack=str(error))
        if isinstance(error, PqError):
            return RoleVerdict(str(error))
        # Too late, given up, or a bug.  What comes of a session after this nobody could tell from the
        # response to another query.
        self._session.close()
        return self._passed or failure

    def _too_late(self, late: bool) -> None:
        stage, seconds = self._session.stage, self._probe.timeout
        if late:
            self._passed = LATE
        elif self._reads:
            self._passed = Verdict(lack=f"password_file cannot be used: it is not read within {seconds:g} s")
        else:
            silent = f"no {stage} within {seconds:g} s"
            self._passed = Verdict(silent, silent=True, reached=stage != "connection")
        self.result.cancel()
