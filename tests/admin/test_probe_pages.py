"""Tests for L{quorumha.admin.probe_pages}."""

from __future__ import annotations

from tests.admin.served import PROBES, AdminCase


class ProbeTests(AdminCase):
    """What kubelets and load balancers ask."""

    def setUp(self) -> None:
        super().setUp()
        self.start()

    def said(self, path: str) -> tuple[int, list[str]]:
        """The status, and the lines."""
        found = self.ask(path, to=PROBES, host="10.1.2.3:9901")
        return found.status, found.body.decode().splitlines()

    def dead(self) -> None:
        """Both nodes are gone, and that is known."""
        for name in ("a", "b"):
            self.proxy.kill(name)
        self.proxy.net.advance(5.0)

    def test_good(self) -> None:
        """Everything is well."""
        self.assertEqual(self.said("/livez"), (200, ["alive"]))
        self.proxy.net.advance(1.0)
        self.assertEqual(self.said("/startupz"), (200, ["started"]))
        self.assertEqual(self.said("/readyz"), (200, ["ready"]))
        self.assertEqual(self.said("/readyz?pools=all"), (200, ["ready"]))

    def test_dead_pool(self) -> None:
        """Counts for those who ask for it alone."""
        self.dead()
        self.assertEqual(self.said("/readyz")[0], 200)
        for path in ("/readyz?pools=all", "/readyz?pool=nodes", "/readyz?pool=nodes&pool=nodes"):
            status, lines = self.said(path)
            self.assertEqual((status, len(lines)), (503, 1))
            self.assertTrue(lines[0].startswith("pool nodes: no member can be used: a is "), lines)

    def test_verbose(self) -> None:
        """Everything is shown, and what does not count is marked."""
        self.dead()
        for path in ("/readyz?verbose", "/readyz?verbose=1"):
            status, lines = self.said(path)
            self.assertEqual(status, 200)
            self.assertEqual(lines[0], "ok  listener rpc: listens at proxy:8545")
            self.assertTrue(lines[-1].startswith("not pool nodes"))
            self.assertTrue(lines[-1].endswith("(does not count)"))

    def test_unknown_pool(self) -> None:
        """Gets the nearest."""
        self.assertEqual(
            self.said("/readyz?pool=node"), (404, ["no pool is called 'node'; did you mean 'nodes'?"])
        )

    def test_slips(self) -> None:
        """Nobody shall believe that a pool counts which does not."""
        for query, why in (
            ("pools=nodes", "pools: there is `pools=all`, and `pool=NAME` for one"),
            ("pools=all&pools=", "pools: there is `pools=all`, and `pool=NAME` for one"),
            ("poll=nodes", "unknown parameter 'poll'; did you mean 'pool'?"),
        ):
            self.assertEqual(self.said(f"/readyz?{query}"), (400, [f"the query cannot be read: {why}"]))

    def test_draining(self) -> None:
        """Is not ready, and lives."""
        self.proxy.service.operations.drain()
        self.assertEqual(self.said("/readyz"), (503, ["the process drains"]))
        self.assertEqual(self.said("/livez")[0], 200)
        self.assertEqual(self.said("/startupz")[0], 200)

    def test_stopping(self) -> None:
        """Is not ready either, while somebody is waited for."""
        self.proxy.client(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc", "rpc")
        stopping = self.proxy.service.stopService()
        self.proxy.net.run()
        self.assertNoResult(stopping)
        self.assertEqual(self.said("/readyz"), (503, ["the process drains"]))
        self.proxy.net.advance(10.0)
        self.assertIsNone(self.successResultOf(stopping))

    def test_nothing_else(self) -> None:
        """At the address for probes there is nothing more."""
        for path in ("/", "/api/v1/status", "/api/v1/config", "/livez/x", "/readyz/"):
            self.assertEqual(self.said(path)[0], 404, path)

    def test_bad_query(self) -> None:
        """Too much of it cannot be read."""
        self.assertEqual(self.said("/readyz?" + "a=1&" * 200)[0], 400)


class FirstChecksTests(AdminCase):
    """While the first checks are under way."""

    keys = ""

    def test_not_yet(self) -> None:
        """It lives, and is neither started nor ready; then it is both."""
        for name in ("a", "b"):
            self.proxy.hang(name)
        text = 'name = "b" }]\ncheck = { kind = "http", path = "/up", timeout = 3 }\n'
        config = self.toml().replace('name = "b" }]\n', text)
        self.proxy = type(self.proxy)(config, observers=self.facts.observers)
        self.proxy.simulate()
        for name in ("a", "b"):
            self.proxy.hang(name)
        self.start(0.0)
        self.assertEqual(self.status_of("/livez"), 200)
        found = self.ask("/readyz")
        self.assertEqual((found.status, found.body), (503, b"the first checks are not done\n"))
        self.assertEqual(self.status_of("/startupz"), 503)
        self.proxy.net.advance(10.5)
        self.assertEqual(self.status_of("/startupz"), 200)
        self.assertEqual(self.status_of("/readyz"), 200)
