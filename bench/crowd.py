"""L{Crowd}: kept connections on one epoll loop, each with one message under way at a time.

wrk opens its connections inside the time that it measures; with a thousand of them that
would count.  Here they are open, and have been used once, before anything is counted.
"""

from __future__ import annotations

import hashlib
import itertools
import select
import socket
import time
from base64 import b64encode
from urllib.parse import quote

from attrs import define

from bench.arms import Running
from bench.load_http import CALL, Load
from bench.processes import NotStarted
from bench.upstreams import ANSWER


@define
class Message:
    """What is sent, and how the end of the answer to it looks.

    @ivar ending: the last bytes of a good answer, and of nothing else in it.
    """

    data: bytes
    ending: bytes

    def next(self) -> bytes:
        """What is sent this time."""
        return self.data


def _lookup(number: int) -> bytes:
    """As GoQuorum asks Tessera for a payload: the hash of 64 bytes in base64, with its slashes escaped."""
    key = b64encode(hashlib.sha512(b"%d" % number).digest())
    return (
        b"GET /transaction/%b?isRaw=false HTTP/1.1\r\nHost: bench\r\nUser-Agent: Go-http-client/1.1\r\n"
        b"Accept-Encoding: gzip\r\n\r\n" % quote(key, safe="+=").encode()
    )


class Lookups(Message):
    """The read of another transaction each time."""

    def __init__(self) -> None:
        super().__init__(_lookup(0), ANSWER[-16:].encode())
        self._numbers = itertools.count(1)

    def next(self) -> bytes:
        """See L{Message}."""
        return _lookup(next(self._numbers))


def lookup() -> Message:
    """The read of one transaction."""
    return Message(_lookup(0), ANSWER[-16:].encode())


def post(path: str = "/", body: str = CALL) -> Message:
    """A POST that the upstream answers with L{ANSWER}."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return Message((head + body).encode(), ANSWER[-16:].encode())


#: A message of 300 bytes for the relay, whose echo ends it.
ECHO = Message(b"." * 284 + b"end of the piece", b"end of the piece")


class Crowd:
    """See the module.

    @param count: connections.
    """

    def __init__(self, port: int, message: Message, count: int) -> None:
        self._message = message
        self._poll = select.epoll()
        self._live: dict[int, socket.socket] = {}
        for _ in range(count):
            client = socket.create_connection(("127.0.0.1", port), timeout=10)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # An end by reset leaves no address waiting for a minute.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self._live[client.fileno()] = client
            self._poll.register(client, select.EPOLLIN)
            client.sendall(message.next())
            got = b""
            while not got.endswith(message.ending):
                piece = client.recv(65536)
                if not piece:
                    raise OSError("the connection ended before the answer")
                got += piece

    def run(self, seconds: float) -> Load:
        """Send on every connection as fast as it is answered."""
        live, message = self._live, self._message
        waiting = dict.fromkeys(live, b"")
        done = errors = 0
        begun = time.monotonic()
        for client in live.values():
            client.sendall(message.next())
        over = False
        while waiting:
            ready = self._poll.poll(5)
            if not ready:
                errors += len(waiting)
                break
            over = over or time.monotonic() >= begun + seconds
            for number, _ in ready:
                data = live[number].recv(65536)
                got = waiting[number] + data
                if data and not got.endswith(message.ending):
                    waiting[number] = got
                    continue
                done += bool(data)
                if data and not over:
                    waiting[number] = b""
                    live[number].sendall(message.next())
                    continue
                del waiting[number]
                if not data:
                    errors += 1
                    live.pop(number).close()
        return Load(done, time.monotonic() - begun, errors)

    def close(self) -> None:
        """End them all."""
        for client in self._live.values():
            client.close()
        self._live.clear()
        self._poll.close()


def weighed(running: Running, crowd: Crowd, seconds: float) -> tuple[float, Load]:
    """Have a crowd work, and weigh the proxy while it does.

    @return: microseconds of CPU of the proxy's process tree for each answer, and what was done.
    @raise NotStarted: not everything was answered.
    """
    before = running.child.cpu_seconds()
    load = crowd.run(seconds)
    spent = running.child.cpu_seconds() - before
    if load.errors or not load.units:
        raise NotStarted(f"{load.errors} of {load.units} had no answer: {running.child.said()}")
    return spent / load.units * 1e6, load
