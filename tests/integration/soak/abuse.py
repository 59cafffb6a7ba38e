"""The clients that do not behave: they vanish, drip, reset, pause, crowd."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from collections.abc import Callable

from tests.integration.clients import Client
from tests.integration.soak.world import World

#: Clients of a crowd, beside all others.
CROWD = 150
#: Seconds for which it stays.
CROWDED = 4.0


class Abuser(threading.Thread):
    """One misdeed after the other.

    @ivar done: how many of each kind.
    """

    def __init__(self, world: World, stop: threading.Event, seed: int) -> None:
        super().__init__(daemon=True)
        self.done: dict[str, int] = {}
        self._world = world
        self._over = stop
        self._random = random.Random(seed)

    def run(self) -> None:
        misdeeds: list[Callable[[], None]] = [
            self.half_a_head,
            self.leaves_at_once,
            self.drips_a_head,
            self.drips_a_body,
            self.reads_nothing,
            self.does_nothing,
            self.half_closes_the_relay,
            self.pauses_the_relay,
            self.leaves_tessera,
        ]
        while not self._over.is_set():
            misdeed = self._random.choice(misdeeds)
            with contextlib.suppress(OSError):
                misdeed()
            self.done[misdeed.__name__] = self.done.get(misdeed.__name__, 0) + 1

    def _client(self, address: int | str | None = None) -> Client:
        return Client(self._world.http if address is None else address, 10.0, receive_buffer=65536)

    def _end(self, client: Client) -> None:
        """By a reset, or a FIN."""
        client.reset() if self._random.random() < 0.5 else client.close()

    def _drip(self, client: Client, data: bytes, pause: float) -> None:
        for letter in data:
            client.send(bytes([letter]))
            if self._over.wait(pause):
                break
        self._end(client)

    def half_a_head(self) -> None:
        client = self._client()
        client.send(b"GET / HTTP/1.1\r\nHo")
        self._end(client)

    def leaves_at_once(self) -> None:
        for _ in range(20):
            client = self._client()
            client.request("POST", "/big/5000000", b"x" * 1000)
            self._end(client)

    def drips_a_head(self) -> None:
        self._drip(self._client(), b"GET /slow HTTP/1.1\r\nHost: a\r\nX: 1", 0.25)

    def drips_a_body(self) -> None:
        client = self._client()
        client.send(b"POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
        self._drip(client, b"x" * 30, 0.25)

    def reads_nothing(self) -> None:
        client = self._client()
        client.request("GET", self._random.choice(("/big/20000000", "/chunked/20000000")))
        self._over.wait(3.0)
        self._end(client)

    def does_nothing(self) -> None:
        client = self._client(self._random.choice((self._world.http, self._world.tcp)))
        self._over.wait(6.0)
        self._end(client)

    def half_closes_the_relay(self) -> None:
        client = self._client(self._world.tcp)
        client.request("GET", "/n/1")
        client.socket.shutdown(socket.SHUT_WR)
        self._over.wait(self._random.choice((0.0, 2.0)))
        self._end(client)

    def pauses_the_relay(self) -> None:
        client = self._client(self._world.tcp)
        client.request("GET", "/big/20000000")
        self._over.wait(3.0)
        self._end(client)

    def leaves_tessera(self) -> None:
        client = self._client(self._world.socket)
        client.request("POST", "/send", b'{"payload": "eA=="}', "Content-Type: application/json\r\n")
        self._end(client)


def crowd(world: World, stop: threading.Event) -> None:
    """More idle connections than the proxy may have descriptors for."""
    held = []
    for _ in range(CROWD):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(("127.0.0.1", world.http))
        held.append(one)
    stop.wait(CROWDED)
    for one in held:
        one.close()
