"""A subscriber over random schedules: every head and every log once, in order, under one id."""

from __future__ import annotations

import contextlib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from quorumha.testing.goquorum.key_store import KEYS
from quorumha.testing.goquorum.rpc_error import RpcError
from quorumha.testing.goquorum.transaction import Transaction
from tests.goquorum.websocket.test_subscribed import LOGS_ONCE, Subscribing
from tests.nightly import NIGHTLY

DATA = bytes.fromhex(LOGS_ONCE[2:])
MEMBERS = ("a1", "a2", "a3")
STEP = st.one_of(
    st.tuples(st.just("mine"), st.integers(1, 4)),
    st.tuples(st.just("log"), st.integers(1, 3)),
    st.tuples(st.sampled_from(("kill", "hang", "revive", "lag", "level", "holder")), st.integers(0, 2)),
    st.tuples(st.just("pass"), st.sampled_from((0, 1, 30, 400))),
)


class ScheduleTests(Subscribing):
    """Members die, hang, are behind, and come back, at any time."""

    def step(self, what: str, number: int) -> None:
        proxy, network = self.proxy, self.proxy.network
        if what == "pass":
            proxy.net.advance(number / 1000)
        elif what in ("mine", "log"):
            minter = network.minter
            if minter is not None:
                nonce = network.chain.nonce(KEYS[50], network.chain.height)
                for more in range(number if what == "log" else 0):
                    # It may have it from before.
                    with contextlib.suppress(RpcError):
                        minter.take(Transaction.made(KEYS[50], nonce + more, data=DATA))
                network.mine(number if what == "mine" else 1)
        elif what == "holder":
            for node in proxy.quorums.values():
                if self.sockets_at(node):
                    proxy.kill(node.name)
        elif what in ("lag", "level"):
            self.node(MEMBERS[number]).lag = 0.5 if what == "lag" else 0.0
        else:
            getattr(proxy, what)(MEMBERS[number])

    @settings(max_examples=500 if NIGHTLY else 12)
    @given(st.lists(STEP, max_size=25))
    def test_every_head_and_log_once_in_order_same_id(self, schedule: list[tuple[str, int]]) -> None:
        """Whatever happens, as long as somebody comes back."""
        self.serve(members=3)
        try:
            client = self.open()
            heads, logs = self.subscribe(client, "newHeads"), self.subscribe(client, "logs", {})
            before = self.proxy.network.chain.height
            for what, number in schedule:
                self.step(what, number)
            for name in MEMBERS:
                self.proxy.revive(name)
                self.node(name).lag = 0.0
            self.proxy.net.advance(3.0)
            self.mine()
            self.said(client, 3.0)
            self.assertIsNone(client.closed, client.close_reason)
            chain = self.proxy.network.chain
            self.assertEqual(self.numbers(client, heads), list(range(before + 1, chain.height + 1)))
            wanted = [(block.hash, hex(log.index)) for block in chain.blocks for log in block.logs]
            found: list[Any] = self.told(client, logs)
            self.assertEqual([(one["blockHash"], one["logIndex"]) for one in found], wanted)
        finally:
            self.proxy.stop()
