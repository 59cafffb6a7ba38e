"""Load for HTTP: wrk for small requests, one plain socket for a large answer."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from pathlib import Path

from attrs import frozen

from bench.processes import NotStarted

#: A JSON-RPC call of 200 bytes.
CALL = json.dumps(
    {
        "jsonrpc": "2.0",
        "method": "eth_call",
        "params": [{"to": "0x" + "12" * 20, "data": "0x" + "70" * 32}, "latest"],
        "id": 1,
    }
)

_DONE = """
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('RESULT {"requests":%d,"seconds":%f,"errors":%d}\\n', summary.requests,
    summary.duration / 1000000, e.connect + e.read + e.write + e.status + e.timeout))
end
"""

#: Every request asks for another payload, as GoQuorum asks Tessera: the hash of 64 bytes in base64, escaped.
_DISTINCT = """
wrk.headers["User-Agent"] = "Go-http-client/1.1"
wrk.headers["Accept-Encoding"] = "gzip"
math.randomseed(os.time())
local rest = string.rep("Xk0", 18)
request = function()
  local name = string.format("%08x%08x%08x%08x", math.random(0, 2^31 - 1), math.random(0, 2^31 - 1),
    math.random(0, 2^31 - 1), math.random(0, 2^31 - 1))
  return wrk.format("GET", "/transaction/" .. name .. rest .. "%3D%3D")
end
"""

_SCRIPT = """
wrk.method = "POST"
wrk.body = '%s'
wrk.headers["Content-Type"] = "application/json"
%s
"""


@frozen
class Load:
    """What was done.

    @ivar units: requests, round trips or connections; bytes for bulk work.
    @ivar seconds: how long it took.
    @ivar errors: how many did not come out as they should.
    """

    units: int
    seconds: float
    errors: int


def check(port: int, expected: str) -> None:
    """One POST of C{CALL}, before anything is measured: wrk counts answers, it does not read them.

    @raise NotStarted: the answer is not 200 with C{expected} as its body.
    """
    head = f"POST / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\nContent-Length: {len(CALL)}\r\n\r\n"
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall((head + CALL).encode())
        while data := client.recv(65536):
            answer += data
    if b" 200 " not in answer[:20] or expected.encode() not in answer:
        raise NotStarted(f"answers wrongly: {answer[:200]!r}")


def small_posts(port: int, seconds: float, connections: int, fresh: bool, directory: Path) -> Load:
    """POST C{CALL} as fast as it is answered.

    @param fresh: a new connection for every request.
    @raise NotStarted: wrk is not installed.
    """
    script = _SCRIPT % (CALL, 'wrk.headers["Connection"] = "close"' if fresh else "")
    return _wrk(script, port, seconds, connections, directory)


def distinct_gets(port: int, seconds: float, connections: int, directory: Path) -> Load:
    """GET another target each time, as fast as it is answered.

    @raise NotStarted: wrk is not installed.
    """
    return _wrk(_DISTINCT, port, seconds, connections, directory)


def _wrk(text: str, port: int, seconds: float, connections: int, directory: Path) -> Load:
    if shutil.which("wrk") is None:
        raise NotStarted("wrk is not installed")
    script = directory / "wrk.lua"
    script.write_text(text + _DONE)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", str(script)]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}/"],
        capture_output=True,
        text=True,
        timeout=seconds + 30,
        check=False,
    )
    for line in done.stdout.splitlines():
        if line.startswith("RESULT "):
            found = json.loads(line[7:])
            return Load(found["requests"], found["seconds"], found["errors"])
    raise NotStarted(f"wrk said: {done.stdout[-300:]}{done.stderr[-300:]}")


def large_response(port: int, size: int) -> Load:
    """GET C{/bulk} and read it as fast as it comes."""
    begun = time.monotonic()
    got = 0
    piece = bytearray(1 << 18)
    with socket.create_connection(("127.0.0.1", port), timeout=120) as client:
        client.sendall(b"GET /bulk HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
        while count := client.recv_into(piece):
            got += count
    return Load(size, time.monotonic() - begun, 0 if got > size else 1)
