"""What an operator has to know first."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from quorumha.admin.page.page_verdict import headline, notices, tiles
from tests.admin.status_document import NOW, document, down, empty, listener, member, pool


def served(*members: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A document with one listener and one pool of these members."""
    return (
        empty() | {"listeners": [listener("q2t", "tessera-q2t", "t")], "pools": [pool("t", *members)]} | more
    )


class HeadlineTests(SynchronousTestCase):
    """All in one sentence."""

    def said(self, document: dict[str, Any]) -> tuple[str, str]:
        found = headline(document)
        self.assertIn(found["headline"], found["title"])
        return found["level"], found["headline"]

    def test_all(self) -> None:
        self.assertEqual(self.said(served(member("a"))), ("good", "Everything is served."))

    def test_without_one(self) -> None:
        self.assertEqual(
            self.said(served(member("a"), down("b"))), ("less", "Everything is served, without b (down).")
        )

    def test_none(self) -> None:
        self.assertEqual(self.said(served(down("a"))), ("bad", "Not served: t."))

    def test_a_pool_that_nobody_asks_for(self) -> None:
        """That of a mirror may be down."""
        found = served(member("a"))
        found["pools"].append(pool("copies", down("b")))
        self.assertEqual(self.said(found)[0], "good")

    def test_drains(self) -> None:
        for drained, said in (
            (False, "Drains: soon it takes no new clients."),
            (True, "Drains: it takes no new clients."),
        ):
            found = self.said(served(down("a"), draining=True, drained=drained))
            self.assertEqual(found, ("off", said))

    def test_no_listener(self) -> None:
        self.assertEqual(self.said(empty()), ("off", "Nothing is served: there is no listener."))

    def test_backups(self) -> None:
        backups = [member(name, backup=True) for name in "ab"]
        self.assertEqual(self.said(served(*backups))[0], "less")


class TileTests(SynchronousTestCase):
    """Are GoQuorum and Tessera served?"""

    def test_each(self) -> None:
        found = [(one.texts["name"], one.texts["level"]) for one in tiles(document())]
        self.assertEqual(found, [("GoQuorum", "less"), ("Tessera", "less"), ("Relays and HTTP", "less")])

    def test_one_node_stands_once(self) -> None:
        """With all its pools, and the first time."""
        (tessera,) = [one for one in tiles(document()) if one.texts["name"] == "Tessera"]
        (away,) = tessera.pieces["list"][0].pieces["away"]
        self.assertEqual(away.texts["where"], "in tessera-q2t, tessera-p2p, tessera-third-party")
        self.assertIn("connection refused", away.texts["sentence"])

    def test_nobody_is_away(self) -> None:
        (one,) = tiles(served(member("a")))
        self.assertEqual((one.texts["level"], one.texts["count"]), ("good", "1 of 1 member up, in 1 pool"))
        self.assertEqual(one.pieces["list"], [])

    def test_nothing(self) -> None:
        self.assertEqual(tiles(empty()), [])


class NoticeTests(SynchronousTestCase):
    """What is the matter with the process itself."""

    def test_nothing(self) -> None:
        self.assertEqual(notices(document()), [])

    def test_refused_reload(self) -> None:
        last = {"at": NOW - 5, "taken": False, "changes": [], "problems": ["q.toml:3: no"]}
        (one,) = notices(empty() | {"reload": {"taken": 0, "refused": 1, "last": last}})
        self.assertEqual(one.texts["what"], "The reload at 21:59:55 (5 s ago) was refused.")
        self.assertEqual(one.texts["more"], "What runs is the configuration of 08:00:00 (14 h ago).")
        self.assertEqual(
            [line.texts["line"] for line in one.pieces["list"][0].pieces["lines"]], ["q.toml:3: no"]
        )

    def test_requests_wait(self) -> None:
        (one,) = notices(
            empty() | {"listeners": [listener("a", "http", waiting=2), listener("b", "http", waiting=1)]}
        )
        self.assertEqual(one.texts["what"], "3 requests wait for a member.")
