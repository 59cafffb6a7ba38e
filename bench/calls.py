"""C{python -m bench.calls}: how many calls of our own code one request costs, and how long our files are.

CPU moves with the machine; the number of calls does not, so a change of it is seen after one run.  Counted
are the Python calls of functions in C{quorumha} (simulated nodes and demo apart) between one response and the
next, on one kept connection of the fast lane, on loopback, with the reactor that C{twistd} takes.  The
figure is the one that most requests have: now and then a timer falls into one.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from types import CodeType, FrameType
from typing import Any

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

import quorumha
from bench.crowd import lookup, post
from bench.upstreams import ANSWER
from quorumha.app.kinds import parse_config
from quorumha.app.service import make_service
from quorumha.tap import installed_reactor
from quorumha.testing.tessera.payloads import Payload

PACKAGE = Path(quorumha.__file__).parent
#: What stands in the package and is not the proxy.
APART = ("testing", "demo")
#: Requests before anything is counted, and requests that are.
WARM_UP, COUNTED = 200, 400


@frozen
class Call:
    """What is sent again and again.

    @ivar serve: what the listener serves.
    @ivar data: makes the request with a number.
    @ivar response: what the upstream says to everything.
    """

    name: str
    serve: str
    data: Callable[[int], bytes]
    response: bytes


def _response(status: bytes, body: bytes) -> bytes:
    head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % (status, len(body)) + body


def _push(number: int) -> bytes:
    payload = Payload.seal(b"private", b"s" * 32, [b"r" * 32], b"%d" % number).encode()
    head = b"POST /push HTTP/1.1\r\nHost: pair:9001\r\nContent-Type: application/octet-stream\r\n"
    return head + b"Content-Length: %d\r\n\r\n%b" % (len(payload), payload)


_POST, _READ = post().data, lookup().data
CALLS = (
    Call("HTTP POST", "http", lambda _: _POST, _response(b"200 OK", b"." * 200)),
    Call("JSON-RPC read", "goquorum-rpc", lambda _: _POST, _response(b"200 OK", ANSWER.encode() + b"\n")),
    Call("Tessera read", "tessera-q2t", lambda _: _READ, _response(b"200 OK", b"." * 200)),
    Call("push", "tessera-p2p", _push, _response(b"201 Created", b"k" * 88)),
)


class _Upstream(Protocol):
    """Says the same to every request; a piece is one, because each is small and the next waits for it."""

    def __init__(self, response: bytes) -> None:
        self._response = response

    def dataReceived(self, data: bytes) -> None:
        """A request."""
        assert self.transport is not None
        self.transport.write(self._response)


class Calls:
    """Counts the calls of our functions while it is on."""

    def __init__(self) -> None:
        self.seen: Counter[CodeType] = Counter()
        self._ours: dict[CodeType, bool] = {}

    def on(self) -> None:
        """Begin."""
        sys.setprofile(self._call)

    def off(self) -> None:
        """Stop."""
        sys.setprofile(None)

    def take(self) -> Counter[CodeType]:
        """What was called since the last time."""
        seen, self.seen = self.seen, Counter()
        return seen

    def _call(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            code = frame.f_code
            ours = self._ours.get(code)
            if ours is None:
                ours = self._ours[code] = is_ours(Path(code.co_filename))
            if ours:
                self.seen[code] += 1


class _Client(Protocol):
    """Asks, and asks again when it has the response.

    @ivar each: the calls for each request that counts.
    """

    def __init__(self, call: Call) -> None:
        self.each: list[Counter[CodeType]] = []
        self.done: Deferred[None] = Deferred()
        self._call, self._number, self._got = call, 0, b""
        self._calls = Calls()

    def connectionMade(self) -> None:
        """Begin."""
        self._ask()

    def _ask(self) -> None:
        assert self.transport is not None
        self._number += 1
        self.transport.write(self._call.data(self._number))

    def dataReceived(self, data: bytes) -> None:
        """Some of a response."""
        self._got += data
        if not self._got.endswith(self._call.response[-16:]):
            return
        self._calls.off()
        if not self._got.startswith(self._call.response[:12]):
            raise AssertionError(f"{self._call.name}: {self._got!r}")
        self._got = b""
        if self._number > WARM_UP:
            self.each.append(self._calls.take())
        if len(self.each) == COUNTED:
            done, self.done = self.done, Deferred()
            done.callback(None)
            return
        self._ask()
        if self._number > WARM_UP:
            self._calls.on()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Nothing more comes."""
        self._calls.off()
        self.done.errback(reason)
        self.done.addErrback(lambda _: None)


