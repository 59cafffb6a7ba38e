"""The clients that behave, and shall notice nothing."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import random
import threading
import time

from attrs import define, field

from tests.integration.clients import Address, Client, Cut, Silent

#: Seconds that a client waits for a response.
PATIENCE = 12.0
#: Seconds between two requests of one client.
PAUSE = 0.03


@define
class Seen:
    """What clients of one kind saw.

    @ivar lost: from when to when, and what became of those that were not answered as they should be.
    @ivar slowest: seconds of the slowest response.
    """

    asked: int = 0
    lost: list[tuple[float, float, str]] = field(factory=list)
    slowest: float = 0.0


class Regular(threading.Thread):
    """One client after another of its kind: most of its requests on a kept connection, some on a new one."""

    def __init__(self, kind: str, address: Address, stop: threading.Event, seed: int) -> None:
        """
        @param kind: C{"http"}, C{"q2t"}.
        """
        super().__init__(daemon=True)
        self.kind = kind
        self.seen = Seen()
        self._address = address
        self._over = stop
        self._random = random.Random(seed)
        self._client: Client | None = None

    def run(self) -> None:
        while not self._over.wait(PAUSE):
            method, target, body, wanted = self._http() if self.kind == "http" else self._q2t()
            if self._random.random() < 0.2:
                self._leave()
            begun = time.monotonic()
            self.seen.asked += 1
            came = self._ask(method, target, body)
            self.seen.slowest = max(self.seen.slowest, time.monotonic() - begun)
            if came != wanted:
                what = f"{method} {target.split('/')[1]}: {came}"
                self.seen.lost.append((begun, time.monotonic(), what))
                self._leave()
        self._leave()

    def _ask(self, method: str, target: str, body: bytes) -> int | str:
        """@return: the status, or what happened instead."""
        kept = self._client is not None
        try:
            if self._client is None:
                self._client = Client(self._address, PATIENCE)
            response = self._client.ask(method, target, body, "Content-Type: application/json\r\n")
            if response.status >= 500:
                return f"{response.status} {response.body[:160].decode('latin-1').strip()}"
            return response.status
        except Silent:
            self._leave()
            return "silence"
        except (Cut, OSError) as error:
            self._leave()
            if kept and "bytes" not in str(error):
                # It was idle, and the proxy has taken it back for others: every HTTP client knows that.
                return self._ask(method, target, body)
            return f"{type(error).__name__} {error}"

    def _leave(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _http(self) -> tuple[str, str, bytes, int]:
        size = self._random.choice((0, 1000, 1000, 300_000))
        return ("POST" if size else "GET", f"/n/{self._random.randrange(10**9)}", b"x" * size, 200)

    def _q2t(self) -> tuple[str, str, bytes, int]:
        if self._random.random() < 0.7:
            key = base64.b64encode(os.urandom(64)).decode().replace("/", "%2F")
            return "GET", f"/transaction/{key}", b"", 404
        payload = {"payload": base64.b64encode(os.urandom(200)).decode()}
        return "POST", "/send", json.dumps(payload).encode(), 201


@contextlib.contextmanager
def served(clients: list[Regular], stop: threading.Event):  # type: ignore[no-untyped-def]
    """Let them go to work, and end them."""
    for one in clients:
        one.start()
    try:
        yield
    finally:
        stop.set()
        for one in clients:
            one.join(PATIENCE * 2)
