"""C{CarryOverModel}: a chain, members that have come so far along it, and one subscription over them."""

from __future__ import annotations

import json
from typing import Any

from quorumha.goquorum.decide.carry_over import CarryOver

Block = tuple[int, int]


class Chain:
    """Blocks with so many logs each; the first one has none."""

    def __init__(self) -> None:
        self.logs = [0]

    @property
    def height(self) -> int:
        return len(self.logs) - 1

    def header(self, number: int) -> dict[str, Any]:
        return {"number": hex(number), "hash": f"h{number}", "size": "0x1", "totalDifficulty": "0x0"}

    def head(self, number: int) -> dict[str, Any]:
        return {"number": hex(number), "hash": f"h{number}"}

    def logs_of(self, number: int) -> list[dict[str, Any]]:
        return [
            {"blockNumber": hex(number), "blockHash": f"h{number}", "logIndex": hex(index), "removed": False}
            for index in range(self.logs[number])
        ]


class CarryOverModel:
    """What members say of a chain, and what a machine makes of it.

    @ivar heights: how far each member has come; they only rise.
    @ivar passed: what the client got.
    """

    def __init__(self, machine: CarryOver, *, of_logs: bool) -> None:
        self.machine = machine
        machine.chunk = 2
        self.of_logs = of_logs
        self.chain = Chain()
        self.heights = [0, 0, 0]
        self.current = 0
        #: What the member has said and nobody has got yet.
        self.said: list[bytes] = []
        self.asked = True
        self.passed: list[Any] = []
        machine.begin(0)

    def mint(self, logs: int) -> None:
        self.chain.logs.append(logs)

    def rise(self, member: int, blocks: int) -> None:
        """It takes so many more blocks of the chain, and says them."""
        for _ in range(blocks):
            if self.heights[member] >= self.chain.height:
                return
            self.heights[member] += 1
            if member == self.current:
                self.said += [json.dumps(one).encode() for one in self.items(self.heights[member])]

    def items(self, number: int) -> list[dict[str, Any]]:
        return self.chain.logs_of(number) if self.of_logs else [self.chain.head(number)]

    def deliver(self, count: int) -> None:
        for _ in range(min(count, len(self.said))):
            self.take(self.machine.item(self.said.pop(0)))

    def take(self, items: list[bytes]) -> None:
        self.passed += [json.loads(one) for one in items]

    def quiet(self) -> None:
        """All that the member said has come, and it lives."""
        if not self.said and self.asked and self.machine.needs is None:
            self.machine.complete(self.heights[self.current])

    def fail_over(self, member: int) -> None:
        """The member dies with what it has said; another one is subscribed to."""
        self.machine.lose(self.heights[self.current])
        self.said.clear()
        self.current = member
        self.machine.attach()
        self.asked = False

    def ask(self) -> None:
        """How far it is."""
        if not self.asked:
            self.asked = True
            self.take(self.machine.reached(self.heights[self.current]))

    def fill(self) -> None:
        """One part of what was missed."""
        machine = self.machine
        if machine.needs is None:
            return
        first, last = machine.needs
        last = min(last, first + machine.chunk - 1)
        results = [self.result(method, json.loads(params)) for method, params in machine.calls(first, last)]
        items = machine.read(results)
        if items is not None:
            self.take(machine.filled(last, items))

    def result(self, method: str, params: list[Any]) -> bytes:
        height = self.heights[self.current]
        if method == "eth_getHeaderByNumber":
            number = int(params[0], 16)
            return json.dumps(self.chain.header(number) if number <= height else None).encode()
        assert method == "eth_getLogs"
        first, last = int(params[0]["fromBlock"], 16), int(params[0]["toBlock"], 16)
        found = [one for n in range(first, min(last, height) + 1) for one in self.chain.logs_of(n)]
        return json.dumps(found).encode()

    def finish(self) -> None:
        """Nothing fails any more, and everything comes."""
        self.ask()
        for _ in range(60):
            self.rise(self.current, 1)
            self.deliver(100)
            self.fill()

    @property
    def wanted(self) -> list[dict[str, Any]]:
        """Everything, once and in order."""
        return [one for number in range(1, self.chain.height + 1) for one in self.items(number)]
