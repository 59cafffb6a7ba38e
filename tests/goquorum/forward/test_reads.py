"""Reads over HTTP, before simulated nodes: each rule of them."""

from __future__ import annotations

import json
import math

from quorumha.goquorum.decide.facts import Behind
from quorumha.testing.goquorum.rpc_error import RpcError
from tests.goquorum.served_rpc import ServedRpc, data_of, rpc_request

ACCOUNT = "0x" + "12" * 20
HASH = "0x" + "34" * 32
NODE_FAULT = RpcError(-32000, "header not found")


class VerdictTests(ServedRpc):
    """What an answer of a member leads to."""

    def test_reads_go_to_members_in_turn(self) -> None:
        """Each its share."""
        self.serve()
        for _ in range(4):
            self.assertEqual(self.call("eth_chainId")["result"], "0x1ea1")
        self.assertEqual(set(list(self.asked("eth_chainId").values())[:2]), {2})

    def test_verdict_node_asks_the_next_member(self) -> None:
        """Another one does better."""
        self.serve()
        self.node("a1").replies["eth_call"] = NODE_FAULT
        for _ in range(4):
            self.assertIn("result", self.call("eth_call", {"to": ACCOUNT}, "latest"))
        self.assertEqual(self.asked("eth_call")["a2"], 4)

    def test_caller_and_anything_not_listed_is_delivered_at_once(self) -> None:
        """No second member is asked."""
        self.serve()
        for text in ("execution reverted", "never seen before"):
            for name in ("a1", "a2"):
                self.node(name).replies["eth_call"] = RpcError(-32000, text)
            before = self.asked("eth_call")
            self.assertEqual(self.call("eth_call", {"to": ACCOUNT}, "latest")["error"]["message"], text)
            self.assertEqual(sum(self.asked("eth_call").values()), sum(before.values()) + 1)

    def test_no_such_method_asks_the_next_member(self) -> None:
        """Namespaces may differ."""
        self.serve()
        self.node("a1").modules.discard("txpool")
        for _ in range(4):
            self.assertIn("result", self.call("txpool_status"))

    def test_when_all_say_a_nodes_fault_the_first_such_answer_is_delivered(self) -> None:
        """Byte for byte."""
        self.serve()
        for name in ("a1", "a2"):
            self.node(name).replies["eth_call"] = RpcError(-32000, f"missing trie node {name}")
        said = {self.call("eth_call", {"to": ACCOUNT}, "latest")["error"]["message"] for _ in range(2)}
        self.assertEqual(said, {"missing trie node a1", "missing trie node a2"})
        self.assertEqual(self.asked("eth_call")["a1"], 2)

    def test_an_answer_in_hand_beats_an_error_of_ours(self) -> None:
        """The one member says that it cannot, the other one is gone."""
        self.serve()
        self.node("a1").replies["eth_call"] = NODE_FAULT
        self.proxy.kill("a2")
        for _ in range(3):
            self.assertEqual(
                self.call("eth_call", {"to": ACCOUNT}, "latest")["error"]["message"], "header not found"
            )
            self.assertEqual(self.status, 200)

    def test_what_is_no_json_asks_the_next_member(self) -> None:
        """It stands before a node, or is none."""
        self.serve()
        self.node("a1").faults.database_dead = True
        for _ in range(4):
            self.assertIn("result", self.call("eth_chainId"))

    def test_no_two_calls_are_merged_and_nothing_is_cached(self) -> None:
        """They may be two tenants'."""
        self.serve()
        first, second = self.send("eth_gasPrice"), self.send("eth_gasPrice")
        self.assertIsNotNone(self.got(first))
        self.assertIsNotNone(self.got(second))
        self.call("eth_gasPrice")
        self.assertEqual(sum(self.asked("eth_gasPrice").values()), 3)

    def test_a_large_answer_streams(self) -> None:
        """Larger than what is kept."""
        self.serve('response_limit = "1KiB"')
        large = "0x" + "ab" * 300_000
        for name in ("a1", "a2"):
            self.node(name).replies["eth_call"] = large
        self.assertEqual(self.call("eth_call", {"to": ACCOUNT}, "latest", within=1.0)["result"], large)

    def test_the_answer_goes_down_as_it_came(self) -> None:
        """With the fields of the member, and the newline."""
        self.serve()
        client = self.send("eth_chainId", id="<x>")
        got = self.got(client)
        assert got is not None
        self.assertEqual(got.body, b'{"jsonrpc":"2.0","id":"\\u003cx\\u003e","result":"0x1ea1"}\n')


