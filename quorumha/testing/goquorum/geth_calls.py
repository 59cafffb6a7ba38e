"""L{GethCalls}: what GoQuorum asks of Tessera for dapps.

Source: private/engine/tessera/tessera.go of GoQuorum 24.4.1.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint

from quorumha.testing.goquorum.geth_process import GethProcess
from quorumha.testing.http.caller_connection import CallFailed
from quorumha.testing.http.message_reader import Message

T = TypeVar("T")


class TesseraRefused(Exception):
    """Tessera answered with neither 200 nor 201; the text is what the dapp sees.

    @ivar status: the HTTP status.
    """

    def __init__(self, response: Message) -> None:
        super().__init__(f"{response.status} status: {response.body.decode(errors='replace')}")
        self.status = response.status


class GethCalls(GethProcess):
    """A process that is asked by dapps.

    Each call returns a Deferred that fails with L{TesseraRefused}, L{CallFailed}, or
    L{quorumha.testing.goquorum.geth_process.GethGone}.

    @ivar keys: hashes that C{send} and C{send_signed} returned, in order.
    @ivar errors: what dapps were told instead of an answer, in order.
    """

    def __init__(
        self,
        clock: IReactorTime,
        endpoint: IStreamClientEndpoint,
        host: str = "c",
        limit: float | None = 5.0,
        dial_limit: float | None = 1.0,
    ) -> None:
        """Nobody has asked yet; the arguments are those of L{GethProcess}."""
        super().__init__(clock, endpoint, host, limit, dial_limit)
        self.keys: list[bytes] = []
        self.errors: list[str] = []

    def send(self, payload: bytes, to: Iterable[bytes] = (), flag: int = 0) -> Deferred[bytes]:
        """C{POST /send}: the hash.

        @param to: public keys.
        @param flag: the privacy flag.
        """
        return self._recorded(self._key_of(self.requests.send(payload, to, flag, self.api)))

    def store_raw(self, payload: bytes) -> Deferred[bytes]:
        """C{POST /storeraw}: the hash, for L{send_signed}."""
        return self._recorded(self._key_of(self.requests.store_raw(payload, self.api), keep=False))

    def send_signed(self, key: bytes, to: Iterable[bytes] = (), flag: int = 0) -> Deferred[bytes]:
        """C{POST /sendsignedtx}: the hash again."""
        return self._recorded(self._key_of(self.requests.send_signed(key, to, flag, self.api)))

    def is_sender(self, key: bytes) -> Deferred[bool]:
        """C{GET /transaction/.../isSender}."""
        return self._recorded(self._is_sender(key))

    def participants(self, key: bytes) -> Deferred[list[bytes]]:
        """C{GET /transaction/.../participants}: public keys."""
        return self._recorded(self._listed(key, "participants"))

    def mandatory(self, key: bytes) -> Deferred[list[bytes]]:
        """C{GET /transaction/.../mandatory}: public keys."""
        return self._recorded(self._listed(key, "mandatory"))

    def delete(self, key: bytes) -> Deferred[None]:
        """C{DELETE /transaction/...}: what an application asks; GoQuorum itself never does."""
        return self._recorded(self._delete(key))

    def _recorded(self, call: Coroutine[Any, Any, T]) -> Deferred[T]:
        async def recorded() -> T:
            try:
                return await call
            except (CallFailed, TesseraRefused) as problem:
                self.errors.append(str(problem))
                raise

        return Deferred.fromCoroutine(recorded())

    async def _response(self, data: bytes, *right: int) -> Message:
        self.require_life()
        response = await self.caller.ask(data)
        if response.status not in right:
            raise TesseraRefused(response)
        return response

    async def _key_of(self, data: bytes, keep: bool = True) -> bytes:
        key = b64decode(json.loads((await self._response(data, 200, 201)).body)["key"])
        if keep:
            self.keys.append(key)
        return key

    async def _is_sender(self, key: bytes) -> bool:
        return (await self._response(self.requests.about(key, "isSender"), 200, 201)).body == b"true"

    async def _listed(self, key: bytes, what: str) -> list[bytes]:
        response = await self._response(self.requests.about(key, what), 200, 201)
        return [b64decode(one) for one in response.body.split(b",") if one]

    async def _delete(self, key: bytes) -> None:
        await self._response(self.requests.delete(key), 200, 201, 204)
