"""Tests for L{quorumha.admin.live}."""

from __future__ import annotations

import json
from typing import Any

from quorumha.admin.live import COMMENT, MOST, UNREAD, LiveStatus
from quorumha.testing.http.recording import Recorder
from quorumha.testing.http_clients import http_request
from tests.admin.served import LOOPBACK, AdminCase


def pools_of(document: Any) -> Any:
    """But for when members were checked last: that is told with the next change."""
    for pool in document["pools"]:
        for member in pool["members"]:
            del member["check"]["at"]
    return document["pools"]


class LiveTests(AdminCase):
    """Server-sent events."""

    def setUp(self) -> None:
        super().setUp()
        self.start(3.0)

    def listen(self, to: str = LOOPBACK) -> Recorder:
        """A client that listens."""
        return self.client(http_request(b"GET", b"/api/v1/events", host=b"localhost"), to)

    def text(self, client: Recorder) -> str:
        """The body that it got so far."""
        (message,) = self.proxy.responses(client)
        self.assertEqual(dict(message.headers)[b"Content-Type"], b"text/event-stream")
        return message.body.decode()

    def events(self, client: Recorder) -> list[Any]:
        """The statuses that it got."""
        lines = self.text(client).split("\n")
        return [json.loads(one.removeprefix("data: ")) for one in lines if one.startswith("data: ")]

    def change(self, name: str = "a") -> None:
        """Something happens that is seen."""
        member = self.proxy.service.pools["nodes"].member(name)
        member.enabled = not member.enabled

    def test_first(self) -> None:
        """A whole status comes at once, and when to ask again."""
        client = self.listen()
        self.assertTrue(self.text(client).startswith("retry: 2000\n\ndata: {"))
        (status,) = self.events(client)
        self.assertEqual(status, {**self.document(), "now": status["now"]})

    def test_changes(self) -> None:
        """Once a second, and only when something has changed: that a check was made again is nothing."""
        client = self.listen()
        self.proxy.net.advance(5.0)
        self.assertEqual(len(self.events(client)), 1)
        self.change()
        self.change("b")
        self.proxy.net.advance(1.0)
        first, second = self.events(client)
        self.assertEqual(second["pools"][0]["members"][0]["state"], "disabled")
        self.assertGreater(second["now"], first["now"])
        self.proxy.net.advance(5.0)
        self.assertEqual(len(self.events(client)), 2)

    def test_comment(self) -> None:
        """Silence is broken."""
        client = self.listen()
        self.proxy.net.advance(COMMENT + 1.0)
        self.assertEqual(self.text(client).count(": nothing has changed\n\n"), 1)
        self.assertEqual(len(self.events(client)), 1)
        self.proxy.net.advance(COMMENT)
        self.assertEqual(self.text(client).count(": nothing has changed\n\n"), 2)

    def test_one_for_all(self) -> None:
        """However many listen, one status is made a second; none while nobody does."""
        made: list[float] = []
        clock = self.proxy.net.clock
        tree = self.proxy.service._admin._tree
        assert tree is not None
        live = tree.root.children[b"api"].children[b"v1"].children[b"events"]
        assert isinstance(live, LiveStatus)
        status = live._status

        def counted() -> Any:
            made.append(clock.seconds())
            return status()

        live._status = counted
        clients = [self.listen() for _ in range(MOST)]
        self.assertEqual(len(made), 1)
        self.proxy.net.advance(10.0)
        self.assertEqual(len(made), 11)
        for client in clients:
            client.transport.abortConnection()
        self.proxy.net.advance(10.0)
        self.assertLessEqual(len(made), 12)

    def test_most(self) -> None:
        """So many, and no more; one that leaves makes room."""
        clients = [self.listen() for _ in range(MOST)]
        refused = self.proxy.response(self.listen())
        assert refused is not None
        self.assertEqual(refused.status, 503)
        self.assertIn("64 clients listen already", json.loads(refused.body)["error"])
        clients[0].transport.abortConnection()
        self.proxy.net.run()
        self.assertEqual(len(self.events(self.listen())), 1)

    def test_who_does_not_read(self) -> None:
        """Is dropped; the others have what they should."""
        stuck, other = self.listen(), self.listen()
        stuck.transport.pauseProducing()
        sent = 0
        while len(self.proxy.net.connections(LOOPBACK)) == 2 and sent < 400:
            self.change()
            self.proxy.net.advance(1.0)
            sent += 1
        stuck.transport.resumeProducing()
        self.proxy.net.run()
        self.assertIsNotNone(stuck.how_it_ended)
        self.assertIsNone(other.how_it_ended)
        self.assertEqual(len(self.events(other)), sent + 1)

    def test_who_reads_late(self) -> None:
        """Gets the last status, not those that it missed."""
        slow, other = self.listen(), self.listen()
        slow.transport.pauseProducing()
        # As many as its buffers take, and some more, but not for as long as leads to its end.
        more = 0
        while more < UNREAD / 2:
            more += len(other.received) > 2 * 65536
            self.change()
            self.proxy.net.advance(1.0)
        self.assertIsNone(slow.how_it_ended)
        slow.transport.resumeProducing()
        self.proxy.net.advance(2.0)
        self.assertLess(len(self.events(slow)), len(self.events(other)))
        self.assertEqual(*map(pools_of, (self.events(slow)[-1], self.document())))

    def test_head(self) -> None:
        """Gets no events."""
        found = self.ask("/api/v1/events", method="HEAD")
        self.assertEqual((found.status, found.body), (200, b""))

    def test_end(self) -> None:
        """The process ends although somebody listens; nothing is left."""
        client = self.listen()
        self.proxy.stop()
        self.assertIsNotNone(client.how_it_ended)
        self.assertEqual(self.proxy.net.clock.getDelayedCalls(), [])