class WaitingTests(ServedRpc):
    """Members that do not answer."""

    def test_a_read_at_a_member_that_its_checks_put_down_is_asked_of_another_one_at_once(self) -> None:
        """No first-byte limit is needed for a hang."""
        self.serve()
        self.proxy.hang("a1")
        clients = [self.send("eth_chainId") for _ in range(2)]
        self.assertEqual(sum(self.got(one) is not None for one in clients), 1)
        for _ in range(30):
            self.proxy.net.advance(0.05)
            if self.member("a1").health.down:
                break
        self.assertTrue(self.member("a1").health.down)
        self.proxy.net.run()
        self.assertEqual([self.got(one) is not None for one in clients], [True, True])

    def test_a_read_at_a_member_whose_checks_are_good_goes_on(self) -> None:
        """Traces may take minutes: C{client_timeout} ends waiting for a member."""
        self.serve('client_timeout = "1s"')
        for name in ("a1", "a2"):
            self.node(name).faults.lag = 5.0
            self.node(name).faults.only = lambda request: b"debug_" in request.body
        client = self.send("debug_traceTransaction", HASH)
        self.proxy.net.advance(4.5)
        self.assertIsNone(self.got(client))
        self.proxy.net.advance(6.0)
        self.assertIsNotNone(self.got(client))

    def test_a_member_that_breaks_off_is_followed_by_the_next(self) -> None:
        """It died with the call in its hands."""
        self.serve()
        for name in ("a1", "a2"):
            faults = self.node(name).faults
            faults.die_before_commit, faults.only = (
                name == "a1",
                lambda request: b"eth_chainId" in request.body,
            )
        for _ in range(2):
            self.assertIn("result", self.call("eth_chainId"))

    def test_while_no_member_can_answer_reads_wait(self) -> None:
        """Until one can."""
        self.serve()
        self.proxy.kill("a1")
        self.proxy.kill("a2")
        self.proxy.net.advance(2.0)
        client = self.send("eth_chainId")
        self.proxy.net.advance(3.0)
        self.assertIsNone(self.got(client))
        self.proxy.revive("a2")
        self.proxy.net.advance(1.5)
        got = self.got(client)
        assert got is not None
        self.assertEqual(got.status, 200)

    def test_no_member_can_answer_names_each_and_its_cause(self) -> None:
        """-32050 with the status 503, after C{client_timeout}."""
        self.serve('client_timeout = "2s"')
        self.proxy.kill("a1")
        self.member("a2").enabled = False
        answer = self.call("eth_chainId", within=3.0)
        self.assertEqual(self.status, 503)
        self.assertEqual(answer["error"]["code"], -32050)
        self.assertEqual(data_of(answer["error"]), {"quorumha": "timeout"})
        said = answer["error"]["message"]
        self.assertIn("a1: could not connect (refused)", said)
        self.assertIn("a2: disabled", said)

    def test_the_waiting_room_has_its_keys(self) -> None:
        """The oldest one is told that there is no room."""
        self.serve("waiting_requests = 1")
        for name in ("a1", "a2"):
            self.proxy.kill(name)
        self.proxy.net.advance(2.0)
        first = self.send("eth_chainId")
        self.proxy.net.advance(0.01)
        self.send("eth_chainId")
        self.proxy.net.advance(0.01)
        got = self.got(first)
        assert got is not None
        self.assertEqual(got.status, 503)
        self.assertEqual(json.loads(got.body)["error"]["code"], -32050)

    def test_what_ends_nodes_is_not_sent_for_ever(self) -> None:
        """Each is asked twice at most."""
        self.serve()
        for name in ("a1", "a2"):
            faults = self.node(name).faults
            faults.die_before_commit, faults.only = True, lambda request: b"debug_" in request.body
        client = self.send("debug_traceTransaction", HASH)
        deaths = 0
        for _ in range(60):
            self.proxy.net.advance(0.5)
            for name in ("a1", "a2"):
                if not self.node(name).alive:
                    deaths += 1
                    self.proxy.revive(name)
                    self.node(name).faults.die_before_commit = True
        got = self.got(client)
        assert got is not None
        self.assertEqual((got.status, deaths), (503, 4))

    def test_what_breaks_off_at_a_member_that_is_down_says_nothing_of_the_call(self) -> None:
        """A port before a node that starts takes connections, and ends them."""
        self.serve('client_timeout = "20s"')
        for name in ("a1", "a2"):
            self.proxy.kill(name)
            self.proxy.revive(name)
            self.node(name).faults.refuse = True
        self.proxy.net.advance(2.0)
        self.assertTrue(self.member("a1").health.down)
        client = self.send("eth_gasPrice")
        self.proxy.net.advance(15.0)
        self.assertIsNone(self.got(client))
        self.node("a2").faults.refuse = False
        self.proxy.net.advance(1.5)
        got = self.got(client)
        assert got is not None
        self.assertEqual(got.status, 200)

    def test_a_client_that_leaves_is_forgotten(self) -> None:
        """Nothing is asked for it any more."""
        self.serve()
        for name in ("a1", "a2"):
            self.proxy.kill(name)
        self.proxy.net.advance(2.0)
        client = self.send("eth_gasPrice")
        self.proxy.net.advance(0.1)
        client.close()
        for name in ("a1", "a2"):
            self.proxy.revive(name)
        self.proxy.net.advance(2.0)
        self.assertEqual(sum(self.asked("eth_gasPrice").values()), 0)

    def test_a_secret_read_goes_to_no_second_member(self) -> None:
        """Once a byte was sent."""
        self.serve('methods = [{ name = "eth_gasPrice", treat_as = "read", secret = true }]')
        for name in ("a1", "a2"):
            self.node(name).replies["eth_gasPrice"] = NODE_FAULT
        self.assertEqual(self.call("eth_gasPrice")["error"]["message"], "header not found")
        self.assertEqual(sum(self.asked("eth_gasPrice").values()), 1)

    def test_a_secret_read_that_broke_off(self) -> None:
        """Nobody knows what became of it, and it is not sent again."""
        self.serve('methods = [{ name = "eth_gasPrice", treat_as = "read", secret = true }]')
        for name in ("a1", "a2"):
            faults = self.node(name).faults
            faults.die_after_commit, faults.only = True, lambda request: b"gasPrice" in request.body
        answer = self.call("eth_gasPrice")
        self.assertEqual((self.status, answer["error"]["code"]), (200, -32051))
        self.assertEqual(sum(self.asked("eth_gasPrice").values()), 1)