async def _count(reactor: Any, call: Call) -> list[Counter[CodeType]]:
    """Serve one call before two upstreams, and ask."""
    upstream = Factory.forProtocol(lambda: _Upstream(call.response))
    ports = [reactor.listenTCP(0, upstream, interface="127.0.0.1") for _ in range(2)]
    members = ", ".join(
        f'{{ name = "node-{n}", endpoint = "http://127.0.0.1:{one.getHost().port}" }}'
        for n, one in enumerate(ports)
    )
    text = (
        f"[pools.bench]\nupstreams = [{members}]\ncheck = 'off'\n"
        f'[listeners.bench]\nlisten = "tcp:0:interface=127.0.0.1"\nserve = "{call.serve}"\npool = "bench"\n'
    )
    service = make_service(reactor, parse_config(text, "calls.toml", {}))
    service.startService()
    await service.started
    client = _Client(call)
    done = client.done
    place = TCP4ClientEndpoint(reactor, "127.0.0.1", service.listening["bench"].port)
    await connectProtocol(place, client)
    await done
    assert client.transport is not None
    client.transport.loseConnection()
    await service.stopService()
    for port in ports:
        await port.stopListening()
    return client.each


def count_all() -> dict[str, list[Counter[CodeType]]]:
    """Each request's calls, by the name of what was asked.  Runs the process's reactor, so once a process."""
    reactor = installed_reactor()
    found: dict[str, list[Counter[CodeType]]] = {}

    async def run() -> None:
        for call in CALLS:
            found[call.name] = await _count(reactor, call)

    failures: list[Failure] = []
    running = Deferred.fromCoroutine(run())
    running.addErrback(failures.append)
    running.addBoth(lambda _: reactor.callWhenRunning(reactor.stop))
    reactor.run()
    if failures:
        failures[0].raiseException()
    return found


def is_ours(path: Path) -> bool:
    """Whether a file belongs to the proxy."""
    return path.is_relative_to(PACKAGE) and path.relative_to(PACKAGE).parts[0] not in APART


def usual(each: list[Counter[CodeType]]) -> Counter[CodeType]:
    """The calls of the request that is like most."""
    ((total, _),) = Counter(one.total() for one in each).most_common(1)
    return next(one for one in each if one.total() == total)


def lengths() -> list[tuple[int, str]]:
    """Lines of each file of the proxy, the longest first."""
    files = [path for path in PACKAGE.rglob("*.py") if is_ours(path)]
    return sorted(
        ((len(p.read_text().splitlines()), str(p.relative_to(PACKAGE))) for p in files), reverse=True
    )


def _details(calls: Counter[CodeType]) -> Iterator[str]:
    for code, count in sorted(calls.items(), key=lambda item: (item[0].co_filename, item[0].co_firstlineno)):
        yield f"    {count:3} {Path(code.co_filename).relative_to(PACKAGE)}: {code.co_qualname}"


def main(arguments: list[str] | None = None) -> None:
    """Count, and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.calls", description=__doc__)
    parser.add_argument("--details", action="store_true", help="name the functions that were called")
    details = parser.parse_args(arguments).details
    for name, each in count_all().items():
        calls = usual(each)
        alike = sum(one.total() == calls.total() for one in each)
        print(f"{name}: {calls.total()} calls ({alike} of {len(each)} requests)")
        if details:
            print("\n".join(_details(calls)))
    files = lengths()
    print(f"lines: {sum(length for length, _ in files)} in {len(files)} files")
    print(f"median: {median(length for length, _ in files):g}")
    for length, name in files[:10]:
        print(f"    {length} {name}")


if __name__ == "__main__":
    main()
