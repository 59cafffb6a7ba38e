"""Load for the relay: many connections on one epoll loop, and one large stream."""

from __future__ import annotations

import select
import socket
import time

from bench.load_http import Load

#: One message of the ping-pong, in bytes: the size of a small JSON-RPC call.
_MESSAGE = bytes(300)


def ping_pong(port: int, seconds: float, connections: int, fresh: bool) -> Load:
    """Send a message, await its echo, again and again, on each connection.

    @param fresh: one round trip a connection, then a new one.
    """
    poll = select.epoll()
    live: dict[int, socket.socket] = {}
    got: dict[int, int] = {}
    done = errors = 0

    def begin() -> None:
        client = socket.create_connection(("127.0.0.1", port), timeout=10)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if fresh:
            # An end by reset leaves no address waiting for a minute.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        live[client.fileno()] = client
        got[client.fileno()] = 0
        poll.register(client, select.EPOLLIN)
        client.send(_MESSAGE)

    begun = time.monotonic()
    for _ in range(connections):
        begin()
    while time.monotonic() < begun + seconds:
        ready = poll.poll(5)
        if not ready:
            errors += len(live)
            break
        for number, _ in ready:
            client = live[number]
            try:
                data = client.recv(4096)
            except OSError:
                data = b""
            got[number] += len(data)
            if data and got[number] < len(_MESSAGE):
                continue
            done += bool(data)
            errors += not data
            got[number] = 0
            if data and not fresh:
                client.send(_MESSAGE)
            else:
                del live[number]
                client.close()
                begin()
    spent = time.monotonic() - begun
    for client in live.values():
        client.close()
    poll.close()
    return Load(done, spent, errors)


def large_stream(port: int, size: int) -> Load:
    """Have C{size} bytes poured and read them as fast as they come."""
    begun = time.monotonic()
    got = 0
    piece = bytearray(1 << 18)
    with socket.create_connection(("127.0.0.1", port), timeout=120) as client:
        client.sendall(b"POUR %d\n" % size)
        while count := client.recv_into(piece):
            got += count
    return Load(size, time.monotonic() - begun, 0 if got == size else 1)
