"""L{ClientProcess}: a client in a process of its own, whose orders this process carries out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import ProcessDone, ProcessExitedAlready
from twisted.internet.interfaces import IProcessTransport, IReactorProcess, IReactorTime
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from tests.sources import ROOT

#: Seconds that a client may take: less than a test may, so that the failure has what the client said.
LIMIT = 50.0


class ClientProcess(ProcessProtocol):
    """One process, from its start to its end.  L{socket_client} has the lines that it speaks.

    @param clock: for L{LIMIT}.
    @param orders: what each does; called in the reactor's thread with the order's arguments.  It may return a
        Deferred; the result is JSON.
    """

    transport: IProcessTransport

    def __init__(self, clock: IReactorTime, orders: Mapping[str, Callable[..., Any]]) -> None:
        self._clock = clock
        self._orders = orders
        self._line = b""
        self._errors = b""
        self._ordered: list[str] = []
        self._wrong: list[str] = []
        self._played = False
        self._result = Deferred[None]()
        self._gone: Deferred[None] | None = None

    def run(self, reactor: IReactorProcess, *arguments: str) -> Deferred[None]:
        """Start it, and wait for its end.

        @param arguments: of the interpreter; it starts in the folder that C{tests} is in.
        @return: fails with an C{AssertionError}, with all that the client wrote to standard error, unless
            it has said that it was played, and ended well.
        """
        reactor.spawnProcess(self, sys.executable, [sys.executable, *arguments], None, str(ROOT))
        self._gone = Deferred()
        self._overdue = self._clock.callLater(LIMIT, self._fail, f"not done in {LIMIT:g} s")
        return self._result

    def end(self) -> Deferred[None] | None:
        """Kill it if it is still there.

        @return: fires when it is gone.
        """
        if self._gone is not None and not self._gone.called:
            self._kill()
        return self._gone

    def _kill(self) -> None:
        # It may be gone, with bytes of it still on their way.
        with suppress(ProcessExitedAlready):
            self.transport.signalProcess("KILL")

    def _fail(self, why: str) -> None:
        self._wrong.append(why)
        self._kill()

    def outReceived(self, data: bytes) -> None:
        """Carry out its orders."""
        *lines, self._line = (self._line + data).split(b"\n")
        for line in lines:
            try:
                said = json.loads(line)
                if "played" in said:
                    self._played = True
                    continue
                what, arguments = said["order"], said["arguments"]
                carry_out = self._orders[what]
            except (ValueError, LookupError, TypeError):
                self._fail(f"not an order: {line!r}")
                return
            self._ordered.append(f"{what}{tuple(arguments)}")
            done = maybeDeferred(carry_out, *arguments)
            done.addCallbacks(
                lambda result: {"result": result}, lambda failure: {"error": repr(failure.value)}
            )
            done.addCallback(self._respond)
            done.addErrback(self._lost)

    def _respond(self, said: dict[str, Any]) -> None:
        self.transport.write(json.dumps(said).encode() + b"\n")

    def _lost(self, failure: Failure) -> None:
        self._fail(f"no response to {self._ordered[-1]}: {failure.value!r}")

    def errReceived(self, data: bytes) -> None:
        """Keep it for the failure."""
        self._errors += data

    def processEnded(self, reason: Failure) -> None:
        """It is gone, and all that it said is here."""
        if self._overdue.active():
            self._overdue.cancel()
        if self._gone is not None:
            self._gone.callback(None)
        if reason.check(ProcessDone) and self._played and not self._wrong:
            self._result.callback(None)
            return
        wrong = [
            *self._wrong,
            f"ended with {reason.value}, {'' if self._played else 'not '}played to its end",
        ]
        text = f"the client: {'; '.join(wrong)}\nits orders: {self._ordered}\n"
        self._result.errback(AssertionError(text + self._errors.decode(errors="replace")))
