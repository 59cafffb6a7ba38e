"""Tests for L{quorumha.admin.writer_status}: what the status document says of a writer."""

from __future__ import annotations

import json
from typing import Any

from attrs import evolve

from quorumha.pool.one_writer import MemberRole, OtherProxy
from tests.admin.known_writer import SINCE, SPLIT, written_to
from tests.admin.served import AdminCase
from tests.admin.test_status_schema import SCHEMA
from tests.json_schema import faults


class WriterStatusTests(AdminCase):
    """The document of a pool of two, of whom one is written to."""

    def setUp(self) -> None:
        super().setUp()
        self.start()
        self.pool = self.proxy.service.pools["nodes"]

    def seen(self) -> tuple[Any, Any, Any]:
        """What is said of the listener, the pool, and its members, by name."""
        found = self.document()
        self.assertEqual(list(faults(found, SCHEMA)), [])
        (listener,), (pool,) = found["listeners"], found["pools"]
        keys = "role", "timeline", "synchronous", "read_only", "said_at"
        members = {one["name"]: tuple(one[key] for key in keys) for one in pool["members"]}
        return listener["writer"], pool["writer"], members

    def test_none(self) -> None:
        """Where all members may be written to, there is no writer, and nobody has a role."""
        self.assertEqual(self.seen(), (None, None, dict.fromkeys("ab", (None,) * 5)))

    def test_written_to(self) -> None:
        """The member, its timeline, and since when; and what each says of itself."""
        written_to(self.pool, switches=3, cut=7)
        listener, pool, members = self.seen()
        self.assertEqual(listener, {"upstream": "a", "timeline": 2, "since": SINCE, "paused": False})
        self.assertEqual(
            {key: pool[key] for key in listener}, listener, "the listener's is a part of the pool's"
        )
        self.assertEqual((pool["group"], pool["switches"], pool["cut"], pool["saved"]), ("nodes", 3, 7, True))
        self.assertEqual(members["a"], ("primary", 2, True, False, SINCE + 50))
        self.assertEqual(members["b"], ("standby", 2, None, False, SINCE + 50))

    def test_held(self) -> None:
        """While its sessions are held it is the writer still, and the cause is there."""
        written_to(self.pool, paused=True, cause="a has said nothing for 3 s", next="they go on")
        listener, pool, _ = self.seen()
        self.assertEqual((listener["upstream"], listener["paused"]), ("a", True))
        self.assertEqual((pool["cause"], pool["next"]), ("a has said nothing for 3 s", "they go on"))

    def test_nobody(self) -> None:
        """In a split: null for the listener; the pool says who claims it, why, and what follows."""
        written_to(self.pool, **SPLIT)
        listener, pool, _ = self.seen()
        self.assertIsNone(listener)
        self.assertEqual((pool["upstream"], pool["split"]), (None, ["a", "b"]))
        self.assertEqual(pool["next"], "a person decides")

    def test_other_proxies(self) -> None:
        """What each has seen; what is not known is null."""
        proxies = (OtherProxy("http://p:1", 2, SINCE + 1), OtherProxy("http://q:1", fault="it answers 503"))
        written_to(self.pool, proxies=proxies)
        _, pool, _ = self.seen()
        self.assertEqual(
            [tuple(one.values()) for one in pool["proxies"]],
            [("http://p:1", 2, SINCE + 1, ""), ("http://q:1", None, None, "it answers 503")],
        )

    def test_nothing_said(self) -> None:
        """What is not known is null, and no made-up zero."""
        writer = written_to(self.pool, upstream="", timeline=0, cause="no member says anything")
        writer.roles = {"a": MemberRole()}
        _, pool, members = self.seen()
        self.assertIsNone(pool["timeline"])
        self.assertEqual(members["a"], ("unknown", None, None, None, None))

    def test_events(self) -> None:
        """Another word of a member is no news by itself; another role is."""
        writer = written_to(self.pool)
        client = self.client(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")

        def news() -> list[Any]:
            """What was sent since it was last asked."""
            before = len(client.received)
            self.proxy.net.advance(2.5)
            sent = client.received[before:].decode()
            return [json.loads(line[6:]) for line in sent.splitlines() if line.startswith("data: ")]

        writer.known = evolve(writer.known, proxies=(OtherProxy("http://p:1", 2, SINCE),))
        news()
        writer.roles["b"] = MemberRole("standby", 2, said_at=SINCE + 51)
        writer.known = evolve(writer.known, proxies=(OtherProxy("http://p:1", 2, SINCE + 1),))
        self.assertEqual(news(), [])
        writer.roles["b"] = MemberRole("primary", 3, said_at=SINCE + 52)
        (event,) = news()
        self.assertEqual(event["pools"][0]["members"][1]["role"], "primary")
