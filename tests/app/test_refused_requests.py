"""Requests that are refused: what their lines in the access log say."""

from __future__ import annotations

import io
import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from quorumha.events import Observers
from quorumha.logs.access_log import AccessLog
from quorumha.logs.sinks import Stream
from quorumha.testing import MemoryProxy, http_request

CONFIG = """
[pools.nodes]
upstreams = ["http://10.0.0.1:80"]
check = "off"
[pools.tessera]
upstreams = ["http://10.0.0.3:9101"]
check = "off"
[pools.quorum]
upstreams = ["http://10.0.0.5:8545"]
check = "off"
[listeners.all]
listen = "tcp:80"
serve = "http"
pool = "nodes"
body_limit = 10
[listeners.web]
listen = "tcp:8080"
serve = "http"
body_limit = 10
request_line_limit = 40
header_limit = 300
routes = [{ path = "/api", pool = "nodes" }, { path = "/api/mirrored", pool = "nodes", mirror = "nodes" }]
[listeners.q2t]
listen = "tcp:9101"
serve = "tessera-q2t"
pool = "tessera"
[listeners.rpc]
listen = "tcp:8545"
serve = "goquorum-rpc"
pool = "quorum"
body_limit = 10
"""
HOST = b" HTTP/1.1\r\nHost: h\r\n"


class RefusedLineTests(SynchronousTestCase):
    """Method, and route or call, as far as the request was read."""

    def setUp(self) -> None:
        self.observers = Observers()
        self.proxy = MemoryProxy(CONFIG, observers=self.observers)
        self.proxy.simulate()
        self.proxy.start()
        self.addCleanup(self.proxy.stop)
        self.written = io.StringIO()
        clock = self.proxy.net.clock
        self.access = AccessLog(
            clock, Stream(self.written), lambda: 1.0, lambda count: None, lambda run: None
        )
        self.proxy.service.observers.add(self.access, requests=True)

    def line(self, listener: str, data: bytes, within: float = 0.1) -> dict[str, Any]:
        """The last line, of a request that was refused."""
        self.received = self.proxy.client(data, listener)
        self.proxy.net.advance(within)
        self.access.hand_over()
        self.access.writer.turn()
        lines = [json.loads(one) for one in self.written.getvalue().splitlines()]
        return next(one for one in reversed(lines) if one["own"])

    def check(self, wanted: tuple[int, str | None, str | None], listener: str, data: bytes) -> None:
        found = self.line(listener, data)
        self.assertEqual((found["status"], found["method"], found["path"]), wanted, data[:80])
        self.assertTrue(found["id"])

    def test_the_route_is_known(self) -> None:
        """Whatever is wrong behind the first line, which was understood."""
        self.check((413, "POST", "/api"), "web", http_request(b"POST", b"/api/x?k=1", b"x" * 11))
        self.check((413, "POST", "/api/mirrored"), "web", http_request(b"POST", b"/api/mirrored", b"x" * 11))
        self.check((400, "GET", "/api"), "web", b"GET /api/x HTTP/1.1\r\n\r\n")
        self.check((505, "GET", "/api"), "web", b"GET /api HTTP/2.0\r\n\r\n")
        self.check((417, "GET", "/api"), "web", b"GET /api" + HOST + b"Expect: x\r\n\r\n")
        self.check((431, "GET", "/api"), "web", b"GET /api" + HOST + b"X: %b\r\n\r\n" % (b"x" * 300))
        self.check((431, "GET", "/api"), "web", b"GET /api" + HOST + b"X: %b" % (b"x" * 300))
        self.check((400, "GET", "/"), "all", b"GET /secret HTTP/1.1\r\n\r\n")
        self.check((400, "POST", "POST /send"), "q2t", b"POST /send HTTP/1.1\r\n\r\n")
        self.check((400, "GET", "GET /transaction"), "q2t", b"GET /transaction/abc%2Fd= HTTP/1.1\r\n\r\n")

    def test_a_body(self) -> None:
        """Its head was read long before."""
        chunked = b"POST /api" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"
        self.check((400, "POST", "/api"), "web", chunked)

    def test_no_route_takes_it(self) -> None:
        """Its path is a client's own text."""
        self.check((404, "GET", None), "web", http_request(b"GET", b"/secret", None))
        self.check((400, "GET", None), "web", http_request(b"GET", b"/api/../x", None))
        self.check((400, "OPTIONS", None), "web", b"OPTIONS http://other/x" + HOST + b"\r\n")

    def test_too_long(self) -> None:
        """A target that is not there whole has no route."""
        self.check((414, "GET", None), "web", b"GET /api/" + b"x" * 50 + HOST + b"\r\n")
        self.check((414, "GET", None), "web", b"GET /api/" + b"x" * 200)

    def test_too_slow(self) -> None:
        found = self.line("web", b"DELETE /api/sec", within=100.0)
        self.assertEqual([found[key] for key in ("status", "method", "path")], [408, "DELETE", None])

    def test_not_understood(self) -> None:
        """Null, not a word of what came."""
        for data in (b"GET  /api HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\r\n\r\n", b"GET /api\r\n\r\n"):
            self.check((400, None, None), "web", data)
        self.check((501, None, None), "web", b"SECRET /api" + HOST + b"\r\n")

    def test_json_rpc(self) -> None:
        """No call was read: what is known is that it came to the one path there is."""
        json_field = b"Content-Type: application/json"
        self.check((404, "POST", None), "rpc", http_request(b"POST", b"/secret", b"{}", json_field))
        self.check((405, "PUT", "/"), "rpc", http_request(b"PUT", b"/", b"{}", json_field))
        self.check((415, "POST", "/"), "rpc", http_request(b"POST", b"/?token=x", b"{}"))
        self.check((413, "POST", "/"), "rpc", http_request(b"POST", b"/", b"x" * 11, json_field))
        chunked = b"POST /" + HOST + json_field + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
        self.check((413, "POST", "/"), "rpc", chunked + b"b\r\n" + b"x" * 11 + b"\r\n0\r\n\r\n")
        self.check((400, "POST", "/"), "rpc", b"POST / HTTP/1.1\r\n\r\n")

    def test_access_paths(self) -> None:
        """Then targets are there, of refused requests too."""
        self.proxy.service.observers.targets = True
        self.check((404, "GET", "/secret?x=1"), "web", http_request(b"GET", b"/secret?x=1", None))
        self.check((400, "GET", "/secret?x=1"), "web", b"GET /secret?x=1 HTTP/1.1\r\n\r\n")
        self.check((404, "POST", "/secret"), "rpc", http_request(b"POST", b"/secret", b"{}"))
        self.check((400, None, None), "web", b"GET  /secret HTTP/1.1\r\n\r\n")

    def test_head(self) -> None:
        """A refusal of a C{HEAD} has no body, whatever is wrong with it but its head."""
        self.check((404, "HEAD", None), "web", http_request(b"HEAD", b"/secret", None))
        self.assertTrue(self.received.received.endswith(b"\r\n\r\n"), self.received.received)
