"""Every head and every log once and in order, over any sequence of deaths, lags and fills."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.carry_over import CarryOver
from quorumha.goquorum.decide.head_carry_over import HeadCarryOver
from quorumha.goquorum.decide.log_carry_over import LogCarryOver
from tests.goquorum.decide.carry_over_model import CarryOverModel
from tests.nightly import NIGHTLY

#: What may happen next, with a number that says how much of it, or to whom.
STEPS: dict[str, Callable[[CarryOverModel, int], None]] = {
    "mint": lambda model, n: model.mint(n),
    "rise": lambda model, n: model.rise(model.current, n),
    "rise another": lambda model, n: model.rise(n % 3, n),
    "deliver": lambda model, n: model.deliver(n),
    "deliver all": lambda model, n: model.deliver(100),
    "fail over": lambda model, n: model.fail_over(n % 3),
    "fail over and ask": lambda model, n: (model.fail_over(n % 3), model.ask())[0],
    "ask": lambda model, n: model.ask(),
    "fill": lambda model, n: model.fill(),
    "quiet": lambda model, n: model.quiet(),
}
SCHEDULES = st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(1, 4)), max_size=40)
COUNT = 5000 if NIGHTLY else 300


def play(machine: CarryOver, schedule: list[tuple[str, int]], *, of_logs: bool) -> None:
    model = CarryOverModel(machine, of_logs=of_logs)
    for step, n in schedule:
        STEPS[step](model, n)
        assert model.passed == model.wanted[: len(model.passed)], model.passed
    model.finish()
    assert model.passed == model.wanted, (model.passed, model.wanted)


class CarryOverTests(SynchronousTestCase):
    """Random schedules."""

    @settings(max_examples=COUNT)
    @given(SCHEDULES)
    def test_every_head_once_and_in_order(self, schedule: list[tuple[str, int]]) -> None:
        """Whoever dies, is behind, or dies during the fill."""
        play(HeadCarryOver(3), schedule, of_logs=False)

    @settings(max_examples=COUNT)
    @given(SCHEDULES)
    def test_every_log_once_and_in_order(self, schedule: list[tuple[str, int]]) -> None:
        """Within a block, too."""
        play(LogCarryOver(b'["logs",{"address":"0x1"}]', 3), schedule, of_logs=True)
