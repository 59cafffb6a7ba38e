"""Who is written to, as the page shows it: L{quorumha.admin.page.page_writer}, and where it stands there."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from quorumha.admin.page.page_content import whole
from quorumha.admin.page.page_writer import role_tags, writer_sentences
from quorumha.admin.page.piece import Piece
from tests.admin.status_document import NOW, empty, listener, member, pool

WRITER: dict[str, Any] = {
    "group": "db",
    "upstream": "a",
    "timeline": 3,
    "since": NOW - 130,
    "paused": False,
    "cause": "",
    "next": "all sessions go there",
    "split": [],
    "switches": 1,
    "cut": 4,
    "saved": True,
    "proxies": [],
}
NOBODY = {
    "upstream": None,
    "cause": "no member says that it is a primary",
    "next": "sessions wait for a promotion",
}
SPLIT = {**NOBODY, "cause": "two claim timeline 3 (a, b)", "next": "a person decides", "split": ["a", "b"]}


def database(**more: Any) -> dict[str, Any]:
    """A document with one pool of two databases."""
    said = {"timeline": 3, "read_only": False, "said_at": NOW - 1}
    members = [member("a", role="primary", synchronous=False, **said), member("b", role="standby", **said)]
    return {
        **empty(),
        "listeners": [listener("sql", "postgresql", "db", waiting=2 if more.get("cause") else 0)],
        "pools": [pool("db", *members, writer=WRITER | more)],
    }


def sentences(**more: Any) -> list[str]:
    """What is said of such a pool."""
    return writer_sentences(database(**more)["pools"][0], NOW)


class SentencesTests(SynchronousTestCase):
    """L{writer_sentences}."""

    def test_none(self) -> None:
        """Nothing is said where all members may be written to."""
        self.assertEqual(writer_sentences(pool("web", member("a")), NOW), [])

    def test_written_to(self) -> None:
        """Who, on which timeline, and since when."""
        self.assertEqual(sentences(), ["Written to: a, on timeline 3, since 21:57:50 (2 min ago)."])

    def test_held(self) -> None:
        """Why, and what follows."""
        held = {"paused": True, "cause": "a has said nothing for 3 s", "next": "its sessions go on"}
        self.assertEqual(
            sentences(**held)[1:], ["New sessions wait. A has said nothing for 3 s. Its sessions go on."]
        )

    def test_other_proxies(self) -> None:
        """Those that say nothing, and why."""
        proxies = [
            {"address": "http://p:1", "timeline": 3, "said_at": NOW, "fault": ""},
            {"address": "http://q:1", "timeline": None, "said_at": None, "fault": "it answers 503"},
        ]
        self.assertEqual(
            sentences(proxies=proxies)[1:],
            ["The proxy at http://q:1 does not say what it has seen. It answers 503."],
        )

    def test_nobody(self) -> None:
        """Likewise; a split is called one."""
        self.assertEqual(
            sentences(**NOBODY),
            [
                "Nobody is written to, since 21:57:50 (2 min ago).",
                "New sessions wait. No member says that it is a primary. Sessions wait for a promotion.",
            ],
        )
        self.assertEqual(sentences(**SPLIT)[0], "Split: nobody is written to, since 21:57:50 (2 min ago).")
        self.assertIn("A person decides.", sentences(**SPLIT)[1])

    def test_not_saved(self) -> None:
        """What a restart would forget."""
        self.assertEqual(
            sentences(saved=False)[1:], ["This could not be kept on disk yet: the log says why."]
        )


class TagsTests(SynchronousTestCase):
    """L{role_tags}."""

    def test_tags(self) -> None:
        """Role, timeline, and what goes with them."""
        one, other = database()["pools"][0]["members"]
        self.assertEqual(role_tags(one, None), [])
        self.assertEqual(role_tags(one, WRITER), ["primary, timeline 3", "written to", "not synchronous"])
        self.assertEqual(role_tags(one, WRITER | {"paused": True})[1], "silent")
        self.assertEqual(role_tags(other, WRITER), ["standby, timeline 3"])
        shut = one | {"read_only": True, "timeline": None}
        self.assertEqual(role_tags(shut, WRITER | NOBODY), ["primary", "read-only"])

    def test_gets_no_session(self) -> None:
        """A primary that is an old one, or was decided against; of a split none is that."""
        one, other = database()["pools"][0]["members"]
        tags = ["primary, timeline 3", "gets no session"]
        self.assertEqual(role_tags(other | {"role": "primary"}, WRITER), tags)
        self.assertEqual(role_tags(one, WRITER | NOBODY | {"timeline": 4}), tags)
        self.assertEqual(role_tags(one, WRITER | SPLIT), tags[:1])


class WholeTests(SynchronousTestCase):
    """What else of the page follows from it."""

    def shown(self, **more: Any) -> tuple[Piece, Piece]:
        """The page, and its lane."""
        found = whole(database(**more))
        (lane,) = found.pieces["lanes"]
        return found, lane

    def test_served(self) -> None:
        """All is served while somebody is written to; the tile is one of databases."""
        found, lane = self.shown()
        self.assertEqual(found.texts["headline"], "Everything is served.")
        self.assertEqual((lane.texts["level"], len(lane.pieces["writer"])), ("good", 1))
        self.assertEqual([one.texts["name"] for one in found.pieces["tiles"]], ["Databases"])

    def test_not_served(self) -> None:
        """With two members that are up nobody is served while nobody is written to."""
        for more, word in ((NOBODY, "not written to: sessions wait"), (SPLIT, "split")):
            found, lane = self.shown(**more)
            self.assertEqual(found.texts["headline"], "Not served: db.")
            self.assertEqual((lane.texts["level"], lane.texts["word"]), ("bad", word))
            (entry,) = lane.pieces["entries"]
            self.assertEqual(entry.pieces["waiting"][0].texts["line"], "2 sessions wait")
            self.assertEqual(found.pieces["notices"], [], "the lane says what follows")

    def test_a_person_decides(self) -> None:
        """In a split each that claims the timeline has a button for it; else nobody has one."""
        _, lane = self.shown()
        self.assertEqual([len(one.pieces["buttons"]) for one in lane.pieces["members"]], [2, 2])
        _, lane = self.shown(**SPLIT)
        first = lane.pieces["members"][0].pieces["buttons"][0].texts
        self.assertEqual(first["post"], "api/v1/pools/db/upstreams/a/use")
        self.assertEqual((first["id"], first["label"]), ("use:db/a", "Use"))
