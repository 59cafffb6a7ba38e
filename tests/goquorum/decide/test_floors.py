"""What each client has seen."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.floors import Floors


class FloorsTests(SynchronousTestCase):
    """One floor a client."""

    def test_it_only_rises(self) -> None:
        """Whatever is told."""
        floor = Floors(10).of(b"192.0.2.1")
        self.assertEqual(floor.height, -1)
        for height, after in ((5, 5), (3, 5), (-1, 5), (6, 6)):
            floor.raise_to(height)
            self.assertEqual(floor.height, after)

    def test_clients_apart(self) -> None:
        """By their keys."""
        floors = Floors(10)
        floors.of("a").raise_to(7)
        self.assertEqual((floors.of("a").height, floors.of("b").height), (7, -1))

    def test_so_many_are_remembered(self) -> None:
        """Who called least recently is forgotten."""
        floors = Floors(2)
        for key in "ab":
            floors.of(key).raise_to(1)
        floors.of("a")
        floors.of("c")
        self.assertEqual((len(floors), floors.of("a").height, floors.of("b").height), (2, 1, -1))

    def test_fewer_from_now_on(self) -> None:
        """As the configuration says."""
        floors = Floors(10)
        for key in range(10):
            floors.of(key)
        floors.most = 3
        floors.of("new")
        self.assertEqual(len(floors), 3)
