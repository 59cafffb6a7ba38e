"""Whatever happens to members, latest does not run backwards for a client that was not told so."""

from __future__ import annotations

import json
import math

from hypothesis import given, settings
from hypothesis import strategies as st

from quorumha.goquorum.decide.facts import Behind
from tests.goquorum.served_rpc import ServedRpc

NAMES = ("a1", "a2", "a3")
STEPS = st.one_of(
    st.tuples(st.just("mine"), st.integers(1, 3)),
    st.tuples(st.just("lag"), st.sampled_from(NAMES), st.sampled_from((0.0, 0.5, 3.0, math.inf))),
    st.tuples(st.sampled_from(("kill", "hang", "revive")), st.sampled_from(NAMES)),
    st.tuples(st.just("pass"), st.sampled_from((0.05, 0.3, 1.0))),
    st.tuples(st.just("ask"), st.sampled_from(("eth_blockNumber", "eth_getBlockByNumber", "eth_chainId"))),
    st.tuples(st.just("ask"), st.sampled_from(("eth_blockNumber", "eth_getBlockByNumber"))),
)


class ReadsMachineTests(ServedRpc):
    """Three members, one client that asks one thing after the other."""

    @settings(max_examples=15)
    @given(st.lists(STEPS, min_size=5, max_size=25))
    def test_latest_never_runs_backwards(self, steps: list[tuple[object, ...]]) -> None:
        """But after C{behind}."""
        self.serve('client_timeout = "3s"', members=3)
        seen = told = 0
        for step in steps:
            match step:
                case ("mine", int(blocks)):
                    if self.proxy.network.minter is not None:
                        self.proxy.network.mine(blocks)
                case ("lag", str(name), float(seconds)):
                    self.node(name).lag = seconds
                case ("kill", str(name)):
                    self.proxy.kill(name)
                case ("hang", str(name)):
                    self.proxy.hang(name)
                case ("revive", str(name)):
                    self.proxy.revive(name)
                case ("pass", float(seconds)):
                    self.proxy.net.advance(seconds)
                case ("ask", str(method)):
                    height = self.height(method)
                    if height is not None:
                        behind = len(self.facts.of(Behind))
                        if behind == told:
                            self.assertGreaterEqual(height, seen)
                        seen, told = height, behind
        self.proxy.stop()

    def height(self, method: str) -> int | None:
        """What a call tells of the latest block."""
        params: tuple[object, ...] = ("latest", False) if method == "eth_getBlockByNumber" else ()
        client = self.send(method, *params)
        for _ in range(100):
            if self.got(client) is not None:
                break
            self.proxy.net.advance(0.05)
        got = self.got(client)
        # Nobody waits longer than C{client_timeout}, and one member's hang.
        assert got is not None
        client.close()
        self.proxy.net.run()
        answer = json.loads(got.body)
        if method == "eth_chainId" or got.status != 200:
            return None
        result = answer["result"]
        return int(result if isinstance(result, str) else result["number"], 16)
