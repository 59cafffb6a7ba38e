"""The resources of the page, on a site of Twisted."""

from __future__ import annotations

from typing import Any

from twisted.internet.error import ConnectionLost
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import Resource
from twisted.web.server import Site

from quorumha.admin.page_resources import page_children
from tests.admin.status_document import document


class PageTests(SynchronousTestCase):
    """C{page_children}."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.document: Any = document()
        root = Resource()
        for name, resource in page_children(lambda: self.document, self.clock).items():
            root.putChild(name, resource)
        self.site = Site(root, reactor=self.clock)

    def begin(self, path: str, method: str = "GET") -> tuple[Any, StringTransport]:
        """Send a request."""
        protocol, transport = self.site.buildProtocol(None), StringTransport()
        protocol.makeConnection(transport)
        protocol.dataReceived(
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        )
        return protocol, transport

    def ask(self, path: str, method: str = "GET") -> tuple[int, dict[str, str], str]:
        """A response: its status, its headers, its body."""
        _, transport = self.begin(path, method)
        for _ in range(20):
            self.clock.advance(0)
        head, _, body = transport.value().decode().partition("\r\n\r\n")
        status, *fields = head.split("\r\n")
        headers = {name.lower(): value for name, _, value in (one.partition(": ") for one in fields)}
        return int(status.split(" ")[1]), headers, body

    def test_page(self) -> None:
        status, headers, body = self.ask("/")
        self.assertEqual((status, headers["content-type"]), (200, "text/html; charset=utf-8"))
        self.assertEqual(headers["cache-control"], "no-store")
        self.assertEqual(int(headers["content-length"]), len(body.encode()))
        self.assertTrue(body.endswith("</html>"))

    def test_policy(self) -> None:
        """Nothing but its own script, style and connections; no frame, no form, on each of its resources."""
        for path in ("/", "/page.js", "/page.css"):
            headers = self.ask(path)[1]
            policy = dict(
                part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";")
            )
            self.assertEqual(policy.pop("default-src"), "'none'")
            self.assertEqual({policy.pop(f"{one}-src") for one in ("script", "style", "connect")}, {"'self'"})
            self.assertEqual(policy, dict.fromkeys(("base-uri", "form-action", "frame-ancestors"), "'none'"))
            self.assertEqual(headers["x-content-type-options"], "nosniff")

    def test_style_and_script(self) -> None:
        for path, kind in (("/page.css", "text/css"), ("/page.js", "text/javascript")):
            status, headers, body = self.ask(path)
            self.assertEqual((status, headers["content-type"]), (200, f"{kind}; charset=utf-8"))
            self.assertGreater(len(body), 1000)

    def test_head(self) -> None:
        status, headers, body = self.ask("/", "HEAD")
        self.assertEqual((status, body), (200, ""))
        self.assertGreater(int(headers["content-length"]), 1000)

    def test_nothing_is_changed_here(self) -> None:
        """A form that is posted to it does nothing."""
        for path in ("/", "/page.css"):
            status, headers, _ = self.ask(path, "POST")
            self.assertEqual((status, set(headers["allow"].split(", "))), (405, {"GET", "HEAD"}))

    def test_client_leaves(self) -> None:
        """While the page is made: it is finished for nobody, and the next one has it."""
        protocol, transport = self.begin("/")
        protocol.connectionLost(Failure(ConnectionLost()))
        self.assertEqual(self.ask("/")[0], 200)
        self.assertEqual(transport.value(), b"")

    def test_failure(self) -> None:
        """A document that it does not understand: 500, and the log says why."""
        self.document = {}
        self.assertEqual(self.ask("/")[0], 500)
        self.assertEqual(len(self.flushLoggedErrors(KeyError)), 1)
