"""L{Load}: clients that ask steadily until they are stopped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.task import deferLater
from twisted.logger import Logger

from quorumha.demo.tally import Tally
from quorumha.demo.traffic import Ask
from quorumha.testing.http.caller import Caller, repeats_as_java, repeats_never
from quorumha.testing.http.caller_connection import CallFailed

log = Logger()

#: Seconds between an answer and the next request of the same client.
PAUSE = 0.05
#: Seconds that connecting, and an answer, may take.
LIMIT = 10.0


class Load:
    """Every client of the demo.

    @ivar clients: in the order they were added.
    """

    def __init__(self, reactor: Any, tally: Tally) -> None:
        self.clients: list[Caller] = []
        self._reactor = reactor
        self._tally = tally
        self._running: list[Deferred[None]] = []
        self._stopped = False

    def add(self, endpoint: IStreamClientEndpoint, asks: Iterator[Ask], repeats: bool = False) -> None:
        """Start one more client.

        @param repeats: send a request once more when a kept connection ends before any byte of its
            answer, as HTTP clients do (RFC 9112, 9.3.1).  A TCP relay cannot do it for
            them, so the clients of a relay need it; those of the HTTP listeners must not.
        """
        client = Caller(
            self._reactor, endpoint, LIMIT, LIMIT, repeats=repeats_as_java if repeats else repeats_never
        )
        self.clients.append(client)
        going = Deferred.fromCoroutine(self._go_on(client, asks))
        going.addErrback(lambda failure: log.failure("a client of the demo broke", failure))
        self._running.append(going)

    def stop(self) -> Deferred[None]:
        """Ask nothing new; fires when every request that was under way has ended."""
        self._stopped = True
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        await DeferredList(self._running)
        for client in self.clients:
            client.close()

    async def _go_on(self, client: Caller, asks: Iterator[Ask]) -> None:
        for ask in asks:
            if self._stopped:
                return
            await self._one(client, ask)
            await deferLater(self._reactor, PAUSE)

    async def _one(self, client: Caller, ask: Ask) -> None:
        try:
            response = await client.ask(ask.data)
            right = ask.right(response)
        except CallFailed as error:
            self._tally.failure(f"{ask.name}: {type(error).__name__} {error}")
            return
        except (ValueError, KeyError) as error:
            self._tally.failure(f"{ask.name}: an answer that cannot be read, {type(error).__name__}")
            return
        if right:
            self._tally.succeeded()
        else:
            self._tally.failure(f"{ask.name}: {response.status}")
