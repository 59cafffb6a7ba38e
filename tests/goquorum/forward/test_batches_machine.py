"""Batches over members that die, hang, refuse and come back: whatever happens, each entry has its place."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from quorumha.testing.goquorum.key_store import KEYS
from quorumha.testing.goquorum.rpc_error import RpcError
from tests.goquorum.forward.served_batches import ServedBatches, entry, silent
from tests.nightly import NIGHTLY

FAULT = RpcError(-32000, "header not found")

CALLS = st.sampled_from(
    ["read", "latest", "lookup", "send", "count", "sign", "once", "never", "broken", "silent"]
)
EVENTS = st.sampled_from(
    ["kill a1", "kill a2", "hang a1", "revive", "fault a1", "fault a2", "well", "mine", "none"]
)


class BatchesMachineTests(ServedBatches):
    """Order, ids, transactions."""

    def call_of(self, kind: str, id: int, account: str) -> Any:
        return {
            "read": entry("eth_chainId", id=id),
            "latest": entry("eth_getBalance", account, "latest", id=id),
            "lookup": entry("eth_getTransactionByHash", "0x" + "34" * 32, id=id),
            "send": entry("eth_sendTransaction", self.transaction(account), id=id),
            "count": entry("eth_getTransactionCount", account, "pending", id=id),
            "sign": entry("eth_sign", account, "0x12", id=id),
            "once": entry("eth_unheardOf", id=id),
            "never": entry("admin_peers", id=id),
            "broken": 5,
            "silent": silent("eth_chainId"),
        }[kind]

    def happen(self, event: str) -> None:
        what, _, name = event.partition(" ")
        if what in ("kill", "hang") and self.node(name).alive and not self.node(name).frozen:
            (self.proxy.kill if what == "kill" else self.proxy.hang)(name)
        elif what == "revive":
            for one in ("a1", "a2"):
                self.proxy.revive(one)
        elif what == "fault":
            self.node(name).replies["eth_getBalance"] = FAULT
        elif what == "well":
            for one in ("a1", "a2"):
                self.node(one).replies.clear()
        elif what == "mine":
            self.proxy.network.mine(1)

    @settings(max_examples=80 if NIGHTLY else 6, deadline=None)
    @given(
        st.lists(
            st.tuples(
                EVENTS,
                st.lists(st.tuples(CALLS, st.integers(0, 3)), min_size=1, max_size=8),
                st.sampled_from([0.0, 0.3, 2.0]),
            ),
            min_size=1,
            max_size=3,
        )
    )
    def test_ids_and_order_are_kept_and_no_transaction_is_lost_or_twice(
        self, steps: list[tuple[str, list[tuple[str, int]], float]]
    ) -> None:
        """Each answer stands in its place; acknowledged transactions exist once, without a gap."""
        self.serve('client_timeout = "1s"')
        acknowledged: list[str] = []
        try:
            for event, kinds, pause in steps:
                self.happen(event)
                calls = [self.call_of(kind, n, KEYS[account]) for n, (kind, account) in enumerate(kinds)]
                client = self.begin(*calls)
                self.proxy.net.advance(4.0)
                got = self.got(client)
                assert got is not None
                self.assertEqual(got.status, 200)
                due = [one.get("id") if isinstance(one, dict) else None for one in calls if self.answers(one)]
                found = json.loads(got.body) if got.body else []
                self.assertEqual([one["id"] for one in found], due)
                for call, answer in zip([one for one in calls if self.answers(one)], found, strict=True):
                    if (
                        isinstance(call, dict)
                        and call["method"] == "eth_sendTransaction"
                        and "result" in answer
                    ):
                        acknowledged.append(answer["result"])
                self.proxy.net.advance(pause)
            self.happen("revive")
            self.proxy.net.advance(5.0)
            self.assertEqual(len(set(acknowledged)), len(acknowledged))
            for hash in acknowledged:
                self.assertTrue(self.proxy.network.included(hash), hash)
            known = self.proxy.service.parts["rpc"].state.accounts
            for key in KEYS[:4]:
                nonces = [one.nonce for one in self.proxy.network.transactions_of(key)]
                self.assertEqual(nonces, list(range(len(nonces))))
                account = known.find(bytes.fromhex(key[2:]))
                self.assertTrue(account is None or account.account.under_way == 0)
            self.assertEqual(self.proxy.service.parts["rpc"].asker.kept.size, 0)
        finally:
            self.proxy.stop()
            self._cleanups.clear()

    @staticmethod
    def answers(call: Any) -> bool:
        return not isinstance(call, dict) or "id" in call
