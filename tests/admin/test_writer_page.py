"""Tests for L{quorumha.admin.writer_page}, and for an operator's words on who is written to."""

from __future__ import annotations

import json
from typing import Any

from tests.admin.known_writer import SINCE, SPLIT, KnownWriter, written_to
from tests.admin.served import LOOPBACK, TOKEN, AdminCase

WRITER, USE, FORGET = "pools/nodes/writer", "pools/nodes/upstreams/b/use", "pools/nodes/writer/forget"


class WriterCase(AdminCase):
    """A pool of two, of whom one is written to."""

    writer: KnownWriter

    def setUp(self) -> None:
        super().setUp()
        self.start()
        self.pool = self.proxy.service.pools["nodes"]
        self.writer = written_to(self.pool)

    def asked(self, path: str, *fields: str, method: str = "GET", **how: Any) -> tuple[int, Any]:
        """The status, and the document."""
        found = self.ask(f"/api/v1/{path}", *fields, method=method, **how)
        return found.status, json.loads(found.body)


class ReadTests(WriterCase):
    """C{GET /api/v1/pools/POOL/writer}."""

    def test_state(self) -> None:
        """What the status document says of the pool, and what each member says."""
        status, found = self.asked(WRITER)
        self.assertEqual(
            (status, found["pool"], found["upstream"], found["since"]), (200, "nodes", "a", SINCE)
        )
        self.assertEqual(
            [(one["name"], one["role"]) for one in found["members"]], [("a", "primary"), ("b", "standby")]
        )
        (pool,) = self.document()["pools"]
        self.assertEqual({key: found[key] for key in pool["writer"]}, pool["writer"])

    def test_head(self) -> None:
        """HEAD is taken where GET is; nothing is changed there by POST."""
        self.assertEqual(self.status_of(f"/api/v1/{WRITER}", method="HEAD"), 200)
        self.assertEqual(self.status_of(f"/api/v1/{WRITER}", method="POST"), 405)

    def test_unknown(self) -> None:
        """The nearest name; and that a pool has none."""
        status, found = self.asked("pools/node/writer")
        self.assertEqual((status, found["error"]), (404, "no pool is called 'node'; did you mean 'nodes'?"))
        self.pool.writer = None
        status, found = self.asked(WRITER)
        self.assertEqual(status, 404)
        self.assertIn("nodes: it has no writer", found["error"])

    def test_paths(self) -> None:
        """What is no path of it is none."""
        for path in (f"{WRITER}/use", f"{WRITER}/forget/more", "pools/nodes/writers"):
            self.assertEqual(self.status_of(f"/api/v1/{path}", method="POST"), 404, path)


class WordTests(WriterCase):
    """C{use} and C{forget}."""

    def test_use(self) -> None:
        """Over the unix socket without a token, over TCP with it; the state of then comes back."""
        self.writer = written_to(self.pool, **SPLIT)
        status, found = self.asked(USE, method="POST")
        self.assertEqual((status, found["upstream"], found["split"]), (200, "b", []))
        field = f"Authorization: Bearer {TOKEN}"
        self.assertEqual(self.asked(USE, field, method="POST", to=LOOPBACK)[0], 200)
        self.assertEqual(self.writer.words, ["use b", "use b"])

    def test_forget(self) -> None:
        """It knows nothing then."""
        status, found = self.asked(FORGET, method="POST")
        self.assertEqual((status, found["upstream"], found["timeline"]), (200, None, None))
        self.assertEqual(self.writer.words, ["forget"])

    def test_refused(self) -> None:
        """409, with the pool, the member, and the writer's own sentence."""
        self.writer.refuses = "it is a standby: promote it"
        self.assertEqual(
            self.asked(USE, method="POST"), (409, {"error": "nodes: b: it is a standby: promote it"})
        )
        self.assertEqual(
            self.asked(FORGET, method="POST"), (409, {"error": "nodes: it is a standby: promote it"})
        )

    def test_unknown(self) -> None:
        """404 with the nearest name, and nothing is done."""
        for path, why in (
            ("pools/node/upstreams/b/use", "did you mean 'nodes'?"),
            ("pools/nodes/upstreams/bb/use", "did you mean 'b'?"),
            ("pools/node/writer/forget", "did you mean 'nodes'?"),
        ):
            status, found = self.asked(path, method="POST")
            self.assertEqual((status, why in found["error"]), (404, True), found)
        self.pool.writer = None
        for path in (USE, FORGET):
            self.assertEqual(self.asked(path, method="POST")[0], 404)
        self.assertEqual(self.writer.words, [])

    def test_strangers(self) -> None:
        """Without the token, from another origin, by another method, with a parameter: nothing is done."""
        for path in (USE, FORGET):
            self.assertEqual(self.asked(path, "Origin: http://evil", method="POST")[0], 403)
            self.assertEqual(self.asked(f"{path}?force=1", method="POST")[0], 400)
            self.assertEqual(self.status_of(f"/api/v1/{path}"), 405)
            found = self.client(f"POST /api/v1/{path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), LOOPBACK)
            self.proxy.net.advance(0.5)
            response = self.proxy.response(found, b"POST")
            assert response is not None
            self.assertEqual(response.status, 401)
        self.assertEqual(self.writer.words, [])
