"""The slow reader: what a proxy holds in memory while its client does not read."""

from __future__ import annotations

import socket
import time

from bench.load_http import Load
from bench.processes import Child


def slow_reader(child: Child, port: int, size: int, seconds: float) -> tuple[Load, int]:
    """Ask for C{/bulk}, read 64 KiB now and then for C{seconds}, watch the proxy's memory.

    @return: what was done, and by how many bytes the proxy grew at most.
    """
    base = child.rss()
    most = base
    begun = time.monotonic()
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.settimeout(5)
        client.connect(("127.0.0.1", port))
        client.sendall(b"GET /bulk HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
        errors = 0
        while time.monotonic() < begun + seconds:
            time.sleep(0.1)
            most = max(most, child.rss())
            try:
                errors += not client.recv(65536)
            except OSError:
                errors += 1
                break
    return Load(size, time.monotonic() - begun, min(errors, 1)), most - base
