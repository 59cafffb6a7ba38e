"""From listeners over routes and pools to members."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from quorumha.admin.page.page_flow import flow, pools_of
from quorumha.admin.page.piece import Piece
from tests.admin.status_document import document, empty, listener, member, pool


def said(lane: Piece, *path: str) -> list[str]:
    """The texts at the end of a path of names of pieces and of one slot."""
    found = [lane]
    for name in path[:-1]:
        found = [one for piece in found for one in piece.pieces[name]]
    return [one.texts[path[-1]] for one in found]


class LaneTests(SynchronousTestCase):
    """A lane for each pool."""

    def setUp(self) -> None:
        self.lanes = {one.texts["pool"]: one for one in flow(document())}

    def test_in_the_order_of_the_file(self) -> None:
        self.assertEqual(list(self.lanes), ["quorum", "tessera-q2t", "tessera-p2p", "tessera-third-party"])

    def test_who_leads_there(self) -> None:
        self.assertEqual(said(self.lanes["quorum"], "entries", "listener"), ["rpc", "apps"])
        self.assertEqual(
            said(self.lanes["tessera-third-party"], "entries", "listener"), ["apps", "third-party"]
        )

    def test_by_which_route(self) -> None:
        self.assertEqual(said(self.lanes["quorum"], "entries", "routes", "path"), ["everything", "/"])
        self.assertEqual(
            said(self.lanes["tessera-third-party"], "entries", "routes", "path"), ["/upcheck", "everything"]
        )

    def test_numbers_of_a_listener_stand_once(self) -> None:
        lane = self.lanes["tessera-third-party"]
        self.assertEqual([len(one.pieces["numbers"]) for one in lane.pieces["entries"]], [0, 1])

    def test_members(self) -> None:
        self.assertEqual(said(self.lanes["tessera-q2t"], "members", "name"), ["tessera-1", "tessera-2"])

    def test_numbers_of_a_pool(self) -> None:
        numbers = said(self.lanes["tessera-q2t"], "numbers", "line")
        expected = [
            "1 of 2 members up",
            "38\u202f354 requests, 0 failed",
            "failed over: 12 connect failed, 1 timed out",
        ]
        self.assertEqual(numbers, expected)

    def test_numbers_of_a_listener(self) -> None:
        numbers = said(self.lanes["tessera-p2p"], "entries", "numbers", "line")
        self.assertEqual(numbers[0], "2 open of 80 connections")
        self.assertEqual(numbers[-1], "7 parties known")
        own = said(self.lanes["tessera-q2t"], "entries", "numbers", "line")
        self.assertIn("of these the proxy's own: 2 \xd7 503", own)


class OddTests(SynchronousTestCase):
    """What is not as usual."""

    def test_nothing(self) -> None:
        self.assertEqual(flow(empty()), [])

    def test_no_listener_leads_there(self) -> None:
        """As to the pool of a mirror."""
        (lane,) = flow(empty() | {"pools": [pool("copies", member("a"))]})
        self.assertEqual(len(lane.pieces["unreached"]), 1)

    def test_a_listener_that_leads_nowhere(self) -> None:
        (lane,) = flow(empty() | {"listeners": [listener("own", "http")]})
        self.assertEqual((lane.texts["pool"], lane.texts["word"]), ("no pool", "responds itself"))
        self.assertEqual(said(lane, "entries", "listener"), ["own"])

    def test_address(self) -> None:
        """One that has none says so."""
        (lane,) = flow(empty() | {"listeners": [listener("own", "http", address=None)]})
        self.assertEqual(said(lane, "entries", "address"), ["does not listen"])

    def test_a_pool_more_costs_no_look_at_each_listener(self) -> None:
        """With 50 pools and 200 listeners that took 15 ms in one turn."""

        class Looked(dict[str, Any]):
            looks = 0

            def __getitem__(self, name: str) -> Any:
                self.looks += name == "routes"
                return super().__getitem__(name)

        one = Looked(listener("rpc", "http", "p0"))
        looks = []
        for pools in (1, 20):
            before = one.looks
            flow(empty() | {"listeners": [one], "pools": [pool(f"p{number}") for number in range(pools)]})
            looks.append(one.looks - before)
        self.assertEqual(looks[0], looks[1])

    def test_waiting(self) -> None:
        one = listener("q2t", "tessera-q2t", "t", waiting=3)
        (lane,) = flow(empty() | {"listeners": [one], "pools": [pool("t")]})
        self.assertEqual(said(lane, "entries", "waiting", "line"), ["3 requests wait"])

    def test_pools_of_a_listener(self) -> None:
        """Those of its routes first, each once."""
        routes = [{"path": "/b", "pool": "b"}, {"path": "/a", "pool": "a"}, {"path": "/c", "pool": "b"}]
        self.assertEqual(pools_of(listener("x", "http", "a", "c", routes=routes)), ["b", "a", "c"])
