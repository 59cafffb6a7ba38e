"""What a Tessera listener is counted to have saved: requests that waited, false 404s, unknown outcomes."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from quorumha.numbers import ListenerNumbers
from quorumha.testing import on_paths
from tests.tessera.test_listener import SEND, UNKNOWN, request
from tests.tessera_world import World


def numbers_of(world: World) -> ListenerNumbers:
    """The listener's."""
    return world.service.numbers["l"]


def stored(world: World) -> str:
    """The key of a raw payload that the listener took."""
    said = world.ask(request(b"POST", b"/storeraw", b'{"payload":"aGVsbG8="}'))
    return str(json.loads(said.body)["key"])


class WaitingTests(SynchronousTestCase):
    """Requests that find no member."""

    def test_served_or_not(self) -> None:
        """Who gets a member's response was served; who leaves was not, nor who waited in vain."""
        world = World()
        for name in "ab":
            world.net.kill(f"{name}:1")
        served, leaves = world.client(request(b"GET", UNKNOWN)), world.client(request(b"GET", UNKNOWN))
        world.net.advance(1)
        numbers = numbers_of(world)
        self.assertEqual((numbers.waited, numbers.waiting_dropped), (0, 0))
        leaves.abort()
        world.net.run()
        self.assertEqual((numbers.waited, numbers.waiting_dropped), (0, 1))
        world.net.revive("b:1")
        world.net.advance(1)
        self.assertEqual((numbers.waited, numbers.waiting_dropped), (1, 1))
        self.assertIsNotNone(world.response(served))
        world.net.kill("b:1")
        world.ask(request(b"GET", UNKNOWN), within=10)
        self.assertEqual((numbers.waited, numbers.waiting_dropped), (1, 2))
        self.assertEqual(sum(numbers.own.values()), 1)


class LookupTests(SynchronousTestCase):
    """404s."""

    def test_false_ones(self) -> None:
        """Those that a member said, and its client never saw; the copy of C{b} lags."""
        world = World(lag=20)
        where = world.ask(request(b"POST", b"/send", SEND)).get(b"location")
        self.assertEqual(len(world.nodes["a"].q2t.handled), 1, "which has it first")
        assert where is not None
        target = where.removeprefix(b"http://proxy")
        before = len(world.nodes["b"].q2t.handled)
        for _ in range(4):
            self.assertEqual(world.ask(request(b"GET", target), within=5).status, 200)
        false = len(world.nodes["b"].q2t.handled) - before
        self.assertGreater(false, 0)
        self.assertEqual(numbers_of(world).false_404_prevented, false)

    def test_true_ones(self) -> None:
        world = World()
        self.assertEqual(world.ask(request(b"GET", UNKNOWN)).status, 404)
        self.assertEqual(numbers_of(world).false_404_prevented, 0)


class OutcomeTests(SynchronousTestCase):
    """A member that died with a request: another one knows what it did."""

    def dies_with(self, world: World, path: str) -> None:
        """Whoever gets such a request first."""
        for name, node in world.nodes.items():
            node.faults.die_after_commit, node.faults.only = True, on_paths(path)
            node.faults.on_death = lambda place=f"{name}:1": self.died(world, place)  # type: ignore[misc]

    def died(self, world: World, place: str) -> None:
        for node in world.nodes.values():
            node.faults.die_after_commit = False
        world.net.kill(place)

    def test_signed(self) -> None:
        world = World()
        body = json.dumps({"hash": stored(world), "to": []}).encode()
        self.dies_with(world, "/sendsignedtx")
        self.assertEqual(world.ask(request(b"POST", b"/sendsignedtx", body), within=5).status, 201)
        self.assertEqual(dict(numbers_of(world).outcomes_resolved), {"POST /sendsignedtx": 1})

    def test_delete(self) -> None:
        world = World()
        where = world.ask(request(b"POST", b"/send", SEND)).get(b"location")
        assert where is not None
        target = where.removeprefix(b"http://proxy")
        self.dies_with(world, "/transaction")
        self.assertEqual(world.ask(request(b"DELETE", target), within=5).status, 204)
        self.assertEqual(dict(numbers_of(world).outcomes_resolved), {"DELETE /transaction": 1})

    def test_nobody_in_doubt(self) -> None:
        world = World()
        body = json.dumps({"hash": stored(world), "to": []}).encode()
        self.assertEqual(world.ask(request(b"POST", b"/sendsignedtx", body), within=5).status, 201)
        self.assertEqual(dict(numbers_of(world).outcomes_resolved), {})
