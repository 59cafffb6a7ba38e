"""Private transactions at real GoQuorums, as applications ask for them, while a scenario is played.

Open loop: what is due is sent, however long what was sent before takes.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TypeAlias

from attrs import frozen

from tests.e2e.network import Network
from tests.integration.clients import Client, Cut, Silent
from tests.integration.side_by_side.dapps import CLIENT_TIMEOUT, Call
from tests.integration.side_by_side.figures import outage_of
from tests.integration.side_by_side.load import DRAIN, OUTSIDERS, PUSHES, SENDS
from tests.integration.side_by_side.scenarios import Scenario

#: More applications than ever wait at a time: all that are due within their time limit.
_THREADS = int((SENDS + PUSHES + OUTSIDERS) * CLIENT_TIMEOUT) + 16

#: Seconds from the load's beginning, and what is done then.
Act: TypeAlias = tuple[float, Callable[[], object]]

#: Makes a contract of a few bytes; the same that the captures show.
CODE = "0x601380600b6000396000f36000358054600101815560005260206000a000"


@frozen
class Row:
    """One part of one scenario, as counted outside.

    @ivar landed: transactions that took place although their application was told an error; of the whole
        run, and None in a row that is not its last.
    @ivar exits: of party A's geths, so far.
    @ivar outage: the longest time between two sends that succeeded, in seconds.
    @ivar errors: what applications were told, and how often.
    """

    scenario: str
    proxy: str
    sends: int
    sends_failed: int
    pushes: int
    pushes_failed: int
    landed: int | None
    exits: int
    outage: float
    errors: dict[str, int]


class Load:
    """All applications of one network.

    @ivar calls: C{"send"} at party A's geths, C{"push"} where party B's sends to party A, and
        C{"outsider"} where it sends to nobody.
    @ivar acknowledged: hashes of transactions that applications were told, with their kind.
    @param sends: and C{pushes}: so many a second.
    """

    def __init__(self, net: Network, sends: float = SENDS, pushes: float = PUSHES) -> None:
        self.calls: list[Call] = []
        self.acknowledged: dict[str, str] = {}
        self._net = net
        self._sends, self._pushes = sends, pushes
        self._accounts = [str(net.call(number, "eth_accounts")[0]) for number in range(3)]
        self._turns = itertools.cycle((0, 1))
        self._stopping: Future[None] | None = None
        self._begun: list[Future[object]] = []

    def play(self, scenario: Scenario, arm: str, also: Sequence[Act] = ()) -> list[Row]:
        """Send, and let happen what the scenario says.

        @param also: what else is done, each in a thread of its own.
        @return: one for the scenario, and one for its later part, if it has one.
        """
        never = threading.Event()
        before = self._taken()
        with contextlib.ExitStack() as stack:
            if self._net.proxy.rpc is not None:
                # An application that has its answer and stays connected.
                idle = stack.enter_context(Client(self._net.proxy.rpc))
                idle.ask("GET", "/upcheck")
            pool = stack.enter_context(ThreadPoolExecutor(_THREADS))
            begun = time.monotonic()
            others = [(after, partial(self._begin, pool, act)) for after, act in also]
            for after, act in sorted([*self._due(scenario, pool), *others], key=lambda due: due[0]):
                never.wait(max(0.0, begun + after - time.monotonic()))
                act()
                self._go_on()
            ended = time.monotonic()
        for one in self._begun:
            one.result()
        never.wait(DRAIN)
        told = sum(not call.error for call in self.calls)
        return self._rows(scenario, arm, begun, ended, self._taken() - before - told)

    def is_quick(self) -> bool:
        """Whether a private transaction from each party's geth takes less than a second: Java is warm."""
        begun = time.monotonic()
        a, b = (pair.public for pair in self._net.keys)
        for number, to in ((0, b), (1, b), (2, a)):
            self._ask("warm", number, [to])
        return time.monotonic() - begun < 3 and not any(call.error for call in self.calls[-3:])

    def _due(self, scenario: Scenario, pool: ThreadPoolExecutor) -> Iterator[Act]:
        """What is to be done, and when, in seconds from the load's beginning."""
        a, b = (pair.public for pair in self._net.keys)
        # Party A's turn is taken when a send is due, not by the thread that sends.
        asks: list[Act] = [
            (self._sends, lambda: pool.submit(self._ask, "send", next(self._turns), [b])),
            (self._pushes, lambda: pool.submit(self._ask, "push", 2, [a])),
        ]
        if scenario.outsiders:
            asks.append((OUTSIDERS, lambda: pool.submit(self._ask, "outsider", 2, [])))
        for rate, ask in asks:
            for number in range(int(scenario.seconds * rate)):
                yield number / rate, ask
        for after, action, number in scenario.events:
            yield after, getattr(self._net.tesseras[number], action)
        if scenario.restart is not None:
            yield scenario.restart, lambda: self._stop(pool)

    def _ask(self, kind: str, number: int, to: list[str]) -> None:
        asked = {"from": self._accounts[number], "data": CODE, "gas": "0x47b760", "privateFor": to}
        begun, error = time.monotonic(), ""
        try:
            key = self._net.call(number, "eth_sendTransaction", asked, limit=CLIENT_TIMEOUT)
            self.acknowledged[key] = kind
        except (OSError, Cut, Silent, ValueError, AssertionError) as problem:
            error = f"{type(problem).__name__}: {problem}"
        self.calls.append(Call(kind, begun, time.monotonic(), error))

    def _begin(self, pool: ThreadPoolExecutor, act: Callable[[], object]) -> None:
        self._begun.append(pool.submit(act))

    def _stop(self, pool: ThreadPoolExecutor) -> None:
        self._stopping = pool.submit(self._net.proxy.stop)

    def _go_on(self) -> None:
        """Start the proxy anew if it has ended: here, for it would not outlive a thread that starts it."""
        if self._stopping is not None and self._stopping.done():
            self._stopping.result()
            self._stopping = None
            self._net.proxy.start_anew()

    def _taken(self) -> int:
        """Transactions in blocks, of all three accounts.  Party B's geth is never in trouble."""
        return sum(
            int(self._net.call(2, "eth_getTransactionCount", account, "latest"), 16)
            for account in self._accounts
        )

    def _rows(self, scenario: Scenario, arm: str, begun: float, ended: float, landed: int) -> list[Row]:
        exits = sum(geth.popen.poll() is not None for geth in self._net.geths[:2])

        def row(name: str, since: float, until: float, load_ended: float, landed: int | None) -> Row:
            calls = [call for call in self.calls if since <= call.begun < until]
            sends = [call for call in calls if call.kind == "send"]
            pushes = [call for call in calls if call.kind == "push"]
            outage, _ = outage_of(self.calls, since, load_ended)
            failed = (sum(bool(call.error) for call in kind) for kind in (sends, pushes))
            told = dict(Counter(call.error for call in calls if call.error))
            counts = len(sends), next(failed), len(pushes), next(failed)
            return Row(name, arm, *counts, landed, exits, round(outage, 1), told)

        if scenario.later is None:
            return [row(scenario.name, begun, math.inf, ended, landed)]
        middle = begun + scenario.later[0]
        return [
            row(scenario.name, begun, middle, middle, None),
            row(scenario.later[1], middle, math.inf, ended, landed),
        ]
