"""Who is written to, from a real relay to databases in memory up to the admin, the page and the metrics."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

from quorumha.testing import DatabaseClient
from tests.admin.seen import scrape, series
from tests.admin.served import LOOPBACK, AdminCase
from tests.admin.test_status_schema import SCHEMA
from tests.json_schema import faults

DATABASES = """state_directory = "/var/lib/quorumha"
[pools.db]
upstreams = [{ name = "a", endpoint = "tcp:10.0.0.1:5432" }, { name = "b", endpoint = "tcp:10.0.0.2:5432" }]
check = "patroni"
[listeners.sql]
listen = "tcp:5432"
serve = "postgresql"
pool = "db"
"""


class WriterOfProxyTests(AdminCase):
    """Two databases, C{a} the primary: what an operator sees and does."""

    def toml(self, keys: str = "", pools: str = DATABASES) -> str:
        """With databases."""
        return super().toml(keys, pools)

    def setUp(self) -> None:
        super().setUp()
        self.cluster = self.proxy.cluster
        self.start()

    def pool(self) -> Any:
        """The pool of the status document, which is as its schema says."""
        found = self.document()
        self.assertEqual(list(faults(found, SCHEMA)), [])
        return found["pools"][0]

    def clients(self, count: int) -> list[DatabaseClient]:
        """So many, that are logged in."""
        made = [DatabaseClient.to(self.proxy.net.client_endpoint("proxy:5432")) for _ in range(count)]
        self.proxy.net.advance(1.0)
        self.assertEqual([one.ready for one in made], [True] * count)
        return made

    def metric(self, name: str) -> float:
        """One of the pool's."""
        return series(scrape(self.proxy))[f"quorumha_database_{name}"]

    def page(self) -> str:
        """What it shows, as text."""
        text = unescape(self.ask("/", to=LOOPBACK, host="127.0.0.1").body.decode())
        return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", text))

    def post(self, path: str) -> tuple[int, Any]:
        """The status, and the document."""
        found = self.ask(f"/api/v1/pools/db/{path}", method="POST")
        return found.status, json.loads(found.body)

    def split(self) -> None:
        """Both say that they are the primary of timeline 1."""
        other, one = self.cluster.databases["b"], self.cluster.databases["a"]
        other.primary, other.timeline, other.follows = True, one.timeline, None
        other.cluster = type(self.cluster)(self.proxy.net.clock)
        other.cluster.leader = other
        self.proxy.net.advance(2.0)

    def test_written_to(self) -> None:
        """The first one, since the first check."""
        self.clients(2)
        found = self.pool()
        writer = found["writer"]
        self.assertEqual((writer["group"], writer["upstream"], writer["timeline"]), ("db", "a", 1))
        self.assertEqual((writer["cause"], writer["saved"]), ("", True))
        self.assertEqual([one["role"] for one in found["members"]], ["primary", "standby"])
        self.assertEqual(self.document()["listeners"][0]["writer"]["upstream"], "a")
        self.assertEqual(self.metric('writer{pool="db", upstream="a"}'), 1.0)
        self.assertIn("Written to: a, on timeline 1, since ", self.page())
        self.assertIn("Everything is served.", self.page())

    def test_switch(self) -> None:
        """All sessions are counted, and the strip of changes says why."""
        self.clients(3)
        self.cluster.promote("b")
        self.proxy.net.advance(1.0)
        writer = self.pool()["writer"]
        self.assertEqual((writer["upstream"], writer["timeline"]), ("b", 2))
        self.assertEqual((writer["switches"], writer["cut"]), (1, 3))
        self.assertEqual(self.metric('switches_total{pool="db"}'), 1.0)
        self.assertEqual(self.metric('sessions_cut_total{pool="db"}'), 3.0)
        self.assertEqual(self.metric('timeline{pool="db", upstream="b"}'), 2.0)
        change = next(one for one in self.document()["changes"] if one["change"] == "writer")
        self.assertEqual((change["pool"], change["upstream"]), ("db", "b"))
        self.assertIn("writer b in db", self.page())

    def test_held(self) -> None:
        """A writer that hangs: sessions wait, and everything says so."""
        self.clients(1)
        self.proxy.hang("a")
        self.proxy.net.advance(5.0)
        DatabaseClient.to(self.proxy.net.client_endpoint("proxy:5432"))
        self.proxy.net.advance(0.5)
        found = self.document()
        listener, pool = found["listeners"][0], found["pools"][0]
        self.assertTrue(pool["writer"]["paused"])
        self.assertEqual((listener["waiting"], listener["writer"]["paused"]), (1, True))
        self.assertEqual(self.metric('waiting{listener="sql"}'), 1.0)
        self.assertEqual(self.metric('writer{pool="db", upstream="a"}'), 0.0)
        page = self.page()
        self.assertIn("Not served: db.", page)
        self.assertIn("1 session waits", page)
        ready = self.ask("/readyz?pool=db")
        self.assertEqual(ready.status, 503)
        self.assertIn(pool["writer"]["cause"].encode(), ready.body)
        self.proxy.revive("a")
        self.proxy.net.advance(2.0)
        self.assertEqual(self.status_of("/readyz?pool=db"), 200)

    def test_a_person_decides(self) -> None:
        """In a split nobody is written to, until somebody says who."""
        self.clients(2)
        self.split()
        writer = self.pool()["writer"]
        self.assertEqual((writer["upstream"], writer["split"], writer["cut"]), (None, ["a", "b"], 2))
        self.assertIsNone(self.document()["listeners"][0]["writer"])
        self.assertEqual(self.metric('split{pool="db"}'), 1.0)
        page = self.page()
        self.assertIn("Split: nobody is written to", page)
        self.assertIn("Use a of pool db?", self.ask("/", to=LOOPBACK, host="127.0.0.1").body.decode())
        status, found = self.post("upstreams/b/use")
        self.assertEqual((status, found["upstream"], found["split"]), (200, "b", []))
        self.proxy.net.advance(1.0)
        self.clients(1)
        self.assertEqual(len(self.cluster.databases["b"].sessions), 1)
        self.assertEqual(self.metric('split{pool="db"}'), 0.0)

    def test_refused(self) -> None:
        """A standby, with the sentence; nothing is changed."""
        before = self.pool()["writer"]
        status, found = self.post("upstreams/b/use")
        self.assertEqual(status, 409)
        self.assertTrue(found["error"].startswith("db: b: it is a standby"), found)
        self.assertEqual(self.pool()["writer"], before)

    def test_forget(self) -> None:
        """All sessions end, and it begins as at a first start."""
        (client,) = self.clients(1)
        status, found = self.post("writer/forget")
        self.assertEqual((status, found["upstream"]), (200, None))
        self.proxy.net.advance(2.0)
        self.assertEqual(client.lost, "ConnectionLost")
        self.assertEqual(self.pool()["writer"]["upstream"], "a")
