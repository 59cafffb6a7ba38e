"""L{SimulatedGeth}: GoQuorum as a client of Tessera, with what it does when Tessera fails it.

    geth = SimulatedGeth(net.clock, net.client_endpoint("unix:/run/q2t.sock"))
    geth.start()
    sending = geth.send(b"private", to=[OTHER_KEY])
    net.run()
    importing = geth.import_block(self.successResultOf(sending))
    net.advance(30)
    geth.assert_alive()

Several calls may be under way at a time, as its goroutines are.  It keeps no cache of payloads, where a
real one remembers for five minutes what it sent: so every import asks.
"""

from __future__ import annotations

import json
from base64 import b64decode

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.internet.task import deferLater

from quorumha.testing.goquorum.geth_calls import GethCalls
from quorumha.testing.goquorum.geth_process import GethGone
from quorumha.testing.http.caller_connection import CallFailed
from quorumha.testing.http.message_reader import Message

#: How often a block import asks for a payload, and the pause after each time, in seconds.
TRIES, PAUSE = 5, 1.0

#: The status with which it exits when the last try has failed.
EXIT_STATUS = 112


class SimulatedGeth(GethCalls):
    """One process that imports blocks.

    @ivar imported: payloads by hash.
    @ivar skipped: hashes of payloads that it takes for somebody else's, for ever.
    @ivar tries: requests for payloads in block imports.
    """

    def __init__(
        self,
        clock: IReactorTime,
        endpoint: IStreamClientEndpoint,
        host: str = "c",
        limit: float | None = 5.0,
        dial_limit: float | None = 1.0,
    ) -> None:
        """Nothing is imported yet; the arguments are those of L{GethCalls}."""
        super().__init__(clock, endpoint, host, limit, dial_limit)
        self.imported: dict[bytes, bytes] = {}
        self.skipped: set[bytes] = set()
        self.tries = 0

    def import_block(self, key: bytes) -> Deferred[bytes | None]:
        """Import a block with the private transaction of this hash.

        404 means: not a party to it.  Any other failure is tried again, and the last one ends the process
        (C{receive} in tessera.go; WIRE A1.8).

        @return: the payload; None where it is not a party.  Fails with L{GethGone} when it exits.
        """
        return Deferred.fromCoroutine(self._import(key))

    async def _import(self, key: bytes) -> bytes | None:
        if key in self.skipped or key in self.imported:
            return self.imported.get(key)
        for _ in range(TRIES):
            self.require_life()
            self.tries += 1
            response = await self._payload(key)
            if response is not None:
                self.require_life()
                return self._learned(key, response)
            await deferLater(self.clock, PAUSE)
        self.require_life()
        self.exit(EXIT_STATUS)
        raise GethGone(f"exit {EXIT_STATUS}")

    async def _payload(self, key: bytes) -> Message | None:
        """The answer, if it is one that ends the tries."""
        try:
            response = await self.caller.ask(self.requests.transaction(key, self.api))
        except CallFailed:
            return None
        return response if response.status in (200, 201, 404) else None

    def _learned(self, key: bytes, response: Message) -> bytes | None:
        if response.status == 404:
            self.skipped.add(key)
            return None
        self.imported[key] = b64decode(json.loads(response.body)["payload"])
        return self.imported[key]
