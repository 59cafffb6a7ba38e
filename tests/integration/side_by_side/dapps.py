"""L{Dapp}: an application that asks a GoQuorum node for private transactions of one account."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field, frozen
from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.interfaces import IReactorTime

from quorumha.testing.goquorum.geth_calls import TesseraRefused
from quorumha.testing.goquorum.geth_process import GethGone
from quorumha.testing.http.caller_connection import CallFailed
from quorumha.testing.tessera.remote_party import PushFailed

#: Seconds that an application waits for its GoQuorum node.
CLIENT_TIMEOUT = 10.0


@frozen
class Call:
    """What an application asked for.

    @ivar kind: C{"send"}, or C{"push"} where the application is the other party's.
    @ivar begun: by the clock.
    @ivar ended: by the clock; None: it never was.
    @ivar error: what the application was told; empty: success.
    """

    kind: str
    begun: float
    ended: float | None
    error: str = ""


@define(eq=False)
class Dapp:
    """One account and who uses it.

    GoQuorum holds an account's nonce lock while its Tessera sends, so transactions of one account are sent
    one after the other, and one that is stuck holds up all of them (WIRE C2).  An application that has
    given up changes nothing of that: its transaction is sent when its turn comes, and takes place.

    @ivar clock: for begins, ends and the application's time limit.
    @ivar kind: of its calls.
    @ivar send: what GoQuorum does with a payload once it has the nonce: its key.
    @ivar mined: told of each key: the transaction is in a block.
    @ivar calls: what applications were told, in the order they ended.
    @ivar landed: when calls began whose application was told an error, and whose transaction took place.
    """

    clock: IReactorTime
    kind: str
    send: Callable[[bytes], Deferred[bytes]]
    mined: Callable[[bytes], None]
    calls: list[Call]
    landed: list[float]
    _nonce: DeferredLock = field(factory=DeferredLock, init=False)

    async def ask(self, payload: bytes) -> None:
        """One transaction; returns when GoQuorum is done with it, however early its application gave up."""
        begun = self.clock.seconds()

        def told(error: str = "") -> None:
            self.calls.append(Call(self.kind, begun, self.clock.seconds(), error))

        patient = self.clock.callLater(CLIENT_TIMEOUT, told, f"no answer within {CLIENT_TIMEOUT:.0f} s")
        try:
            key = await self._nonce.run(self.send, payload)
        except (GethGone, CallFailed, TesseraRefused, PushFailed) as problem:
            if patient.active():
                patient.cancel()
                told(f"{type(problem).__name__}: {problem}")
            return
        if patient.active():
            patient.cancel()
            told()
        else:
            self.landed.append(begun)
        self.mined(key)
