"""Clients that ask all along while a process stops and another one starts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from attrs import define, field, frozen
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from bench.processes import LATE
from quorumha.http.server.client_limits import AGAIN_GRACE, DRAIN_GRACE
from tests.integration.clients import Address, Client, Cut

OCTETS = "Content-Type: application/octet-stream\r\n"


@frozen
class Told:
    """One answer, and when it was asked for and there, in monotonic seconds."""

    status: int
    begun: float
    ended: float


@define(eq=False)
class _Member:
    """One client, which asks without a pause.

    @ivar told: what it was answered.
    @ivar asks: it has connected, and waits for an answer.
    """

    told: list[Told] = field(factory=list)
    asks: bool = False


class Crowd:
    """Clients, each in a thread.

    A stop gives a connection a moment for its next request. Whoever got no turn for so long from its machine
    has made a pause, and may find its connection closed: it asks again, and nothing is wrong.
    """

    def __init__(self) -> None:
        self._members: list[_Member] = []
        self._over = threading.Event()
        self._more = threading.Condition()

    @property
    def told(self) -> list[list[Told]]:
        """What each was answered."""
        return [one.told for one in self._members]

    def join(self, address: Address, method: str, target: str, body: bytes = b"") -> Deferred[None]:
        """Another client, on a new connection for each request; it fires when it has ended, and fails when a
        request of it did.
        """
        return self._begin(address, method, target, body, lambda last: True)

    def stay(self, address: Address, method: str, target: str, body: bytes = b"") -> Deferred[None]:
        """The same, which keeps its connection until a response says that it is the last one there."""
        return self._begin(address, method, target, body, lambda last: last)

    def _begin(
        self, address: Address, method: str, target: str, body: bytes, leaves: Callable[[bool], bool]
    ) -> Deferred[None]:
        """
        @param leaves: whether it ends its connection after a response that is, or is not, the last one there.
        """
        member = _Member()
        self._members.append(member)

        def go_on() -> None:
            client: Client | None = None
            while not self._over.is_set():
                since, grace = time.monotonic(), DRAIN_GRACE
                if client is not None and member.told:
                    since, grace = member.told[-1].begun, AGAIN_GRACE
                begun = time.monotonic()
                client = client or Client(address)
                try:
                    client.request(method, target, body, OCTETS if body else "")
                    self._note(member, True)
                    answer = client.answer()
                except (Cut, ConnectionError):
                    if time.monotonic() - since < grace:
                        raise
                    client.close()
                    client = None
                    continue
                with self._more:
                    member.told.append(Told(answer.status, begun, time.monotonic()))
                self._note(member, False)
                if leaves(answer.value("connection") == "close"):
                    client.close()
                    client = None
            if client is not None:
                client.close()

        done: Deferred[None] = deferToThread(go_on)
        return done

    def _note(self, member: _Member, asks: bool) -> None:
        with self._more:
            member.asks = asks
            self._more.notify_all()

    def each_asks(self, limit: float = LATE) -> bool:
        """Wait until each waits for an answer."""
        with self._more:
            return self._more.wait_for(lambda: all(one.asks for one in self._members), limit)

    def each_asked_since(self, moment: float, limit: float = LATE) -> bool:
        """Wait until each has an answer to something that it asked after C{moment}."""
        with self._more:
            return self._more.wait_for(
                lambda: all(one.told and one.told[-1].begun > moment for one in self._members), limit
            )

    def end(self) -> None:
        """Each ends after the request that it is at."""
        self._over.set()
