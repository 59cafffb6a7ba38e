"""Bodies of two listeners come, grow, end, leave: what is held is what is counted, and the largest pays."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.replay_budget import ReplayBudget
from tests.nightly import play

PICK = st.integers(0, 1 << 16)


class Body:
    """One that is kept; it stays, once it lost its replay, until it is sent."""

    def __init__(self, world: BudgetMachine, budget: ReplayBudget) -> None:
        self.world = world
        self.budget = budget
        self.complete = False
        self.shared = 0
        self.beginning = 0
        self.size = 0
        self.cost = 0
        self.kept = True

    def add(self, size: int, cost: int) -> None:
        before, self.size = self.size, self.size + size
        self.world.growing = self
        if self.budget.hold(self, before, size, cost):
            self.cost += cost
        else:
            self.world.pays(self, cost)
            self.kept = False
            self.budget.leave(self)

    def lose_replay(self) -> None:
        self.world.pays(self, 0)
        self.kept = False
        self.budget.leave(self)


class BudgetMachine(RuleBasedStateMachine):
    """See the module."""

    def __init__(self) -> None:
        super().__init__()
        self.whole = ReplayBudget(6000, beginning=50, beginnings_limit=400)
        self.parts = [self.whole.part(3000), self.whole.part(0)]
        self.bodies: list[Body] = []
        self.growing: Body | None = None
        self.lost = 0

    def pays(self, body: Body, more: int) -> None:
        """C{body} loses its replay: nobody that is not whole, and shares what is full, holds more."""
        assert not (body.complete and body is not self.growing), "it was whole"
        assert body.kept, "it has paid already"
        self.lost += 1
        mine = [b for b in self.bodies if b.kept and not b.complete and b.budget is body.budget]
        of_all = [b for b in self.bodies if b.kept and not b.complete]
        if body is self.growing:
            if not body.complete:
                held = body.shared + more
                others = [b for b in mine if b is not body]
                # It is the largest, or there is no room yet: who lost its replay is not sent yet.
                full = [s for s in (body.budget, self.whole) if s.limit and s.shared + more > s.limit]
                assert all(b.shared <= held for b in others) or full
        else:
            assert body.shared == max(b.shared for b in mine) or body.shared == max(b.shared for b in of_all)

    @rule(part=st.integers(0, 1))
    def comes(self, part: int) -> None:
        self.bodies.append(Body(self, self.parts[part]))

    @precondition(lambda self: any(b.kept and not b.complete for b in self.bodies))
    @rule(pick=PICK, size=st.integers(1, 1500), more=st.integers(0, 64), last=st.booleans())
    def grows(self, pick: int, size: int, more: int, last: bool) -> None:
        able = [b for b in self.bodies if b.kept and not b.complete]
        body = able[pick % len(able)]
        # As the engine does where the whole of it has come at once.
        body.complete = last and not body.size
        body.add(size, size + more)

    @precondition(lambda self: any(b.kept and not b.complete for b in self.bodies))
    @rule(pick=PICK)
    def ends(self, pick: int) -> None:
        able = [b for b in self.bodies if b.kept and not b.complete]
        able[pick % len(able)].complete = True

    @precondition(lambda self: any(not b.kept for b in self.bodies))
    @rule(pick=PICK, size=st.integers(1, 1000))
    def is_sent(self, pick: int, size: int) -> None:
        able = [b for b in self.bodies if not b.kept]
        body = able[pick % len(able)]
        gone = min(size, body.cost)
        body.cost -= gone
        body.budget.give_back(body, gone)

    @precondition(lambda self: bool(self.bodies))
    @rule(pick=PICK)
    def goes(self, pick: int) -> None:
        body = self.bodies.pop(pick % len(self.bodies))
        body.budget.give_back(body)
        assert (body.shared, body.beginning) == (0, 0)

    @invariant()
    def what_is_held_is_what_is_counted(self) -> None:
        assert self.whole.shared == sum(b.shared for b in self.bodies)
        assert self.whole.beginnings == sum(b.beginning for b in self.bodies)
        assert self.whole.leaving == sum(b.shared for b in self.bodies if not b.kept)
        assert all(b.shared + b.beginning == b.cost for b in self.bodies)
        for part in self.parts:
            assert part.shared == sum(b.shared for b in self.bodies if b.budget is part)
            assert part.leaving == sum(b.shared for b in self.bodies if b.budget is part and not b.kept)
        assert self.whole.lost == self.lost

    @invariant()
    def never_above_a_limit(self) -> None:
        assert self.whole.shared <= self.whole.limit
        assert self.whole.beginnings <= 400
        assert self.parts[0].shared <= self.parts[0].limit

    def teardown(self) -> None:
        for body in self.bodies:
            body.budget.give_back(body)
        assert (self.whole.used, self.whole.leaving) == (0, 0)
        assert [part.used + part.leaving for part in self.parts] == [0, 0]


class BudgetMachineTests(SynchronousTestCase):
    """Any sequence."""

    def test_any_sequence(self) -> None:
        play(BudgetMachine, 100, steps=40, health_checks=True)
