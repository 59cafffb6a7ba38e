"""C{AccountsServed}: a C{goquorum-rpc} listener whose clients send transactions of accounts."""

from __future__ import annotations

from typing import Any

from quorumha.goquorum.decide.home import home_order
from quorumha.testing.goquorum.key_store import KEYS
from tests.goquorum.served_rpc import ServedRpc

TO = "0x" + "99" * 20


class AccountsServed(ServedRpc):
    """With an account that is at home at a1, and others."""

    def home(self, account: str) -> str:
        """The name of its member."""
        members = self.proxy.service.pools["quorum"].members
        return home_order(bytes.fromhex(account[2:]), members)[0].name

    def account_at(self, name: str = "a1") -> str:
        """One that is at home there."""
        return next(key for key in KEYS[:10] if self.home(key) == name)

    def transaction(self, account: str, **fields: Any) -> dict[str, Any]:
        """One without a nonce unless given."""
        return {"from": account, "to": TO, "value": "0x0", "gas": "0x5208", **fields}

    def pay(self, account: str, *, within: float = 0.2, **fields: Any) -> dict[str, Any]:
        """What C{eth_sendTransaction} is answered with."""
        return self.call("eth_sendTransaction", self.transaction(account, **fields), within=within)

    def moved_unseen(self, listener: str = "") -> str:
        """An account of a1, which died with the only copy of its last transaction."""
        self.serve(f'acknowledge = "at-once"\n{listener}')
        account = self.account_at("a1")
        self.pay(account)
        self.proxy.net.advance(1.0)
        self.proxy.network.gossip = None
        self.proxy.network.block_time = 1000.0
        self.pay(account)
        self.proxy.kill("a1")
        self.proxy.net.advance(1.0)
        return account
