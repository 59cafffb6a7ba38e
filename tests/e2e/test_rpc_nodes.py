"""C{serve = "goquorum-rpc"} before real GoQuorums: transactions, heads, grades.

    GETH=/path/to/geth python -m pytest -s tests/e2e/test_rpc_nodes.py

No Tessera and no Java are needed.  It takes two minutes; with C{QUORUMHA_NIGHTLY=1} as many transactions are
sent as the promise speaks of.
"""

from __future__ import annotations

import json
import threading

import attrs

from tests.e2e.case import RpcNodesCase
from tests.e2e.processes import call
from tests.e2e.rpc_load import heads_over_two_deaths, transactions
from tests.e2e.rpc_network import RpcNetwork
from tests.integration.clients import Answer, ask
from tests.integration.side_by_side_rpc.figures import broken
from tests.nightly import NIGHTLY

COUNT = 2000 if NIGHTLY else 400
#: Seconds that clients wait at most: the time limit of calls.
LIMIT = 30.0
#: Nobody sets it.
_PAUSE = threading.Event()


class TransactionsTests(RpcNodesCase):
    """Four clients, ten accounts; half-way the first node gets into trouble."""

    def play(self, what: str, in_doubt: int) -> None:
        """None is lost, none takes place twice, no nonce is left out; each client has one unknown outcome."""
        found = transactions(self.network(), COUNT, what)
        print(f"\n{json.dumps(attrs.asdict(found))}")
        self.assertEqual(broken([found]), [], found)
        self.assertLessEqual(found.in_doubt, in_doubt, found)
        self.assertEqual(found.errors, 0, found)
        self.assertEqual(found.acknowledged + found.in_doubt, COUNT, found)
        self.assertLess(found.longest, LIMIT, found)

    def test_nothing_happens(self) -> None:
        """All are acknowledged."""
        self.play("nothing", in_doubt=0)

    def test_one_killed(self) -> None:
        """And started again, its accounts unlocked later."""
        self.play("killed", in_doubt=4)

    def test_one_stopped(self) -> None:
        """And continued: it does what it got meanwhile."""
        self.play("stopped", in_doubt=4)


class HeadsTests(RpcNodesCase):
    def test_heads_over_two_deaths(self) -> None:
        """Each once, in order, by one subscription on one socket."""
        client, due = heads_over_two_deaths(self.network())
        print(f"\n{len(due)} heads")
        self.assertEqual([number for _, number in client.heads], due)
        self.assertGreater(len(due), 20)
        self.assertTrue(client.linked)
        self.assertEqual((len(client.ids), client.sockets), (1, 1))


class GradesTests(RpcNodesCase):
    """What checks make of real signs."""

    def send(self, net: RpcNetwork, account: str) -> Answer:
        asked = {"from": account, "to": "0x" + "99" * 20, "gas": "0x15f90"}
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_sendTransaction", "params": [asked]})
        return ask(net.port, "POST", "/", body.encode(), "Content-Type: application/json\r\n", LIMIT)

    def test_a_namespace_that_is_not_there(self) -> None:
        """What a member does not show is not known, and held against nobody."""
        net = self.network()
        assert net.proxy is not None
        net.kill("a2")
        net.proxy.wait_said("a2 is down", LIMIT)
        net.start_node("a2", namespaces="eth,web3")
        net.proxy.wait_said("a2 does not have", LIMIT)
        net.proxy.wait_said("a2 is up", LIMIT)
        net.until_ready("a2")
        net.kill("a1")
        for account in net.accounts[:3]:
            self.assertIn(b'"result"', self.send(net, account).body)
        self.assertNotIn("a2 gets no transactions", net.proxy.log.read_text())

    def test_a_minter_that_lost_its_majority(self) -> None:
        """It says "minter" for ever, gets no transactions and is read from; it mints when others are back."""
        net = self.network(lines='client_timeout = "6s"')
        assert net.proxy is not None
        if net.call("b", "raft_role") == "minter":
            net.kill("b")
            net.until(lambda: "minter" in {net.call(one, "raft_role") for one in ("a1", "a2")}, "a minter")
        minter, other = sorted(("a1", "a2"), key=lambda one: str(net.call(one, "raft_role") != "minter"))
        for name in (other, "b"):
            net.kill(name)
        net.proxy.wait_said(f"{minter} gets no transactions: raft has no majority", LIMIT)
        refused = self.send(net, net.accounts[0])
        said = json.loads(refused.body)["error"]
        self.assertEqual((refused.status, said["code"]), (503, -32050), said)
        self.assertIn(f"{minter}: read-only: raft has no majority", said["message"])
        self.assertEqual(net.call(minter, "raft_role"), "minter")
        self.assertEqual(call(net.port, "eth_chainId"), "0xa")
        for name in (other, "b"):
            net.start_node(name)
        net.proxy.wait_said(f"{minter} gets transactions again", LIMIT)
        hash = json.loads(self.send(net, net.accounts[0]).body)["result"]
        net.until(lambda: net.call(minter, "eth_getTransactionReceipt", hash) is not None, "it is mined")
