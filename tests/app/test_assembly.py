"""What follows from a configuration, and what of it is kept."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.assembly import Assembly
from quorumha.app.kinds import parse_config
from quorumha.app.process_parts import ProcessParts
from quorumha.events import Observers
from quorumha.testing import MemoryTopology
from quorumha.testing.net.config_endpoints import MemoryEndpoints

POOL = '[pools.p]\nupstreams = ["tcp:10.0.0.1:80"]\n'
CHECKED = 'check = { kind = "http", path = "/up" }\n'
LISTENER = '[listeners.l]\nlisten = "tcp:80"\nserve = "tessera-q2t"\npool = "p"\n'
OTHER = LISTENER.replace("listeners.l", "listeners.m").replace("tcp:80", "tcp:81")


class AssemblyTests(SynchronousTestCase):
    def setUp(self) -> None:
        net = MemoryTopology()
        self.clock: Clock = net.clock
        self.process = ProcessParts(self.clock, Observers(), MemoryEndpoints(net, "proxy"))

    def assemble(self, text: str, before: Assembly | None = None) -> Assembly:
        made = Assembly(self.process, parse_config(text, "q.toml", {}), before)
        for _ in made.build():
            pass
        return made

    def test_holds_nothing(self) -> None:
        """One that never serves leaves no trace."""
        first = self.assemble(POOL + LISTENER)
        first.turn()
        watching = first.pools["p"]._up._entries
        second = self.assemble(POOL + CHECKED + LISTENER.replace("80", "90"), first)
        self.assertIs(second.pools["p"], first.pools["p"])
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertEqual(first.pools["p"]._up._entries, watching)

    def test_what_a_pool_says(self) -> None:
        """A listener is made anew where the checks of its pool are others: something may follow from them."""
        first = self.assemble(POOL + LISTENER)
        first.turn()
        members = self.assemble(POOL.replace("0.1:80", "0.2:80") + LISTENER, first)
        self.assertIs(members.parts["l"], first.parts["l"])
        self.assertIs(members.checks["p"], first.checks["p"])
        checks = self.assemble(POOL + CHECKED + LISTENER, first)
        self.assertIsNot(checks.parts["l"], first.parts["l"])
        self.assertIsNot(checks.checks["p"], first.checks["p"])

    def test_what_a_listener_knows(self) -> None:
        """Goes on in the one of its name."""
        first = self.assemble(POOL + LISTENER)
        first.turn()
        second = self.assemble(POOL + LISTENER + 'hedge = "1s"\nwaiting_requests = 3\n', first)
        old, new = first.parts["l"].state, second.parts["l"].state
        self.assertIs(new.memory, old.memory)
        self.assertIs(new.waiting_room, old.waiting_room)
        self.assertEqual(old.waiting_room.count, 256, "nothing is changed yet")
        second.parts["l"].start()
        self.assertEqual(old.waiting_room.count, 3)
        second.parts["l"].stop()

    def test_what_a_party_knows(self) -> None:
        """Is one for its listeners, also for one that comes later."""
        first = self.assemble(POOL + LISTENER + 'party = "ours"\n')
        first.turn()
        second = self.assemble(POOL + LISTENER + 'party = "ours"\n' + OTHER + 'party = "ours"\n', first)
        self.assertIs(second.parts["l"], first.parts["l"])
        self.assertIs(second.parts["m"].state.memory, first.parts["l"].state.memory)

    def test_budgets(self) -> None:
        """One of several listeners has half of it."""
        first = self.assemble("replay_budget = 3000\n" + POOL + LISTENER)
        first.turn()
        budget = first.replay_budgets["l"]
        self.assertEqual((budget.limit, self.process.replay.limit), (0, 3000))
        second = self.assemble("replay_budget = 5000\n" + POOL + LISTENER + OTHER, first)
        self.assertEqual(budget.limit, 0)
        second.turn()
        self.assertIs(second.replay_budgets["l"], budget)
        self.assertEqual((budget.limit, self.process.replay.limit), (2500, 5000))

    def test_no_checks_any_more(self) -> None:
        """Who was down for them is tried again."""
        first = self.assemble(POOL + LISTENER)
        first.turn()
        pool = first.pools["p"]
        pool.checked(pool.members[0], "dead", 0.0, "")
        second = self.assemble(POOL + 'check = "off"\n' + LISTENER, first)
        self.assertTrue(pool.members[0].health.down)
        second.turn()
        self.assertFalse(pool.members[0].health.down)
