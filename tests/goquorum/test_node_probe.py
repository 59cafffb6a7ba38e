"""Tests for L{quorumha.goquorum.node_probe}: section 8 of the issue, with simulated nodes."""

from __future__ import annotations

import json
import math

from twisted.internet.task import Clock

from quorumha.goquorum.decide.facts import SignMissing
from quorumha.goquorum.decide.shown_signs import PRIVATE_STATE, SIGNS
from quorumha.testing import RpcError, ScriptedUpstream
from quorumha.testing.goquorum.node_socket import wants_socket
from quorumha.testing.http.plays import respond
from quorumha.testing.memory_proxy import http_request
from tests.goquorum.checked_rpc import CheckedRpc

GOOD = "its checks are good"


class AskedTests(CheckedRpc):
    """What is asked."""

    def test_one_post_each_interval_on_a_kept_connection(self) -> None:
        self.serve('private_state = "0s"')
        self.start(3.0)
        # Beside the proxy's own subscription to heads.
        requests = [one for one in self.node("a1").rpc.requests if not wants_socket(one)]
        self.assertGreater(len(requests), 10)
        for message in requests:
            self.assertTrue(message.head.startswith(b"POST / HTTP/1.1\r\n"), message.head)
            self.assertEqual([call["method"] for call in json.loads(message.body)], list(SIGNS))
        self.assertEqual(len(self.net.connections("10.0.0.21:8545")), 2)

    def test_heights_are_known(self) -> None:
        self.serve()
        self.network.mine(7)
        self.start()
        self.assertEqual((self.signs("a1").height, self.signs("a2").height), (7, 7))
        self.assertEqual(self.changes("a1"), [])


class DownTests(CheckedRpc):
    """Who is down."""

    def test_no_response_in_time(self) -> None:
        self.serve()
        self.start()
        self.proxy.hang("a1")
        self.net.advance(1.0)
        self.assertTrue(self.down("a1"))
        self.proxy.revive("a1")
        self.net.advance(1.0)
        self.assertEqual(self.changes("a1"), [("down", "no answer within 0.2 s"), ("up", GOOD)])

    def test_killed(self) -> None:
        self.serve()
        self.start()
        self.proxy.kill("a1")
        self.net.advance(1.0)
        self.assertTrue(self.down("a1"))
        self.assertFalse(self.down("a2"))

    def test_not_json(self) -> None:
        """Another program, or a balancer that says that nobody is there."""
        for play, cause in (
            (respond(200, b"<html>"), "its check is answered with what is not JSON-RPC"),
            (respond(502, b"Bad Gateway"), "its check is answered with 502"),
        ):
            self.serve(others={"a1": ScriptedUpstream(Clock(), then=play)})
            self.start()
            self.assertEqual(self.changes("a1"), [("down", cause)])
            self.assertFalse(self.down("a2"))

    def test_whole_batch_error(self) -> None:
        self.serve()
        self.start()
        for method in SIGNS:
            self.node("a1").replies[method] = RpcError(-32000, "database closed")
        self.net.advance(1.0)
        self.assertEqual(self.changes("a1"), [("down", "its check is answered with the error -32000")])
        self.node("a1").replies.clear()
        self.net.advance(1.0)
        self.assertFalse(self.down("a1"))

    def test_syncing_while_another_member_is_not(self) -> None:
        self.serve()
        self.start()
        self.node("a1").syncing = {"currentBlock": "0x1", "highestBlock": "0x9"}
        self.net.advance(1.0)
        self.assertEqual(self.changes("a1"), [("down", "it is syncing, and another member is not")])
        self.node("a1").syncing = False
        self.net.advance(1.0)
        self.assertFalse(self.down("a1"))

    def test_the_last_member_that_can_be_read_from_is_never_put_down(self) -> None:
        """Neither one that syncs alone, nor, once the other one is gone, one that was put down for it."""
        self.serve()
        self.start()
        self.node("a1").syncing = {"currentBlock": "0x1"}
        self.net.advance(1.0)
        self.assertTrue(self.down("a1"))
        self.proxy.kill("a2")
        self.net.advance(2.0)
        self.assertEqual((self.down("a1"), self.down("a2")), (False, True))
        self.assertEqual(self.proxy.ask(http_request(b"GET", b"/")).status, 200)
        self.proxy.revive("a2")
        self.net.advance(2.0)
        self.assertEqual((self.down("a1"), self.down("a2")), (True, False))

    def test_all_sync(self) -> None:
        """Then nobody is put down."""
        self.serve()
        for name in ("a1", "a2"):
            self.node(name).syncing = {"currentBlock": "0x1"}
        self.start(2.0)
        self.assertEqual(self.changes("a1") + self.changes("a2"), [])


class BehindTests(CheckedRpc):
    """Who is behind."""

    def test_behind(self) -> None:
        """It has not reached now what the best member had C{lag} ago: one event, and one when it has."""
        self.serve('lag = "1s"')
        self.start()
        self.node("a1").lag = math.inf
        self.network.mine()
        self.net.advance(0.9)
        self.assertEqual(self.signs("a1").behind, "")
        self.net.advance(0.8)
        cause = "at block 0, and the best one had 1 1 s ago"
        self.assertEqual(self.changes("a1"), [("behind", cause)])
        self.assertEqual((self.signs("a1").behind, self.down("a1")), (cause, False))
        self.network.mine()
        self.net.advance(3.0)
        self.assertEqual(len(self.changes("a1")), 1)
        self.node("a1").lag = 0.0
        self.net.advance(1.0)
        self.assertEqual(self.changes("a1")[1][0], "caught up")
        self.assertEqual(self.signs("a1").behind, "")
        self.assertEqual(self.changes("a2"), [])

    def test_an_idle_chain(self) -> None:
        """Age is no sign."""
        self.serve()
        self.start(60.0)
        self.assertEqual(self.changes("a1") + self.changes("a2"), [])

    def test_a_chain_that_was_made_anew(self) -> None:
        """Its height is believed after C{lag}."""
        self.serve()
        self.network.mine(5)
        self.start()
        for name in ("a1", "a2"):
            self.node(name).replies["eth_blockNumber"] = "0x1"
        self.net.advance(1.0)
        self.assertEqual(self.signs("a1").height, 5)
        self.net.advance(3.0)
        self.assertEqual((self.signs("a1").height, self.signs("a2").height), (1, 1))
        self.net.advance(5.0)
        self.assertEqual((self.signs("a1").behind, self.signs("a2").behind), ("", ""))


