"""HTTP clients in a L{MemoryTopology}: what they send, and what they got."""

from __future__ import annotations

from quorumha.testing.http.message_reader import Message, Reader
from quorumha.testing.http.recording import Recorder
from quorumha.testing.net.memory import MemoryTopology

#: Seconds from one look whether a response is there to the next.
LOOK = 0.05


def http_request(
    method: bytes = b"GET",
    target: bytes = b"/",
    body: bytes | None = None,
    *fields: bytes,
    host: bytes = b"proxy",
    version: bytes = b"1.1",
) -> bytes:
    """The bytes of a request.

    >>> http_request(b"POST", b"/send", b"{}", b"X: 1")
    b'POST /send HTTP/1.1\\r\\nHost: proxy\\r\\nX: 1\\r\\nContent-Length: 2\\r\\n\\r\\n{}'

    @param body: C{Content-Length} is said of it; None: there is none.
    @param fields: field lines without their ends, beside C{Host} and C{Content-Length}.
    """
    lines = [b"%b %b HTTP/%b" % (method, target, version), b"Host: " + host, *fields]
    if body is not None:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join([*lines, b"", body or b""])


def responses(client: Recorder, *methods: bytes) -> list[Message]:
    """What a client got, read strictly, interim responses included; the last may not be whole yet.

    @param methods: of its requests, in order; C{GET} where none is said.
    @raise BadMessage: it is not HTTP/1.1.
    """
    got: list[Message] = []
    reader = Reader(got.append, lambda _: None, requests=False)
    for method in methods:
        reader.expect(method)
    reader.feed(client.received)
    ended = client.read_ended or client.how_it_ended == "ConnectionDone"
    if ended and got and got[-1].framing == "close":
        reader.end()
    return got


class HttpClients:
    """Clients of one proxy.

    @ivar net: where they are.
    """

    def __init__(self, net: MemoryTopology) -> None:
        self.net = net

    def place_of(self, listener: str) -> str:
        """Where a listener listens.

        @param listener: its name; empty: the only one, or the first.
        """
        raise NotImplementedError

    def client(
        self, data: bytes = b"", to: str = "", *, source: str = "127.0.0.1", half_close: bool = False
    ) -> Recorder:
        """One that is connected and has sent this; no time passes.

        @param to: the name of a listener; the first unless given.
        @param source: the address that it comes from.
        @param half_close: see L{MemoryTopology.connect}.
        """
        client = self.net.connect(self.place_of(to), source, half_close=half_close)
        self.net.run()
        if data:
            client.write(data)
            self.net.run()
        return client

    def responses(self, client: Recorder, *methods: bytes) -> list[Message]:
        """What a client got, the last perhaps not whole; see L{responses}."""
        return responses(client, *methods)

    def response(self, client: Recorder, *methods: bytes) -> Message | None:
        """The first response that a client got, when it is whole; interim ones are not looked at."""
        whole = (one for one in responses(client, *methods) if one.complete and one.status >= 200)
        return next(whole, None)

    def ask(self, data: bytes, to: str = "", *, within: float = 0.0) -> Message:
        """The whole response to one request, on a connection of its own.

        @param to: as for L{client}.
        @param within: seconds that pass at most until it is there.
        @raise AssertionError: there is none.
        """
        client, method = self.client(data, to), data.split(b" ", 1)[0]
        end = self.net.clock.seconds() + within
        while (got := self.response(client, method)) is None and self.net.clock.seconds() < end:
            self.net.advance(LOOK)
        assert got is not None, (
            f"no response in {within:g} s (`within` lets it take longer): {client.received[:300]!r}"
        )
        return got