class LatestTests(ServedRpc):
    """Latest never runs backwards for one client."""

    def low_and_high(self, listener: str = "") -> None:
        """The client has seen block 5 at a1; a2 stays at 2 for ever."""
        self.serve(listener)
        self.proxy.network.mine(2)
        self.proxy.net.advance(0.5)
        self.node("a2").lag = math.inf
        self.proxy.network.mine(3)
        self.proxy.net.advance(0.5)
        self.assertEqual((self.node("a1").height, self.node("a2").height), (5, 2))
        seen = {self.call("eth_blockNumber")["result"] for _ in range(2)}
        self.assertIn("0x5", seen)

    def test_latest_goes_to_a_member_at_the_floor(self) -> None:
        """Whatever the method."""
        self.low_and_high()
        for _ in range(4):
            self.assertEqual(self.call("eth_blockNumber")["result"], "0x5")
            block = self.call("eth_getBlockByNumber", "latest", False)["result"]
            self.assertEqual(block["number"], "0x5")
            self.call("eth_getBalance", ACCOUNT, "latest")
            self.call("eth_getBalance", ACCOUNT, "pending")
        self.assertEqual(self.asked("eth_getBalance")["a2"], 0)
        self.assertEqual(self.facts.of(Behind), [])

    def test_the_floor_of_one_client_is_not_that_of_another(self) -> None:
        """By its address."""
        self.low_and_high()
        told = set()
        for number in range(4):
            client = self.proxy.client(rpc_request("eth_blockNumber"), source=f"192.0.2.{number}")
            self.proxy.net.advance(0.1)
            got = self.got(client)
            assert got is not None
            told.add(json.loads(got.body)["result"])
        self.assertEqual(told, {"0x2", "0x5"})
        self.assertEqual(self.call("eth_blockNumber")["result"], "0x5")

    def test_on_a_unix_socket_the_floor_is_the_listeners(self) -> None:
        """Nobody has an address there."""
        self.low_and_high()
        self.proxy.apply(self.config.replace("tcp:8545", "unix:/rpc.sock"))
        self.proxy.net.advance(1.0)
        for _ in range(2):
            self.call("eth_chainId")
        told = {self.call("eth_blockNumber")["result"] for _ in range(4)}
        self.assertEqual(told, {"0x5"})
        floors = self.proxy.service.parts["rpc"].state.floors
        self.assertEqual(floors.of("rpc").height, 5)

    def test_a_member_that_answers_raises_the_floor_to_what_it_is_known_to_have(self) -> None:
        """Not only to what the client was told."""
        self.serve()
        for name in ("a1", "a2"):
            self.signs(name).has(7, 0.0)
        self.call("eth_chainId")
        self.assertEqual(self.proxy.service.parts["rpc"].state.floors.of(b"127.0.0.1").height, 7)

    def test_a_member_that_caught_up_is_asked_for_its_height(self) -> None:
        """And answers without a wait: what is known of it was old."""
        self.low_and_high()
        self.proxy.kill("a1")
        self.node("a2").lag = 0.0
        self.proxy.net.advance(1.0)
        self.assertEqual(self.call("eth_blockNumber", within=0.1)["result"], "0x5")

    def test_when_none_is_at_the_floor_the_best_one_answers_after_a_second(self) -> None:
        """With the event C{behind}; the next call need not wait again."""
        self.low_and_high()
        self.proxy.kill("a1")
        self.proxy.net.advance(2.0)
        client = self.send("eth_getBalance", ACCOUNT, "latest")
        self.proxy.net.advance(0.9)
        self.assertIsNone(self.got(client))
        self.proxy.net.advance(0.3)
        self.assertIsNotNone(self.got(client))
        self.assertEqual(self.facts.of(Behind), [Behind("quorum", "a2", 2, 5)])
        self.assertEqual(self.call("eth_blockNumber")["result"], "0x2")

    def test_a_nodes_fault_of_the_one_at_the_floor(self) -> None:
        """The low one answers this call; for the next ones the floor stays where it was."""
        self.low_and_high()
        self.node("a1").replies["eth_getBalance"] = RpcError(-32000, "missing trie node 1")
        self.assertIn("result", self.call("eth_getBalance", ACCOUNT, "latest", within=1.3))
        self.assertEqual(len(self.facts.of(Behind)), 1)
        for _ in range(3):
            self.assertEqual(self.call("eth_blockNumber")["result"], "0x5")

    def test_a_member_that_reaches_the_floor_meanwhile_answers(self) -> None:
        """Before the second is over."""
        self.low_and_high()
        self.proxy.kill("a1")
        self.proxy.net.advance(2.0)
        client = self.send("eth_blockNumber")
        self.proxy.net.advance(0.5)
        self.node("a2").lag = 0.0
        self.proxy.net.advance(0.1)
        got = self.got(client)
        assert got is not None
        self.assertEqual(json.loads(got.body)["result"], "0x5")
        self.assertEqual(self.facts.of(Behind), [])

    def test_those_who_wait_for_heights_ask_no_member_twice_at_once(self) -> None:
        """However many they are."""
        self.low_and_high()
        self.proxy.kill("a1")
        self.proxy.net.advance(2.0)
        before = self.asked("eth_blockNumber")["a2"]
        for _ in range(20):
            self.send("eth_getBalance", ACCOUNT, "latest")
        self.proxy.net.advance(0.5)
        self.assertLess(self.asked("eth_blockNumber")["a2"] - before, 40)

    def test_a_number_goes_to_a_member_that_has_it(self) -> None:
        """Low ones to any."""
        self.low_and_high()
        for _ in range(4):
            self.assertEqual(self.call("eth_getBlockByNumber", "0x4", False)["result"]["number"], "0x4")
        self.assertEqual(self.asked("eth_getBlockByNumber")["a2"], 0)
        self.signs("a2").has(2, self.clock.seconds())
        for _ in range(4):
            self.assertEqual(self.call("eth_getBlockByNumber", "0x1", False)["result"]["number"], "0x1")
        self.assertGreater(self.asked("eth_getBlockByNumber")["a2"], 0)

    def test_a_number_that_nobody_is_known_to_have_is_asked_for_once(self) -> None:
        """Who has it answers; a block of the future is no reason to wait a second."""
        self.serve()
        self.proxy.network.mine(3)
        self.proxy.net.advance(0.5)
        self.assertEqual(
            self.call("eth_getBlockByNumber", "0x3", False, within=0.05)["result"]["number"], "0x3"
        )
        self.assertIsNone(self.call("eth_getBlockByNumber", "0x99", False, within=0.15)["result"])
        self.assertEqual(self.facts.of(Behind), [])

    def test_a_hash_goes_to_a_member_at_the_floor(self) -> None:
        """The client has it from there."""
        self.low_and_high()
        block = self.call("eth_getBlockByNumber", "0x5", False)["result"]["hash"]
        for _ in range(4):
            self.assertIn("result", self.call("eth_getBalance", ACCOUNT, {"blockHash": block}))

    def test_logs_need_the_upper_end_of_their_range(self) -> None:
        """A node answers a range of the future with nothing, and no error."""
        self.low_and_high()
        for _ in range(3):
            self.call("eth_getLogs", {"fromBlock": "0x1", "toBlock": "0x5"})
            self.call("eth_getLogs", {"fromBlock": "0x1"})
        self.assertEqual(self.asked("eth_getLogs")["a2"], 0)

    def test_a_busy_client_is_not_tied_to_one_member(self) -> None:
        """Without signs of its height the other one is asked for it, now and then."""
        self.serve()
        self.proxy.network.mine(3)
        self.proxy.net.advance(0.5)
        for _ in range(40):
            self.call("eth_getBalance", ACCOUNT, "latest")
            self.proxy.net.advance(0.1)
            self.call("eth_getBlockByNumber", "latest", False)
            self.call("eth_chainId")
        asked = self.asked("eth_getBalance")
        self.assertEqual(asked["a1"] + asked["a2"], 40)
        self.assertGreater(min(asked["a1"], asked["a2"]), 10)

    def test_monotonic_false_does_without_all_of_it(self) -> None:
        """Every member has its turn."""
        self.low_and_high("monotonic = false")
        seen = {self.call("eth_blockNumber")["result"] for _ in range(4)}
        self.assertEqual(seen, {"0x2", "0x5"})

    def test_a_member_that_is_behind_is_not_read_from_while_another_one_can_be(self) -> None:
        """But when it is the last one."""
        self.serve()
        self.signs("a1").behind = "behind: at 3, the best one at 9"
        for _ in range(4):
            self.call("eth_gasPrice")
        self.assertEqual(self.asked("eth_gasPrice")["a1"], 0)
        self.proxy.kill("a2")
        self.assertIn("result", self.call("eth_gasPrice"))
        self.assertEqual(self.asked("eth_gasPrice")["a1"], 1)


