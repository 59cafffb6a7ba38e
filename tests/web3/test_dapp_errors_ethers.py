"""docs/howto/dapp-errors.md: its block for ethers, run by node where both are there (C{NODE_PATH})."""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import cache
from typing import Any

from twisted.trial.unittest import SkipTest

from tests.documents import blocks
from tests.web3.web3_case import Web3Case

#: Reads one JSON from its arguments, says one at the end.
PROGRAM = """
const { JsonRpcProvider, JsonRpcSigner } = require("ethers");
%s
(async () => {
  const { url, transaction, seconds, options } = JSON.parse(process.argv[1]);
  const provider = new JsonRpcProvider(url, undefined, options);
  const signer = new JsonRpcSigner(provider, transaction.from);
  try {
    console.log(JSON.stringify({ hash: await send(signer, transaction, seconds, 0.05) }));
  } catch (failure) {
    const cause = failure.cause ?? failure;
    const { message, transactionHash } = failure;
    console.log(JSON.stringify({ message, transactionHash, error: errorIn(cause) }));
  }
  provider.destroy();
})();
"""


@cache
def lacks() -> str:
    """Why it cannot be run; empty: it can be."""
    if shutil.which("node") is None:
        return "node is not installed"
    found = subprocess.run(["node", "-e", 'require("ethers")'], capture_output=True, check=False)
    return "node finds no ethers" if found.returncode else ""


class EthersTests(Web3Case):
    """The function C{send}."""

    def setUp(self) -> None:
        if lacks():
            raise SkipTest(lacks())
        super().setUp()
        (block,) = [one for one in blocks("js") if one.page == "docs/howto/dapp-errors.md"]
        self.program = PROGRAM % block.text

    def send(self, account: str, seconds: float = 60.0, **options: Any) -> Any:
        """What C{send} comes to.

        @param options: of the provider.
        """
        asked = {
            "url": self.url,
            "transaction": {"from": account, "to": account, "gasLimit": 21000, "gasPrice": 0},
            "seconds": seconds,
            "options": options,
        }
        said = subprocess.run(
            ["node", "-e", self.program, json.dumps(asked)], capture_output=True, check=False
        )
        self.assertEqual(said.stderr, b"")
        return json.loads(said.stdout)

    async def test_32051(self) -> None:
        """Is raised as an unknown outcome, with the hash."""
        await self.serve()

        def client() -> None:
            account = self.accounts[0]
            home = self.home(account)

            def die(_: Any) -> None:
                home.die()

            self.network.gossip = None
            home.replies["eth_getRawTransactionByHash"] = die
            found = self.send(account)
            self.assertEqual(found["message"], "outcome unknown")
            self.assertEqual(found["transactionHash"], found["error"]["data"]["transactionHash"])

        await self.in_thread(client)

    async def test_32052(self) -> None:
        """With a 503 and without one: nothing was done, and it is sent again."""
        await self.serve('acknowledge = "at-once"\nclient_timeout = "500ms"')

        def client() -> None:
            account = self.accounts[0]
            home = self.home(account)
            self.network.gossip = None
            self.assertIn("hash", self.send(account))
            self.at_once(home.die)
            found = self.send(account, -1.0, batchMaxCount=1)
            self.assertEqual(found["error"]["code"], -32052)
            self.network.gossip = 0.001
            self.at_once(home.start)
            self.assertIn("hash", self.send(account))
            while self.at_once(self.nonces, account) != [0, 1]:
                pass

        await self.in_thread(client)
