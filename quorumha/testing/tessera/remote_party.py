"""L{RemoteParty}: another party's Tessera, as the pair behind a proxy meets it from outside.

    other = RemoteParty(net.clock, net.client_endpoint("proxy:9001"), "http://other:9001/", OTHER_KEY)
    other.start()
    net.advance(5)
    pushing = other.push(Payload.seal(b"private", OTHER_KEY, [OWN_KEY], b"1"))

It posts its party info every five seconds, and gives up on whom it cannot reach in 0.75 of that.
Sources: PartyInfoBroadcaster, IntervalPropertyHelper and RestPayloadPublisher of Tessera (WIRE A4).
"""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.internet.task import LoopingCall

from quorumha.testing.http.caller import Caller, repeats_as_java
from quorumha.testing.http.caller_connection import CallFailed
from quorumha.testing.http.message_reader import Message
from quorumha.testing.tessera.payloads import PartyInfo, Payload

#: Jersey's client waits this part of the interval for a connection, and for an answer.
TIMEOUT_SHARE = 0.75


class PushFailed(Exception):
    """A recipient did not get a payload; the text is what the sending dapp sees.

    @ivar status: of the answer that the sender's own client gets: 404 (not known), 410 (cannot be
        reached), 500 (did not take it).
    """

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status = status


class RemoteParty:
    """One node of another party.

    @ivar dropped: it does not know the pair now, because it could not reach it.
    @ivar drops: when that happened, in seconds of the clock.
    @ivar posts: party infos that were answered with 200.
    @ivar refused: statuses of those that were answered otherwise: an answer, so no reason to drop.
    @ivar pushed: hashes of payloads that were taken.
    @ivar errors: why payloads were not.
    @ivar caller: its connections.
    """

    def __init__(
        self,
        clock: IReactorTime,
        endpoint: IStreamClientEndpoint,
        url: str,
        key: bytes,
        host: str = "127.0.0.1:9001",
        versions: str | None = "v1,v2",
        interval: float = 5.0,
        configured: bool = True,
        knows: tuple[str, ...] = (),
    ) -> None:
        """
        @param url: where it says that it is.
        @param key: its public key.
        @param host: of the C{Host} field: the pair's address as this party has it.
        @param versions: C{tesseraSupportedApiVersions}; None: the field is not sent.
        @param interval: seconds between party infos.
        @param configured: the pair is its only configured peer, so it is polled again after a drop; False:
            it was found by discovery, and is not (Tessera issues 1178, 1394).
        @param knows: URLs of others that its party info tells of.
        """
        self.dropped = False
        self.drops: list[float] = []
        self.posts = 0
        self.refused: list[int] = []
        self.pushed: list[bytes] = []
        self.errors: list[str] = []
        limit = TIMEOUT_SHARE * interval
        self.caller = Caller(clock, endpoint, limit, limit, idle=5, repeats=repeats_as_java)
        self._clock = clock
        self._url, self._key = url.encode(), key
        self._host, self._versions = host, versions
        self._knows = tuple(one.encode() for one in knows)
        self._interval, self._configured = interval, configured
        self._polling = LoopingCall(self._poll)
        self._polling.clock = clock

    def start(self) -> None:
        """Post at once, and from then on."""
        self._polling.start(self._interval)

    def stop(self) -> None:
        """The process ends."""
        if self._polling.running:
            self._polling.stop()
        self.caller.close()

    def post(self) -> Deferred[bool]:
        """Post party info now: whether it was answered with 200.  No answer drops the pair."""
        return Deferred.fromCoroutine(self._post())

    def push(self, payload: Payload) -> Deferred[bytes]:
        """Send a payload to the pair: its hash.

        @return: fails with L{PushFailed}.
        """
        return Deferred.fromCoroutine(self._push(payload))

    def _poll(self) -> Deferred[bool] | None:
        if self.dropped and not self._configured:
            return None
        return self.post()

    async def _post(self) -> bool:
        info = PartyInfo(self._url, ((self._key, self._url),), (*self._knows, self._url))
        try:
            response = await self.caller.ask(self._request("/partyinfo", info.encode()))
        except CallFailed:
            self._drop()
            return False
        self.dropped = False
        if response.status != 200:
            self.refused.append(response.status)
            return False
        self.posts += 1
        return True

    async def _push(self, payload: Payload) -> bytes:
        if self.dropped:
            raise self._failed(404, "Recipient not found for key")
        try:
            response = await self.caller.ask(self._request("/push", payload.encode()))
        except CallFailed:
            self._drop()
            raise self._failed(410, "Connection error while communicating with the pair") from None
        return self._taken(payload, response)

    def _taken(self, payload: Payload, response: Message) -> bytes:
        if response.status not in (200, 201):
            raise self._failed(500, f"Unable to push payload to recipient url ({response.status})")
        self.pushed.append(payload.hash)
        return payload.hash

    def _failed(self, status: int, said: str) -> PushFailed:
        self.errors.append(said)
        return PushFailed(status, said)

    def _drop(self) -> None:
        self.dropped = True
        self.drops.append(self._clock.seconds())

    def _request(self, path: str, body: bytes) -> bytes:
        lines = [f"POST {path} HTTP/1.1", "Content-Type: application/octet-stream"]
        if self._versions is not None:
            lines.append(f"tesseraSupportedApiVersions: {self._versions}")
        lines += [
            "User-Agent: Jersey/2.27 (HttpUrlConnection 17.0.15)",
            f"Host: {self._host}",
            "Accept: text/html, image/gif, image/jpeg, */*; q=0.2",
            "Connection: keep-alive",
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