class LookupTests(ServedRpc):
    """A null may only be lag."""

    def test_a_null_is_believed_from_a_member_at_the_height(self) -> None:
        """At once."""
        self.serve()
        self.assertIsNone(self.call("eth_getTransactionReceipt", HASH)["result"])
        self.assertEqual(sum(self.asked("eth_getTransactionReceipt").values()), 1)

    def test_a_null_of_a_member_below_the_best_one_is_not_believed(self) -> None:
        """The best one is asked, too."""
        self.serve()
        self.signs("a1").has(9, 0.0)
        self.signs("a2").has(8, 0.0)
        self.node("a1").replies["eth_getTransactionByHash"] = {"blockNumber": "0x9"}
        for _ in range(4):
            self.assertEqual(self.call("eth_getTransactionByHash", HASH)["result"], {"blockNumber": "0x9"})

    def test_no_bytes_are_no_answer_either(self) -> None:
        """So a node says that it has no such raw transaction."""
        self.serve()
        self.signs("a1").has(8, 0.0)
        self.signs("a2").has(9, 0.0)
        self.node("a1").replies["eth_getRawTransactionByHash"] = "0x"
        self.node("a2").replies["eth_getRawTransactionByHash"] = "0xf86b"
        for _ in range(4):
            self.assertEqual(self.call("eth_getRawTransactionByHash", HASH)["result"], "0xf86b")
        asked = self.asked("eth_getRawTransactionByHash")
        self.assertEqual((asked["a1"], asked["a2"]), (1, 4))

    def test_a_null_by_hash_of_a_block_that_a_member_lacks(self) -> None:
        """The others are asked."""
        self.serve()
        self.signs("a1").has(9, 0.0)
        self.node("a1").replies["eth_getBlockByHash"] = {"number": "0x9"}
        self.node("a2").replies["eth_getBlockByHash"] = None
        for _ in range(4):
            self.assertEqual(self.call("eth_getBlockByHash", HASH, False)["result"], {"number": "0x9"})

    def test_a_null_when_nobody_gets_to_the_height(self) -> None:
        """It is delivered in the end: it is the best answer that there is."""
        self.serve()
        self.signs("a1").has(9, 0.0)
        self.call("eth_chainId")
        self.call("eth_chainId")
        self.proxy.kill("a1")
        self.proxy.net.advance(1.0)
        client = self.send("eth_getTransactionReceipt", HASH)
        self.proxy.net.advance(0.8)
        self.assertIsNone(self.got(client))
        self.proxy.net.advance(0.5)
        got = self.got(client)
        assert got is not None
        self.assertIsNone(json.loads(got.body)["result"])

    def test_a_null_of_before_its_member_caught_up(self) -> None:
        """It is asked again, when the best one hangs meanwhile."""
        self.serve()
        self.signs("a1").has(9, 0.0)
        self.signs("a2").has(8, 0.0)
        self.node("a2").replies["eth_getTransactionReceipt"] = None
        self.proxy.hang("a1")
        clients = [self.send("eth_getTransactionReceipt", HASH) for _ in range(2)]
        self.proxy.net.advance(0.01)
        self.assertEqual(self.asked("eth_getTransactionReceipt")["a2"], 1)
        self.signs("a2").has(9, 0.0)
        self.node("a2").replies["eth_getTransactionReceipt"] = {"blockNumber": "0x9"}
        self.proxy.net.advance(2.0)
        for client in clients:
            got = self.got(client)
            assert got is not None
            self.assertEqual(json.loads(got.body)["result"], {"blockNumber": "0x9"})

    def test_a_null_is_believed_when_the_best_one_dies(self) -> None:
        """And the client has not seen more."""
        self.serve()
        self.signs("a1").has(9, 0.0)
        faults = self.node("a1").faults
        faults.die_before_commit, faults.only = True, lambda request: b"Receipt" in request.body
        for _ in range(2):
            self.assertIsNone(self.call("eth_getTransactionReceipt", HASH)["result"])


