"""What the demo asks, and which answers it takes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.demo.traffic import OTHER_KEY, OTHER_URL, Ask, PrivateTransactions, party, rpc, third_party
from quorumha.testing import Message, Reader, SimulatedGoQuorum, SimulatedTessera, TesseraStore
from quorumha.testing.http.node import NodeFactory
from quorumha.testing.tessera.state import Party


def read(data: bytes, requests: bool) -> Message:
    ended: list[Message] = []
    Reader(lambda _: None, ended.append, requests).feed(data)
    return ended[-1]


class TrafficTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.tessera = SimulatedTessera(Clock(), TesseraStore())
        self.tessera.state.parties[OTHER_URL.decode()] = Party({OTHER_KEY}, "v1,v2")

    def answer(self, port: NodeFactory, ask: Ask) -> Message:
        return read(port.respond(read(ask.data, requests=True)), requests=False)

    def wrong(self, port: NodeFactory, asks: Iterator[Ask]) -> list[str]:
        """Which of the first 50 a healthy node does not answer right."""
        return [ask.name for ask in islice(asks, 50) if not ask.right(self.answer(port, ask))]

    def test_healthy_nodes_answer_right(self) -> None:
        self.assertEqual(self.wrong(self.tessera.q2t, PrivateTransactions(0).asks()), [])
        self.assertEqual(self.wrong(self.tessera.third_party, third_party(0)), [])
        self.assertEqual(self.wrong(self.tessera.p2p, party(0)), [])
        self.assertEqual(self.wrong(SimulatedGoQuorum(Clock()).rpc, rpc(0)), [])

    def test_sick_ones_do_not(self) -> None:
        self.tessera.state.store.dead = True
        self.assertIn("/send", self.wrong(self.tessera.q2t, PrivateTransactions(0).asks()))
        self.assertIn("/push", self.wrong(self.tessera.p2p, party(0)))
        node = SimulatedGoQuorum(Clock())
        node.faults.database_dead = True
        self.assertEqual(len(self.wrong(node.rpc, rpc(0))), 50)

    def test_a_repeat_that_changed_nothing_is_right(self) -> None:
        asks = {ask.name: ask for ask in islice(party(0), 10)}
        answers = [self.answer(self.tessera.p2p, asks["/push"]) for _ in range(2)]
        self.assertEqual([a.status for a in answers], [201, 500])
        self.assertTrue(all(map(asks["/push"].right, answers)))
        node = SimulatedGoQuorum(Clock())
        raw = next(ask for ask in rpc(0) if ask.name == "eth_sendRawTransaction")
        self.assertTrue(all(raw.right(self.answer(node.rpc, raw)) for _ in range(2)))

    def test_an_answer_to_another_request_is_wrong(self) -> None:
        first, second, *_ = islice(rpc(0), 2)
        node = SimulatedGoQuorum(Clock())
        self.assertFalse(second.right(self.answer(node.rpc, first)))
