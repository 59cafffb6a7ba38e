"""Open-loop load: so many requests a second, whatever becomes of the ones before.

C{python -m bench.open_loop PORT RATE SECONDS} prints one line of JSON.  Each request has its time;
its latency counts from then, so one that had to wait for its turn is not flattered.  It takes
a connection that is free, or a new one.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time

from bench.crowd import Message, post
from bench.figures import percentile

#: How long the last ones are waited for, in seconds.
_LAST = 5.0


class OpenLoop:
    """One run.

    @ivar taken: seconds, of each good answer.
    @ivar errors: other answers, and none.
    """

    def __init__(self, port: int, message: Message) -> None:
        self._port = port
        self._message = message
        self._poll = select.epoll()
        self._free: list[socket.socket] = []
        self._open: dict[int, socket.socket] = {}
        self._due: dict[int, float] = {}
        self._got: dict[int, bytes] = {}
        self.taken: list[float] = []
        self.errors = 0

    def run(self, rate: float, seconds: float) -> None:
        """Send, and then wait for the last answers."""
        begun = time.perf_counter()
        due, end = begun, begun + seconds
        while due < end:
            now = time.perf_counter()
            while due <= now and due < end:
                self._send(due)
                due += 1 / rate
            self._wait(due)
        last = time.perf_counter() + _LAST
        while self._due and time.perf_counter() < last:
            self._wait(last)
        self.errors += len(self._due)

    def _send(self, due: float) -> None:
        try:
            client = self._free.pop() if self._free else self._dial()
            client.send(self._message.data)
        except OSError:
            self.errors += 1
            return
        self._due[client.fileno()] = due
        self._got[client.fileno()] = b""

    def _dial(self) -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self._port), timeout=10)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._open[client.fileno()] = client
        self._poll.register(client, select.EPOLLIN)
        return client

    def _wait(self, until: float) -> None:
        """Take what comes, until then."""
        # epoll alone counts in milliseconds, which is as long as there is between two requests.
        left = max(0.0, until - time.perf_counter())
        if not select.select([self._poll.fileno()], [], [], left)[0]:
            return
        for number, _ in self._poll.poll(0):
            self._take(number)

    def _take(self, number: int) -> None:
        client = self._open[number]
        try:
            data = client.recv(65536)
        except OSError:
            data = b""
        due = self._due.get(number)
        if due is not None and data:
            got = self._got[number] = self._got[number] + data
            if got.endswith(self._message.ending):
                self.taken.append(time.perf_counter() - due)
                del self._due[number]
                self._free.append(client)
                return
            if got.startswith(b"HTTP/1.1 200"[: len(got)]):
                return
        # It was closed, or the answer is not a good one.
        if due is not None:
            self.errors += 1
            del self._due[number]
        elif client in self._free:
            self._free.remove(client)
        del self._open[number]
        client.close()


def main(port: int, rate: float, seconds: float) -> None:
    load = OpenLoop(port, post())
    load.run(rate, seconds)
    taken = sorted(load.taken) or [0.0]
    found = {name: percentile(taken, part) for name, part in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))}
    print(json.dumps({**found, "answers": len(load.taken), "errors": load.errors}))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]))
