"""Tests for L{quorumha.admin.actions}."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from quorumha.admin.actions import Parameters, parameters
from quorumha.admin.running import ReloadResult
from quorumha.testing.http_clients import http_request
from tests.admin.served import LOOPBACK, TOKEN, AdminCase


class ParametersTests(SynchronousTestCase):
    """L{parameters}."""

    def test_good(self) -> None:
        """Flags with and without a value, and a time."""
        for asked, found in (
            ({}, Parameters()),
            ({"force": [""]}, Parameters(force=True)),
            ({"force": ["1"]}, Parameters(force=True)),
            ({"force": ["false"]}, Parameters()),
            ({"within": ["2m"]}, Parameters(within=120.0)),
            ({"within": ["0s"]}, Parameters(within=0.0)),
        ):
            self.assertEqual(parameters(asked, ["force", "within"]), found)

    def test_bad(self) -> None:
        """Each is told with what is wrong."""
        for asked, why in (
            ({"dryrun": ["1"]}, "unknown parameter 'dryrun'; did you mean 'dry_run'?"),
            ({"x": ["1"]}, "unknown parameter 'x'; there is dry_run, within"),
            ({"dry_run": ["1", "0"]}, "dry_run is there 2 times"),
            ({"dry_run": ["2"]}, "dry_run: '2' is not 1 or 0"),
            ({"within": ["soon"]}, "within: 'soon' is no time"),
        ):
            error = self.assertRaises(ValueError, parameters, asked, ["dry_run", "within"])
            self.assertTrue(str(error).startswith(why[:20]), str(error))


class ActionCase(AdminCase):
    """Tests of what changes the process."""

    def setUp(self) -> None:
        super().setUp()
        self.start()

    def post(self, path: str, *fields: str, **how: Any) -> tuple[int, Any]:
        """The status, and the document."""
        found = self.ask(f"/api/v1/{path}", *fields, method="POST", **how)
        return found.status, json.loads(found.body)

    def state(self, name: str) -> str:
        """Of a member."""
        (pool,) = self.document()["pools"]
        return str(next(one["state"] for one in pool["members"] if one["name"] == name))


class MemberTests(ActionCase):
    """Members."""

    def test_disable_and_enable(self) -> None:
        """Over the unix socket without a token, over TCP with it."""
        switched = {"pool": "nodes", "upstream": "a", "state": "disabled", "left": 0}
        self.assertEqual(self.post("pools/nodes/upstreams/a/disable"), (200, switched))
        self.assertEqual(self.state("a"), "disabled")
        field = f"Authorization: Bearer {TOKEN}"
        status, found = self.post("pools/nodes/upstreams/a/enable", field, to=LOOPBACK)
        self.assertEqual((status, found["state"]), (200, "up"))

    def test_last_one(self) -> None:
        """Is refused, unless somebody insists."""
        self.post("pools/nodes/upstreams/a/drain?within=5s")
        status, found = self.post("pools/nodes/upstreams/b/disable")
        self.assertEqual(status, 409)
        self.assertIn("b is the only enabled member of nodes", found["error"])
        self.assertEqual(self.state("b"), "up")
        self.assertEqual(self.post("pools/nodes/upstreams/b/disable?force=1")[0], 200)
        self.assertEqual(self.state("b"), "disabled")

    def test_unknown(self) -> None:
        """Names get the nearest; what is no name is no path."""
        for path, why in (
            ("pools/node/upstreams/a/disable", "'nodes'"),
            ("pools/nodes/upstreams/aa/disable", "'a'"),
        ):
            status, found = self.post(path)
            self.assertEqual(status, 404)
            self.assertIn(why, found["error"])
        for path in ("pools", "pools/nodes", "pools/nodes/upstreams/a", "pools/nodes/upstreams/a/kill"):
            self.assertEqual(self.post(path), (404, {"error": "there is nothing at this path"}), path)

    def test_names_are_decoded(self) -> None:
        """A slash in a name is no slash of the path."""
        status, found = self.post("pools/a%2Fb/upstreams/%FF/disable")
        self.assertEqual(status, 404)
        self.assertIn("a/b", found["error"])

    def test_parameters(self) -> None:
        """What nobody knows changes nothing."""
        for asked in ("within=5s", "force=2", "forse=1"):
            self.assertEqual(self.post(f"pools/nodes/upstreams/a/disable?{asked}")[0], 400, asked)
        self.assertEqual(self.state("a"), "up")

    def test_get(self) -> None:
        """Changes nothing."""
        for method in ("GET", "HEAD", "PUT"):
            found = self.ask("/api/v1/pools/nodes/upstreams/a/disable", method=method)
            self.assertEqual((found.status, dict(found.headers)[b"Allow"]), (405, b"POST"))
        self.assertEqual(self.state("a"), "up")


class ProcessTests(ActionCase):
    """The process."""

    def test_drain(self) -> None:
        """And back."""
        self.assertEqual(self.post("drain"), (200, {"draining": True}))
        self.assertEqual(self.status_of("/readyz"), 503)
        self.assertEqual(self.post("undrain"), (200, {"draining": False}))
        self.assertEqual(self.status_of("/readyz"), 200)

    def test_reload_refused(self) -> None:
        """Without a file there is nothing to be read."""
        status, found = self.post("reload")
        self.assertEqual(
            (status, found["taken"], found["changes"], len(found["problems"])), (422, False, [], 1)
        )

    def test_reload(self) -> None:
        """What changed is said when it is done; a dry run is one."""
        asked: list[tuple[bool, Deferred[ReloadResult]]] = []

        def reload(*, dry_run: bool) -> Deferred[ReloadResult]:
            asked.append((dry_run, Deferred()))
            return asked[-1][1]

        self.proxy.service.operations.reloads = reload
        for path, dry_run in ((b"reload", False), (b"reload?dry_run=1", True)):
            client = self.client(http_request(b"POST", b"/api/v1/" + path, b"", host=b"localhost"))
            self.proxy.net.advance(1.0)
            self.assertEqual(client.received, b"")
            self.assertEqual(asked[-1][0], dry_run)
            asked[-1][1].callback(ReloadResult(True, ("a: 1 -> 2",)))
            self.proxy.net.run()
            found = self.proxy.response(client, b"POST")
            assert found is not None
            self.assertEqual(
                json.loads(found.body), {"taken": True, "changes": ["a: 1 -> 2"], "problems": []}
            )

    def test_who_leaves_before(self) -> None:
        """Is not written to; the reload goes on."""
        waiting: Deferred[ReloadResult] = Deferred()
        self.proxy.service.operations.reloads = lambda **_: waiting
        client = self.client(http_request(b"POST", b"/api/v1/reload", b"", host=b"localhost"))
        client.transport.abortConnection()
        self.proxy.net.run()
        waiting.callback(ReloadResult(True))
        self.proxy.net.run()
        self.assertEqual(self.flushLoggedErrors(), [])

    def test_failure(self) -> None:
        """A bug of ours is said to be one, and logged; no more is shown of it."""

        def fails(**_: bool) -> Any:
            raise ZeroDivisionError("secret")

        self.proxy.service.operations.reloads = fails
        status, found = self.post("reload")
        self.assertEqual(status, 500)
        self.assertNotIn("secret", found["error"])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)


class StrangersTests(ActionCase):
    """Who may change nothing."""

    PATHS = (
        "pools/nodes/upstreams/a/disable",
        "pools/nodes/upstreams/a/drain",
        "pools/nodes/upstreams/a/enable",
        "drain",
        "undrain",
        "reload",
    )

    def seen(self) -> Any:
        """All that may change."""
        found = self.document()
        for pool in found["pools"]:
            for member in pool["members"]:
                # Time passes.
                del member["check"]
        return found["draining"], found["reload"], found["pools"], found["changes"]

    def test_without_token(self) -> None:
        """Over TCP every path refuses every method that changes things."""
        before = self.seen()
        paths = [f"/api/v1/{path}" for path in (*self.PATHS, "status", "config", "events")]
        for path in (*paths, "/", "/metrics", "/livez", "/readyz", "/page.js"):
            for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "GET"):
                if path.endswith("events") and method == "GET":
                    continue
                client = self.client(
                    http_request(method.encode(), path.encode(), None, host=b"localhost"), LOOPBACK
                )
                self.proxy.net.advance(0.5)
                found = self.proxy.response(client, method.encode())
                assert found is not None, (method, path)
                if method not in ("GET", "HEAD"):
                    self.assertIn(found.status, (401, 405), (method, path))
        self.assertEqual(self.seen(), before)

    def test_page_of_another_origin(self) -> None:
        """Gets 403 even where the browser would send a token, and at the unix socket."""
        before = self.seen()
        token = f"Authorization: Bearer {TOKEN}"
        for path in self.PATHS:
            for field in ("Origin: http://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site"):
                for to in ("unix:/run/q.sock", LOOPBACK):
                    self.assertEqual(self.post(path, field, token, to=to)[0], 403)
        self.assertEqual(self.seen(), before)

    def test_rebound_name(self) -> None:
        """Gets 421."""
        before = self.seen()
        for path in self.PATHS:
            status, _ = self.post(
                path, f"Authorization: Bearer {TOKEN}", host="evil.example:9900", to=LOOPBACK
            )
            self.assertEqual(status, 421)
        self.assertEqual(self.seen(), before)

    def test_form(self) -> None:
        """A form that a browser posts from elsewhere, and one of an old browser that says nothing of it."""
        before = self.seen()
        kind = "Content-Type: application/x-www-form-urlencoded"
        form = b"force=1&token=" + TOKEN.encode()
        for path in self.PATHS:
            self.assertEqual(self.post(path, kind, "Origin: null", body=form, to=LOOPBACK)[0], 403)
            client = self.client(
                http_request(b"POST", b"/api/v1/" + path.encode(), form, kind.encode(), host=b"localhost"),
                LOOPBACK,
            )
            self.proxy.net.advance(0.5)
            found = self.proxy.response(client, b"POST")
            assert found is not None
            self.assertEqual(found.status, 401)
        self.assertEqual(self.seen(), before)