class ReadOnlyTests(CheckedRpc):
    """Who takes no transactions."""

    def test_a_minter_that_lost_its_majority(self) -> None:
        """It says "minter" for ever: C{raft_role} alone is no sign."""
        self.serve()
        self.start()
        minter = self.network.minter
        assert minter is not None
        for name, node in self.network.nodes.items():
            if name not in ("a1", "a2"):
                node.die()
        self.net.advance(5.0)
        for name in ("a1", "a2"):
            self.assertIn("raft has no m", self.signs(name).read_only, name)
            self.assertEqual([change for change, _ in self.changes(name)], ["read-only"])
            self.assertFalse(self.down(name))
        for node in self.network.nodes.values():
            if not node.alive:
                node.start()
        self.net.advance(5.0)
        for name in ("a1", "a2"):
            self.assertEqual([change for change, _ in self.changes(name)], ["read-only", "writable"])
            self.assertEqual(self.signs(name).read_only, "")

    def test_fewer_peers_than_asked_for(self) -> None:
        """While another usable member has them."""
        self.serve()
        self.start()
        self.node("a1").joined = False
        self.net.advance(1.0)
        self.assertEqual(self.changes("a1"), [("read-only", "connected to 0 other nodes")])
        self.node("a1").joined = True
        self.net.advance(1.0)
        self.assertEqual(self.changes("a1")[1], ("writable", "before: connected to 0 other nodes"))

    def test_no_peers_at_all(self) -> None:
        """A network of one node has none: nobody is read-only."""
        self.serve()
        self.start()
        for node in self.network.nodes.values():
            node.joined = False
        self.net.advance(1.0)
        self.assertEqual(self.changes("a1") + self.changes("a2"), [])

    def test_peers_of_0(self) -> None:
        """They are not looked at."""
        self.serve("peers = 0")
        self.start()
        self.node("a1").joined = False
        self.net.advance(1.0)
        self.assertEqual(self.changes("a1"), [])


class MissingTests(CheckedRpc):
    """Signs that are not exposed are not known."""

    def test_one_event_a_member_and_start(self) -> None:
        """And no effect."""
        self.serve()
        self.node("a1").modules.discard("raft")
        self.node("a1").modules.discard("debug")
        self.start(20.0)
        expected = SignMissing("quorum", "a1", f"raft_cluster, {PRIVATE_STATE}")
        self.assertEqual(self.facts.of(SignMissing), [expected])
        self.assertEqual(self.changes("a1"), [])
        self.proxy.apply(self.config('lag = "3s"'))
        self.proxy.kill("a1")
        self.net.advance(1.0)
        self.proxy.revive("a1")
        self.net.advance(2.0)
        self.assertEqual(self.facts.of(SignMissing), [expected])

    def test_one_that_comes_back_with_a_sign_has_it(self) -> None:
        """A restart may give it another C{--http.api}; what it lacks then is said once, too."""
        self.serve()
        node = self.node("a1")
        node.modules.discard("debug")
        self.start()
        self.assertEqual(self.signs("a1").missing, {PRIVATE_STATE})
        self.restart("a1")
        self.assertEqual(self.signs("a1").missing, {PRIVATE_STATE})
        node.modules.add("debug")
        node.modules.discard("raft")
        self.restart("a1")
        self.assertEqual(self.signs("a1").missing, {"raft_cluster"})
        node.modules.discard("debug")
        self.restart("a1")
        self.assertEqual(self.signs("a1").missing, {PRIVATE_STATE, "raft_cluster"})
        self.assertEqual([one.signs for one in self.facts.of(SignMissing)], [PRIVATE_STATE, "raft_cluster"])

    def restart(self, name: str) -> None:
        self.proxy.kill(name)
        self.net.advance(1.0)
        self.proxy.revive(name)
        self.net.advance(2.0)

    def test_none_at_all(self) -> None:
        """As of a node that gives none of them: it is used."""
        self.serve()
        for name in ("a1", "a2"):
            self.node(name).modules.clear()
        self.start(5.0)
        self.assertEqual(len(self.facts.of(SignMissing)), 2)
        self.assertEqual(self.changes("a1") + self.changes("a2"), [])

    def test_a_token_is_wanted(self) -> None:
        """It tells nothing to who has none: that is no fault."""
        self.serve()
        for name in ("a1", "a2"):
            self.node(name).tokens = {}
        self.start(5.0)
        self.assertEqual(self.changes("a1") + self.changes("a2"), [])
        self.assertEqual(self.facts.of(SignMissing), [])


class ChangedTests(CheckedRpc):
    """The configuration changes."""

    def test_checks_end(self) -> None:
        """Nothing says any more that a member is behind, or read-only."""
        self.serve()
        self.start()
        self.node("a1").joined = False
        self.net.advance(1.0)
        self.assertNotEqual(self.signs("a1").read_only, "")
        self.proxy.apply(self.config().replace("check = { ", 'check = { kind = "connect", '))
        self.assertEqual(self.signs("a1").read_only, "")