class OwnTests(ServedRpc):
    """The node speaks of itself."""

    def test_own_goes_to_the_clients_last_member(self) -> None:
        """By preference."""
        self.serve()
        for _ in range(3):
            self.call("eth_chainId")
            last = max(self.asked("eth_chainId"), key=self.asked("eth_chainId").__getitem__)
            self.assertIsNotNone(last)
            before = self.asked("eth_syncing")
            floor = self.proxy.service.parts["rpc"].state.floors.of(b"127.0.0.1")
            assert floor.member is not None
            name = floor.member.name
            self.call("eth_syncing")
            self.assertEqual(self.asked("eth_syncing")[name], before[name] + 1)

    def test_own_goes_to_another_one_when_that_is_gone(self) -> None:
        """It is no pin."""
        self.serve()
        self.call("net_listening")
        floor = self.proxy.service.parts["rpc"].state.floors.of(b"127.0.0.1")
        assert floor.member is not None
        self.proxy.kill(floor.member.name)
        self.assertIn("result", self.call("net_listening"))


class CallerTests(ServedRpc):
    """Whose call it is."""

    def test_lookups_of_ours_have_the_fields_of_the_call_that_they_serve(self) -> None:
        """C{Authorization} and C{Quorum-PSI} go on to every member that is asked for its height."""
        self.serve()
        self.proxy.service.parts["rpc"].state.floors.of(b"127.0.0.1").raise_to(3)
        fields = (b"Authorization: Bearer secret", b"Quorum-PSI: one")
        self.call("eth_getBalance", ACCOUNT, "latest", within=2.0, fields=fields)
        asked = [m for name in ("a1", "a2") for m in self.node(name).rpc.requests if b"eth_blockN" in m.body]
        self.assertTrue(asked)
        for message in asked:
            self.assertEqual(message.get(b"authorization"), b"Bearer secret")
            self.assertEqual(message.get(b"quorum-psi"), b"one")
        self.assertFalse(any("secret" in line for line in self.facts.lines()))
