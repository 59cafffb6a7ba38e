"""L{GethProcess}: GoQuorum's life as a client of Tessera: it starts, perhaps poisoned, and may exit.

Sources: private/private.go and private/engine/tessera/tessera_version_reader.go of GoQuorum 24.4.1.
"""

from __future__ import annotations

import json

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint

from quorumha.testing.goquorum.geth_requests import GethRequests
from quorumha.testing.http.caller import Caller
from quorumha.testing.http.caller_connection import CallFailed
from quorumha.testing.http.message_reader import Message


class GethGone(Exception):
    """The process has exited, or never started."""


class GethProcess:
    """One process.

    @ivar exited: the status it exited with; None while it lives.
    @ivar refused: why it did not start; None if it did, or was not asked to.
    @ivar constellation: it took Tessera for the old Constellation, for its whole life.
    @ivar api: the API version that it chose, for its whole life; C{"1.0"} also where it could not ask.
    @ivar caller: its connections, for a test to look at.
    """

    def __init__(
        self,
        clock: IReactorTime,
        endpoint: IStreamClientEndpoint,
        host: str = "c",
        limit: float | None = 5.0,
        dial_limit: float | None = 1.0,
    ) -> None:
        """
        @param host: of the C{Host} field: C{c} over a unix socket; over TCP the address, and gzip is offered.
        @param limit: seconds that it waits for an answer; None as with C{--ptm.socket} and no time limit.
        @param dial_limit: seconds that it waits for a connection; None for ever.
        """
        self.exited: int | None = None
        self.refused: str | None = None
        self.constellation = False
        self.api = "1.0"
        self.caller = Caller(clock, endpoint, limit, dial_limit)
        self.clock = clock
        self.requests = GethRequests(host)

    def start(self) -> Deferred[None]:
        """Ask who is there, as it does once at its beginning.

        @return: fails with L{GethGone} where it refuses to start.
        """
        return Deferred.fromCoroutine(self._start())

    def exit(self, status: int) -> None:
        """End the process, and its connections."""
        self.exited = status
        self.caller.close()

    def require_life(self) -> None:
        """@raise GethGone: it exited, or did not start."""
        if self.exited is not None or self.refused is not None:
            raise GethGone("not running")

    def assert_alive(self) -> None:
        """@raise AssertionError: it exited, or did not start."""
        if self.exited is not None:
            raise AssertionError(f"geth exited with status {self.exited}")
        if self.refused is not None:
            raise AssertionError(f"geth refused to start: {self.refused}")

    async def _start(self) -> None:
        up = await self._asked("/upcheck")
        if up is None or up.status != 200:
            self.refused = "no answer to /upcheck" if up is None else f"/upcheck answered {up.status}"
            self.caller.close()
            raise GethGone(self.refused)
        version = await self._asked("/version")
        self.constellation = version is None or version.status != 200
        if not self.constellation:
            self.api = _highest(await self._asked("/version/api"))

    async def _asked(self, path: str) -> Message | None:
        try:
            return await self.caller.ask(self.requests.plain(path))
        except CallFailed:
            return None


def _highest(listed: Message | None) -> str:
    if listed is None or listed.status != 200:
        return "1.0"
    try:
        versions: list[str] = json.loads(listed.body)
        return max(versions, key=lambda version: [int(part) for part in version.split(".")])
    except (ValueError, TypeError, AttributeError):
        return "1.0"
