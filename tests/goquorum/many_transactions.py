"""C{ManyTransactions}: clients that send transactions without a nonce, and what came of these."""

from __future__ import annotations

import json
from collections import Counter
from random import Random

from attrs import define, field

from quorumha.testing.fact_recorder import FactRecorder
from quorumha.testing.goquorum.key_store import KEYS
from quorumha.testing.http.recording import Recorder
from quorumha.testing.memory_proxy import MemoryProxy
from tests.goquorum.served_rpc import CHECK, CONFIG, rpc_request

#: Seconds after which a client sends again what it was told was not done.
AGAIN = 0.5
#: Seconds from one look at the clients to the next.
TICK = 0.002
#: Seconds that a transaction takes from one node to another.
GOSSIP = (0.0007,) * 12 + (0.002,) * 5 + (0.007,) * 2 + (0.032,)
#: Accounts that they send from.
ACCOUNTS = KEYS[:10]


@define(eq=False)
class Client:
    """One client: it waits for each answer.

    @ivar left: how many it still sends.
    @ivar acknowledged: by the mark that is a transaction's data: the hash that it was told.
    @ivar unknown: marks of which it was told that nobody knows.
    @ivar refused: what it was told of others, by code: nothing was done, and it sends them again.
    @ivar longest: seconds that it waited for one answer.
    """

    proxy: MemoryProxy
    number: int
    left: int
    random: Random
    acknowledged: dict[str, str] = field(factory=dict)
    unknown: dict[str, str] = field(factory=dict)
    refused: Counter[int] = field(factory=Counter)
    longest: float = 0.0
    _call: bytes = b""
    _mark: str = ""
    _since: float = 0.0
    _sent: Recorder | None = None
    _again_at: float = 0.0

    @property
    def done(self) -> bool:
        """It has an answer to each."""
        return not (self.left or self._call)

    def step(self, now: float) -> None:
        """Send, or look whether the answer is there."""
        if self._sent is not None:
            self._look(self._sent, now)
        elif now >= self._again_at and not self.done:
            if not self._call:
                self._make()
            self._sent, self._since = self.proxy.client(self._call), now

    def _make(self) -> None:
        self.left -= 1
        self._mark = f"0x{self.number:04x}{self.left:08x}"
        call = {"from": self.random.choice(ACCOUNTS), "to": "0x" + "99" * 20, "data": self._mark}
        self._call = rpc_request("eth_sendTransaction", {**call, "gas": "0x15f90"})

    def _look(self, sent: Recorder, now: float) -> None:
        response = self.proxy.response(sent, b"POST")
        if response is None:
            return
        self.longest = max(self.longest, now - self._since)
        sent.close()
        self._sent = None
        said = json.loads(response.body)
        if "result" in said:
            self.acknowledged[self._mark], self._call = said["result"], b""
        elif said["error"]["code"] == -32051:
            assert response.status == 200, response.status
            self.unknown[self._mark] = said["error"]["data"].get("transactionHash", "")
            self._call = b""
        else:
            assert response.status == 503, said
            self.refused[said["error"]["code"]] += 1
            self._again_at = now + AGAIN


class ManyTransactions:
    """Some clients before one proxy, or two."""

    def __init__(
        self, count: int, clients: int = 4, proxies: int = 1, seed: int = 1, listener: str = ""
    ) -> None:
        """
        @param count: transactions in all.
        @param listener: further lines of the listener.
        """
        self.facts = FactRecorder()
        upstreams = ", ".join(f'{{ name = "a{n}", endpoint = "http://10.0.0.2{n}:8545" }}' for n in (1, 2))
        config = CONFIG % (upstreams, CHECK, listener)
        first = MemoryProxy(config, observers=self.facts.observers)
        self.proxies = [first]
        for n in range(1, proxies):
            self.proxies.append(
                MemoryProxy(
                    config,
                    first.net,
                    host=f"proxy{n}",
                    network=first.network,
                    observers=self.facts.observers,
                )
            )
        self.net, self.network = first.net, first.network
        for n, proxy in enumerate(self.proxies):
            proxy.simulate()
            proxy.start()
            # Two processes do not check at the same moment.
            self.net.advance(0.07 * n)
        self.net.advance(1.0)
        delays = Random(seed)
        # Measured at real nodes: 0.7 ms at the median, 7 ms at the 95th percentile, 32 ms at worst.
        self.network.gossip = lambda sender, receiver: delays.choice(GOSSIP)
        for node in first.quorums.values():
            # So that calls are in its hands at any moment.
            node.faults.lag = 0.005
        self.count = count
        self.clients = [
            Client(self.proxies[n % proxies], n, count // clients, Random(seed * 100 + n))
            for n in range(clients)
        ]

    def run(self, until: float = 1.0) -> None:
        """Let clients go on until they have an answer to such a share of all."""
        clock = self.net.clock
        end = clock.seconds() + 60 + self.count
        while sum(len(one.acknowledged) + len(one.unknown) for one in self.clients) < until * self.count:
            assert clock.seconds() < end, [(one.refused, one.left) for one in self.clients]
            for client in self.clients:
                client.step(clock.seconds())
            self.net.advance(TICK)

    def go_on(self, seconds: float) -> None:
        """For so long."""
        end = self.net.clock.seconds() + seconds
        while self.net.clock.seconds() < end:
            for client in self.clients:
                client.step(self.net.clock.seconds())
            self.net.advance(TICK)

    def stop(self) -> None:
        """End the proxies."""
        for proxy in self.proxies:
            proxy.stop()

    # What came of it.

    def faults(self) -> dict[str, object]:
        """What is wrong with the chain, by what was told: all are to be empty."""
        self.net.advance(3.0)
        mined: Counter[str] = Counter()
        gaps = []
        for account in ACCOUNTS:
            transactions = self.network.transactions_of(account)
            mined.update(f"0x{one.data.hex()}" for one in transactions)
            if [one.nonce for one in transactions] != list(range(len(transactions))):
                gaps.append(account)
        told = {mark: hash for one in self.clients for mark, hash in one.acknowledged.items()}
        return {
            "lost": [mark for mark in told if not mined[mark]],
            "another hash": [mark for mark, hash in told.items() if not self.network.included(hash)],
            "twice": [mark for mark, times in mined.items() if times > 1],
            "gaps": gaps,
        }

    @property
    def unknown(self) -> list[int]:
        """Unknown outcomes, of each client."""
        return [len(one.unknown) for one in self.clients]

    def figures(self) -> str:
        """In a line."""
        refused: Counter[int] = sum((one.refused for one in self.clients), Counter())
        return (
            f"{sum(len(one.acknowledged) for one in self.clients)} acknowledged, unknown {self.unknown}, "
            f"not done {dict(refused)}, longest {max(one.longest for one in self.clients):.2f} s"
        )
