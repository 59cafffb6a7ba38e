"""The story of C{docs/explanation} on real nodes: a Tessera dies, and no GoQuorum does.

Run with GoQuorum 24.4.1 and a Tessera of 2021 (one executable jar, which brings H2): it passed.

    GETH=/path/to/geth TESSERA_JAR=/path/to/tessera-app.jar python -m pytest tests/e2e

Java must be on the path.  It takes a few minutes at most, on loopback only.
"""

from __future__ import annotations

from tests.e2e.case import RealNodesCase
from tests.e2e.load import CODE

TRANSACTIONS = 20


class RealNodesTests(RealNodesCase):
    def setUp(self) -> None:
        super().setUp()
        self.net = self.network()

    def sent(self, number: int, to: list[str]) -> str:
        """The contract of a private transaction that was sent by a geth, once every geth has its block."""
        (account,) = self.net.call(number, "eth_accounts")
        asked = {"from": account, "data": CODE, "gas": "0x47b760", "privateFor": to}
        key = self.net.call(number, "eth_sendTransaction", asked)
        for other in range(3):
            self.net.until(
                lambda other=other: self.net.call(other, "eth_getTransactionReceipt", key) is not None,
                f"geth {other} has the block",
            )
        receipt = self.net.call(number, "eth_getTransactionReceipt", key)
        contract: str = receipt["contractAddress"]
        return contract

    def codes(self, contract: str) -> list[bool]:
        """Which geth has the contract's code in its private state."""
        return [self.net.call(number, "eth_getCode", contract, "latest") != "0x" for number in range(3)]

    def test_one_tessera_dies_and_no_geth(self) -> None:
        other = self.net.keys[1].public
        self.assertEqual(self.codes(self.sent(0, [other])), [True] * 3)
        self.net.tesseras[0].kill()
        for number in range(TRANSACTIONS):
            if number % 5 == 4:
                # An outsider's: what A's Tessera answers is 404, and must stay 404.
                self.assertEqual(self.codes(self.sent(2, [])), [False, False, True])
            else:
                self.assertEqual(self.codes(self.sent(number % 2, [other])), [True] * 3)
        for number, geth in enumerate(self.net.geths):
            self.assertIs(geth.popen.poll(), None, f"geth {number}: {geth.said()}")
