"""Tests for L{quorumha.admin.own_site}."""

from __future__ import annotations

import json
from io import BytesIO

from twisted.logger import LogEvent, globalLogPublisher

from quorumha.admin.admin_facts import AdminRefused
from quorumha.admin.guard import BODY_LIMIT, Door
from quorumha.admin.own_site import (
    MOST_CLIENTS,
    READ_AWAY,
    REQUEST_TIMEOUT,
    AdminRequest,
    AdminSite,
)
from quorumha.admin.replies import Missing
from quorumha.testing.http_clients import http_request
from tests.admin.served import LOOPBACK, PROBES, SOCKET, TOKEN, AdminCase


class SiteTests(AdminCase):
    """The admin's server."""

    def setUp(self) -> None:
        super().setUp()
        self.start()

    def test_fields(self) -> None:
        """No version, no cookie, no leave for other origins; nothing is kept by caches."""
        found = self.ask("/livez", "Origin: http://evil.example", "Cookie: a=b")
        names = {name.lower(): value for name, value in found.headers}
        self.assertEqual(names[b"server"], b"quorumha")
        self.assertEqual(names[b"cache-control"], b"no-store")
        self.assertEqual(names[b"x-content-type-options"], b"nosniff")
        self.assertEqual({b"set-cookie", b"access-control-allow-origin"} & names.keys(), set())

    def test_rebound(self) -> None:
        """A name that is not ours is refused, and that is a fact."""
        for to in (SOCKET, LOOPBACK):
            self.assertEqual(self.status_of("/api/v1/status", to=to, host="evil.example"), 421)
        self.assertEqual([one.status for one in self.facts.of(AdminRefused)], [421, 421])
        self.assertIn("the Host of this request", self.facts.lines()[-1])

    def test_two_hosts(self) -> None:
        """Of two one is a lie."""
        for second in ("localhost", "evil.example"):
            self.assertEqual(self.status_of("/livez", f"Host: {second}"), 421)

    def test_errors(self) -> None:
        """Programs get JSON below C{/api}, text elsewhere."""
        self.assertEqual(
            json.loads(self.ask("/api/v1/nothing").body), {"error": "there is nothing at this path"}
        )
        self.assertEqual(self.ask("/nothing").body, b"there is nothing at this path\n")
        self.assertEqual([self.status_of(path) for path in ("/api", "/api/", "/api/v1")], [404] * 3)

    def test_methods(self) -> None:
        """Others are refused with those that are allowed."""
        for method in ("POST", "DELETE", "OPTIONS", "TRACE"):
            found = self.ask("/api/v1/status", method=method)
            self.assertEqual((found.status, dict(found.headers)[b"Allow"]), (405, b"GET, HEAD"))

    def test_head(self) -> None:
        """Is as GET without a body."""
        found = self.ask("/livez", method="HEAD")
        self.assertEqual((found.status, found.body), (200, b""))
        self.assertEqual(dict(found.headers)[b"Content-Length"], b"6")
        found = self.ask("/api/v1/status", method="HEAD")
        self.assertEqual((found.status, found.body), (200, b""))
        self.assertGreater(int(dict(found.headers)[b"Content-Length"]), 100)

    def test_head_is_no_event(self) -> None:
        """Load balancers ask so each second: that is not for the log."""
        seen: list[LogEvent] = []
        globalLogPublisher.addObserver(seen.append)
        self.addCleanup(globalLogPublisher.removeObserver, seen.append)
        for path in ("/livez", "/readyz?verbose", "/api/v1/config", "/page.css", "/metrics", "/nothing"):
            self.ask(path, method="HEAD")
        self.assertEqual(seen, [])

    def test_paths(self) -> None:
        """Nothing is below what has nothing below it, and there is one root."""
        for path in ("//", "//api/v1/status", "/metrics/x", "/metrics/../livez", "/page.css/", "/livez/"):
            self.assertEqual((path, self.status_of(path)), (path, 404))
        self.assertEqual(self.status_of("*"), 404)
        self.assertEqual(self.status_of("http://evil.example/livez"), 404)

    def test_wrong_token(self) -> None:
        """Is refused after a time, and told of without it."""
        for sent in (f"Bearer x{TOKEN}", "Bearer guess"):
            request = http_request(
                b"GET", b"/livez", None, b"Authorization: " + sent.encode(), host=b"localhost"
            )
            client = self.client(request, LOOPBACK)
            self.proxy.net.advance(0.19)
            self.assertEqual(client.received, b"")
            self.proxy.net.advance(0.02)
            found = self.proxy.response(client)
            assert found is not None
            self.assertEqual((found.status, dict(found.headers)[b"WWW-Authenticate"]), (401, b"Bearer"))
            self.assertNotIn(TOKEN.encode(), client.received)
        self.assertEqual([one.status for one in self.facts.of(AdminRefused)], [401, 401])
        self.assertNotIn(TOKEN, "".join(self.facts.lines()))

    def test_who_leaves_before(self) -> None:
        """Is not written to."""
        request = http_request(b"GET", b"/livez", None, b"Authorization: Bearer guess", host=b"localhost")
        client = self.client(request, LOOPBACK)
        client.transport.abortConnection()
        self.proxy.net.advance(1.0)
        self.assertEqual(client.received, b"")

    def test_long_bodies(self) -> None:
        """Are refused, announced or in chunks; of the longest none is read to its end."""
        body = b"x" * (BODY_LIMIT + 1)
        self.assertEqual(self.status_of("/livez", method="POST", body=body), 405)
        refused = self.client(http_request(b"GET", b"/livez", body, host=b"localhost"))
        self.assertIn(b" 413 ", refused.received)
        self.assertIsNotNone(refused.how_it_ended)
        chunk = b"10001\r\n%b\r\n0\r\n\r\n" % body
        head = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        self.assertIn(b" 413 ", self.client(head + chunk).received)
        endless = self.client(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n")
        for _ in range(READ_AWAY // len(body) + 2):
            endless.write(body)
            self.proxy.net.run()
        self.assertIsNotNone(endless.how_it_ended)

    def test_no_file(self) -> None:
        """A body stays in memory, also one whose length nobody said."""
        made: list[object] = []
        take = AdminRequest.gotLength

        class Watched(AdminRequest):
            def gotLength(self, length: int | None) -> None:
                take(self, length)
                made.append(self.content)

        site = AdminSite(Missing(), Door(), self.proxy.net.clock, self.facts.observers)
        site.requestFactory = Watched
        self.proxy.net.listen("proxy:1", site)
        head = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
        self.client(head + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", "proxy:1")
        self.client(head + b"Content-Length: 99999999\r\n\r\n", "proxy:1")
        self.assertEqual([type(one) for one in made], [BytesIO, BytesIO])

    def test_slow(self) -> None:
        """Whoever takes too long for one request is dropped, however often a byte comes."""
        client = self.client(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ")
        for _ in range(int(REQUEST_TIMEOUT)):
            client.write(b"x")
            self.proxy.net.advance(1.0)
        self.proxy.net.advance(16.0)
        self.assertIsNotNone(client.how_it_ended)

    def test_kept(self) -> None:
        """A connection may ask again, and an idle one is dropped."""
        client = self.client(http_request(b"GET", b"/livez", host=b"localhost") * 2)
        self.assertEqual([one.status for one in self.proxy.responses(client, b"GET", b"GET")], [200, 200])
        self.proxy.net.advance(REQUEST_TIMEOUT + 16.0)
        self.assertIsNotNone(client.how_it_ended)

    def test_many(self) -> None:
        """There are so many clients at once at one address, and no more."""
        clients = [self.client(b"", PROBES) for _ in range(MOST_CLIENTS + 1)]
        ended = [one for one in clients if one.how_it_ended]
        self.assertEqual(len(ended), 1)
        self.assertEqual(self.status_of("/livez"), 200)

    def test_silent(self) -> None:
        """Who says nothing, or never to the end, keeps nobody out: that would be a probe that fails."""
        waits = self.client(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n", LOOPBACK)
        silent = [self.client(b"GET /livez HTTP/1.1\r\n", LOOPBACK) for _ in range(MOST_CLIENTS - 1)]
        for ended in silent[:2]:
            self.assertEqual(self.client(b"", LOOPBACK).how_it_ended, None)
            self.assertIsNotNone(ended.how_it_ended)
        self.assertEqual(self.status_of("/livez", to=LOOPBACK), 200)
        self.assertIsNone(waits.how_it_ended)
        self.assertIsNone(silent[-1].how_it_ended)

    def test_all_wait(self) -> None:
        """Nobody is ended who waits for a response."""
        wrong = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer guess\r\n\r\n"
        waiting = [self.client(wrong, LOOPBACK) for _ in range(MOST_CLIENTS)]
        self.assertIsNotNone(self.client(b"", LOOPBACK).how_it_ended)
        self.assertEqual([one.how_it_ended for one in waiting], [None] * MOST_CLIENTS)

    def test_garbage(self) -> None:
        """Is no request."""
        for data in (
            b"\x16\x03\x01\r\n\r\n",
            b"GET\r\n\r\n",
            b"GET / HTTP/1.1\r\nA: " + b"x" * 20000 + b"\r\n\r\n",
        ):
            self.assertNotIn(b" 200 ", self.client(data).received)
        for long in (b"x" * 20000, b"GET /livez?" + b"x" * 20000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"):
            client = self.client(long)
            self.assertIn(b" 431 ", client.received)
            self.assertIsNotNone(client.how_it_ended)
        self.assertEqual(self.status_of("/livez"), 200)
