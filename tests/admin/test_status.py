"""Tests for L{quorumha.admin.status}."""

from __future__ import annotations

from collections import Counter
from typing import Any

from quorumha.admin.status import status
from quorumha.testing.http_clients import http_request
from tests.admin.served import AdminCase


class StatusTests(AdminCase):
    """The document, of a real configuration."""

    def setUp(self) -> None:
        super().setUp()
        self.proxy.net.advance(1.0)
        self.start()

    def member(self, name: str) -> Any:
        """What is said of a member."""
        return next(one for one in self.document()["pools"][0]["members"] if one["name"] == name)

    def test_whole(self) -> None:
        """What it has at the start."""
        found = self.document()
        self.assertEqual(
            " ".join(found),
            "version now quorumha started config reload draining drained listeners pools changes saved",
        )
        self.assertEqual((found["version"], found["draining"], found["changes"]), (1, False, []))
        self.assertEqual(found["config"]["path"], "memory.toml")
        self.assertEqual(found["config"]["digest"], self.proxy.config.digest)
        self.assertEqual(len(found["config"]["digest"]), 16)
        self.assertEqual(found["reload"], {"taken": 0, "refused": 0, "last": None})
        (listener,) = found["listeners"]
        self.assertEqual((listener["name"], listener["address"]), ("rpc", "proxy:8545"))
        self.assertEqual((listener["serve"], listener["pools"]), ("http", ["nodes"]))
        member = self.member("a")
        self.assertEqual((member["address"], member["enabled_by"]), ("tcp:10.0.0.1:80", "file"))
        self.assertEqual(member["since"], found["started"])

    def test_down(self) -> None:
        """A member's cause and what follows are those of the log."""
        self.proxy.kill("a")
        for _ in range(2):
            self.proxy.ask(http_request(), "rpc", within=5.0)
        found = self.member("a")
        (change,) = self.document()["changes"]
        self.assertEqual(found["state"], "ejected")
        self.assertEqual((found["cause"], found["next"]), (change["cause"], change["next"]))
        self.assertEqual((found["since"], change["upstream"]), (change["at"], "a"))
        line = next(one for one in self.facts.lines() if one.startswith("upstream-ejected"))
        self.assertIn(found["cause"], line)
        self.assertIn(found["next"], line)
        self.assertEqual(self.document()["saved"]["failed_over"], 1)

    def test_reads_of_all_listeners_once(self) -> None:
        """Not for each listener once more: with 200 of them that took 80 ms, each second."""
        read = Counter[str]()

        class Counted:
            """The process, and what was read of it."""

            def __getattr__(inner, name: str) -> Any:
                read[name] += 1
                return getattr(self.proxy.service, name)

        status(Counted(), 0.0, 0.0)
        self.assertEqual((read["numbers"], read["open_connections"]), (1, 1))

    def test_open(self) -> None:
        """Clients of now."""
        self.proxy.client(b"", "rpc")
        self.assertEqual(self.document()["listeners"][0]["open"], 1)

    def test_operator(self) -> None:
        """A word of the operator's, and since when."""
        self.proxy.service.operations.disable("nodes", "a")
        found = self.member("a")
        self.assertEqual((found["enabled"], found["enabled_by"]), (False, "admin"))
        self.assertEqual(found["state"], "disabled")
        self.assertEqual(found["enabled_since"], self.document()["now"])
        self.proxy.service.operations.enable("nodes", "a")
        self.assertEqual((self.member("a")["enabled_by"], self.member("a")["enabled_since"]), ("file", None))
