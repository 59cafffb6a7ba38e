"""Batches over HTTP, before simulated nodes: each rule of them."""

from __future__ import annotations

import gc
import json

from quorumha.testing.goquorum.key_store import KEYS
from quorumha.testing.goquorum.rpc_error import RpcError
from quorumha.testing.http.node import NodeResponse
from quorumha.testing.memory_proxy import http_request
from tests.goquorum.forward.served_batches import ServedBatches, batch_request, entry, silent
from tests.goquorum.served_rpc import data_of, rpc_request

ACCOUNT = "0x" + "12" * 20
HASH = "0x" + "34" * 32
NODE_FAULT = RpcError(-32000, "header not found")


class ReadTests(ServedBatches):
    """Batches that no member need be pinned for."""

    def test_a_batch_in_one_group_is_forwarded_as_it_is_and_its_answer_passed_on(self) -> None:
        """One request; the bytes of the answer, and its fields."""
        self.serve()
        self.clear()
        self.batch(entry("eth_chainId", id=7), entry("net_version", id="x"))
        sent = [
            one for name in ("a1", "a2") for one in self.node(name).rpc.requests if b"chainId" in one.body
        ]
        self.assertEqual(
            [one.body for one in sent],
            [
                b'[{"jsonrpc":"2.0","id":7,"method":"eth_chainId","params":[]},'
                b'{"jsonrpc":"2.0","id":"x","method":"net_version","params":[]}]'
            ],
        )
        self.assertEqual(
            self.response.body,
            b'[{"jsonrpc":"2.0","id":7,"result":"0x1ea1"},{"jsonrpc":"2.0","id":"x","result":"7841"}]\n',
        )

    def test_entries_are_in_order_without_notifications(self) -> None:
        """These are executed."""
        self.serve()
        self.clear()
        found = self.batch(entry("eth_chainId", id=2), silent("net_version"), entry("eth_gasPrice", id=1))
        self.assertEqual([one["id"] for one in found], [2, 1])
        self.assertEqual(sum(self.asked("net_version").values()), 1)

    def test_a_batch_of_notifications_is_answered_with_nothing(self) -> None:
        """200, and empty."""
        self.serve()
        self.clear()
        response = self.proxy.ask(batch_request(silent("eth_chainId"), silent("net_version")))
        self.assertEqual((response.status, response.body), (200, b""))
        self.assertEqual(sum(self.asked("net_version").values()), 1)

    def test_ids_byte_for_byte_and_duplicates_too(self) -> None:
        """Matched by place, checked by id."""
        self.serve()
        raw = (
            b'[{"id":1.50,"method":"eth_chainId"},{"id":1.50,"method":"net_version"},'
            b'{"id":"<","method":"eth_nope"},{"id":null,"method":"net_version"}]'
        )
        response = self.proxy.ask(http_request(b"POST", b"/", raw, b"Content-Type: application/json"))
        self.assertTrue(
            response.body.startswith(
                b'[{"jsonrpc":"2.0","id":1.50,"result":"0x1ea1"},{"jsonrpc":"2.0","id":1.50,"result":"7841"},'
                b'{"jsonrpc":"2.0","id":"\\u003c","error":{"code":-32601,'
            ),
            response.body,
        )
        self.assertTrue(response.body.endswith(b'{"jsonrpc":"2.0","id":null,"result":"7841"}]\n'))

    def test_what_is_no_call_has_its_error_in_its_place(self) -> None:
        """And so has what is not served."""
        self.serve()
        found = self.batch(entry("eth_chainId"), 5, entry("admin_peers", id=3), entry("net_version", id=4))
        self.assertEqual([one["id"] for one in found], [1, None, 3, 4])
        self.assertEqual([one.get("error", {}).get("code") for one in found], [None, -32600, -32601, None])

    def test_only_entries_that_failed_by_a_nodes_fault_are_asked_again_elsewhere(self) -> None:
        """The others stand."""
        self.serve()
        self.node("a1").replies["eth_call"] = NODE_FAULT
        for _ in range(4):
            self.clear()
            found = self.batch(entry("eth_chainId"), entry("eth_call", {"to": ACCOUNT}, "latest", id=2))
            self.assertIn("result", found[1])
            self.assertEqual(sum(self.asked("eth_chainId").values()), 1)
            self.assertEqual(self.asked("eth_call")["a2"], 1)

    def test_when_all_say_a_nodes_fault_the_first_such_answer_is_in_its_place(self) -> None:
        """It beats an error of ours."""
        self.serve()
        for name in ("a1", "a2"):
            self.node(name).replies["eth_call"] = NODE_FAULT
        found = self.batch(entry("eth_chainId"), entry("eth_call", {"to": ACCOUNT}, "latest", id=2))
        self.assertEqual(found[1]["error"]["message"], "header not found")
        self.assertIn("result", found[0])

    def test_reads_in_the_hands_of_a_member_that_died_are_asked_again(self) -> None:
        """In one request."""
        self.serve()
        for name in ("a1", "a2"):
            self.die_with(self.node(name), b"eth_gasPrice")
        self.node("a2").faults.die_before_commit = False
        for _ in range(2):
            self.clear()
            found = self.batch(*[entry("eth_gasPrice", id=n) for n in range(20)])
            self.assertEqual([one["id"] for one in found], list(range(20)))
            self.assertTrue(all("result" in one for one in found))
            self.assertLessEqual(len(self.batches("a2")), 1)

    def test_a_member_that_answers_with_one_object_is_at_fault(self) -> None:
        """Reads of the group move."""
        self.serve()
        self.node("a1").replies["[]"] = RpcError(-32001, "missing access token")
        for _ in range(2):
            found = self.batch(entry("eth_chainId"), entry("net_version", id=2))
            self.assertEqual([one.get("result") for one in found], ["0x1ea1", "7841"])

    def test_the_status_is_200_whatever_one_of_its_members_said(self) -> None:
        """One that refuses the whole request is no answer to any of it."""
        self.serve('host = "front"')
        self.node("a1").vhosts = ()
        self.node("a2").replies["eth_call"] = RpcError(-32000, "execution reverted")
        for _ in range(2):
            found = self.batch(entry("eth_call", {}, "latest"), entry("eth_chainId", id=2))
            self.assertEqual(found[0]["error"]["message"], "execution reverted")
            self.assertEqual(found[1]["result"], "0x1ea1")

    def test_when_no_member_answers_any_of_it_nobody_is_asked_for_ever(self) -> None:
        """Each is asked once; what the client is told is JSON, whatever they said."""
        self.serve()
        for name in ("a1", "a2"):
            self.node(name).replies["[]"] = RpcError(-32001, "missing access token")
        self.clear()
        found = self.batch(entry("eth_chainId"), entry("net_version", id=2))
        self.assertEqual([one["error"]["code"] for one in found], [-32050, -32050])
        self.assertIn("answered 200, and none of the calls", found[0]["error"]["message"])
        self.assertEqual(sum(len(self.batches(name)) for name in ("a1", "a2")), 2)

    def test_what_is_no_answer_has_no_say_in_how_the_response_is_told(self) -> None:
        """A page of HTML with status 200."""
        self.serve()
        self.say("a1", NodeResponse(200, b"<html>hello</html>", b"text/html"))
        for _ in range(2):
            self.batch(entry("eth_chainId"), silent("net_version"))
            self.assertEqual(self.response.get(b"Content-Type"), b"application/json")

    def test_a_whole_batch_that_nobody_takes_has_the_status_200_and_an_error_for_each_id(self) -> None:
        """What stands before nodes may ask for a token, by a status: that is said at once."""
        one, two = self.serve_warm()
        for name in ("a1", "a2"):
            self.say(name, NodeResponse(401, b"no token\n", b"text/plain"))
        calls = [entry("eth_sendTransaction", self.transaction(key), id=key) for key in (one, two)]
        for entries in ([entry("eth_chainId"), silent("eth_chainId")], calls, [*calls, entry("eth_chainId")]):
            self.clear()
            found = self.batch(*entries)
            self.assertEqual([said["id"] for said in found], [e["id"] for e in entries if "id" in e])
            for said in found:
                self.assertEqual(said["error"]["code"], -32050)
                self.assertIn("refused it with 401", said["error"]["message"])
            for method in ("eth_sendTransaction", "eth_chainId"):
                sent = [
                    r for n in ("a1", "a2") for r in self.node(n).rpc.requests if method.encode() in r.body
                ]
                self.assertLessEqual(len(sent), 2)
        account = self.proxy.service.parts["rpc"].state.accounts.find(bytes.fromhex(one[2:])).account
        self.assertEqual((account.under_way, account.doubts), (0, {}))

    def test_notifications_that_nobody_takes_are_answered_with_nothing(self) -> None:
        """In a batch the status is 200, whatever members say."""
        self.serve()
        for name in ("a1", "a2"):
            self.say(name, NodeResponse(403, b"no\n", b"text/plain"))
        response = self.proxy.ask(batch_request(silent("eth_chainId"), silent("net_version")), within=0.1)
        self.assertEqual((response.status, response.body), (200, b""))

    def test_one_group_that_is_refused_is_an_error_in_its_places(self) -> None:
        """The others stand, and the status is 200."""
        one, two = self.serve_warm()
        self.say("a1", NodeResponse(413, b"too large\n", b"text/plain"))
        calls = [entry("eth_sendTransaction", self.transaction(key)) for key in (one, two)]
        first, second = self.batch(*calls, within=2.0)
        self.assertEqual(first["error"]["code"], -32050)
        self.assertIn("a1 refused it with 413", first["error"]["message"])
        self.assertIn("result", second)

    def test_a_null_of_a_member_below_the_best_one_is_not_believed(self) -> None:
        """In a batch, too."""
        self.serve()
        self.signs("a1").has(9, 0.0)
        self.signs("a2").has(8, 0.0)
        self.node("a1").replies["eth_getTransactionByHash"] = {"blockNumber": "0x9"}
        for _ in range(4):
            found = self.batch(entry("eth_chainId"), entry("eth_getTransactionByHash", HASH, id=2))
            self.assertEqual(found[1]["result"], {"blockNumber": "0x9"})

    def test_a_number_that_nobody_has_holds_up_nobody_for_long(self) -> None:
        """It is asked for by itself."""
        self.serve()
        found = self.batch(
            entry("eth_chainId"), entry("eth_getBlockByNumber", "0x99", False, id=2), within=0.5
        )
        self.assertEqual([one["result"] for one in found], ["0x1ea1", None])

    def test_latest_does_not_run_backwards_in_a_batch(self) -> None:
        """It counts as seen, and goes to a member at the floor."""
        self.serve()
        self.proxy.network.mine(3)
        self.node("a2").lag = 1000.0
        self.proxy.net.advance(0.5)
        self.signs("a1").height, self.signs("a2").height = 9, 2
        self.proxy.service.parts["rpc"].state.floors.of(b"127.0.0.1").raise_to(9)
        self.clear()
        for _ in range(4):
            self.batch(entry("eth_getBalance", ACCOUNT, "latest"), entry("eth_chainId", id=2), within=1.5)
        self.assertEqual(self.asked("eth_getBalance")["a2"], 0)

    def test_a_batch_waits_for_a_member_in_one_place_of_the_waiting_room(self) -> None:
        """And is answered when one is back."""
        self.serve("waiting_requests = 1")
        for name in ("a1", "a2"):
            self.proxy.kill(name)
        self.proxy.net.advance(2.0)
        client = self.begin(*[entry("eth_chainId", id=n) for n in range(50)])
        self.proxy.net.advance(3.0)
        self.assertIsNone(self.got(client))
        self.proxy.revive("a2")
        self.proxy.net.advance(1.5)
        got = self.got(client)
        assert got is not None
        self.assertEqual([one["result"] for one in json.loads(got.body)], ["0x1ea1"] * 50)

    def test_no_member_in_time_is_an_error_in_each_place(self) -> None:
        """The status of a batch is 200."""
        self.serve('client_timeout = "1s"')
        for name in ("a1", "a2"):
            self.proxy.kill(name)
        found = self.batch(entry("eth_chainId"), entry("net_version", id=2), within=2.0)
        self.assertEqual([one["error"]["code"] for one in found], [-32050, -32050])
        self.assertEqual(data_of(found[0]["error"]), {"quorumha": "timeout"})

    def test_an_answer_that_is_not_kept_for_want_of_room_is_an_error_in_each_place(self) -> None:
        """Reads of it do not move."""
        self.serve()
        self.proxy.service.parts["rpc"].asker.kept.limit = 1
        found = self.batch(entry("eth_chainId"), entry("eth_gasPrice", id=2))
        self.assertEqual([one["error"]["data"]["quorumha"] for one in found], ["response-limit"] * 2)
        self.assertEqual(sum(self.asked("eth_chainId").values()), 1)

    def test_a_client_that_leaves_ends_its_reads(self) -> None:
        """Nothing is under way any more."""
        self.serve()
        for name in ("a1", "a2"):
            self.node(name).faults.lag, self.node(name).faults.only = 5.0, lambda one: b"gasPrice" in one.body
        client = self.begin(entry("eth_gasPrice"))
        self.proxy.net.run()
        self.assertEqual(sum(self.member(name).in_flight for name in ("a1", "a2")), 1)
        client.transport.loseConnection()
        self.proxy.net.run()
        self.assertEqual(sum(self.member(name).in_flight for name in ("a1", "a2")), 0)


class WriteTests(ServedBatches):
    """Batches of accounts' calls."""

    def test_cut_into_groups_by_member_only_where_it_must_be(self) -> None:
        """Entries with a pin go to their member, all others with the first group that has a write."""
        one, two = self.serve_warm()
        found = self.batch(
            entry("eth_chainId", id=0),
            entry("eth_sendTransaction", self.transaction(two), id=1),
            entry("eth_sendTransaction", self.transaction(one), id=2),
            entry("eth_gasPrice", id=3),
            entry("eth_sendTransaction", self.transaction(two), id=4),
        )
        self.assertEqual([answer["id"] for answer in found], [0, 1, 2, 3, 4])
        self.assertTrue(all("result" in answer for answer in found), found)
        methods = {name: [[e["id"] for e in got] for got in self.batches(name)] for name in ("a1", "a2")}
        self.assertEqual(methods, {"a1": [[2]], "a2": [[0, 1, 3, 4]]})

    def test_inside_a_group_the_order_of_work_is_kept(self) -> None:
        """What follows a transaction sees it."""
        one, _ = self.serve_warm()
        count = self.call("eth_getTransactionCount", one, "pending", within=1.0)["result"]
        found = self.batch(
            entry("eth_sendTransaction", self.transaction(one), id=1),
            entry("eth_getTransactionCount", one, "pending", id=2),
            entry("eth_sendTransaction", self.transaction(one), id=3),
            entry("eth_getTransactionCount", one, "pending", id=4),
        )
        self.assertEqual(int(found[1]["result"], 16), int(count, 16) + 1)
        self.assertEqual(int(found[3]["result"], 16), int(count, 16) + 2)

    def test_a_read_whose_block_the_writing_member_lacks_goes_elsewhere(self) -> None:
        """It does not ride."""
        one, _ = self.serve_warm()
        self.signs("a1").height, self.signs("a2").height = 3, 99
        self.clear()
        self.batch(
            entry("eth_sendTransaction", self.transaction(one), id=1),
            entry("eth_getBlockByNumber", "0x63", False, id=2),
            entry("eth_chainId", id=3),
        )
        self.assertEqual(self.asked("eth_getBlockByNumber")["a2"], 1)
        self.assertEqual(self.asked("eth_chainId")["a1"], 1)

    def test_entries_whose_turns_come_late_keep_their_order(self) -> None:
        """They are waited for in the order of their accounts."""
        self.serve()
        ones = sorted(key for key in KEYS[:10] if self.home(key) == "a1")[:2]
        self.proxy.hang("a1")
        late, early = ones[1], ones[0]
        client = self.begin(
            entry("eth_sendTransaction", self.transaction(late), id=1),
            entry("eth_sendTransaction", self.transaction(early), id=2),
        )
        self.proxy.net.advance(0.4)
        self.proxy.revive("a1")
        self.proxy.net.advance(1.0)
        response = self.got(client)
        assert response is not None
        said = json.loads(response.body)
        self.assertEqual([one["id"] for one in said], [1, 2])
        self.assertTrue(all("result" in one for one in said), said)

    def test_a_batch_of_writes_in_one_group_is_passed_on_too(self) -> None:
        """Its hashes are seen, and fenced by."""
        one, _ = self.serve_warm()
        found = self.batch(*[entry("eth_sendTransaction", self.transaction(one), id=n) for n in range(5)])
        self.assertEqual(len({answer["result"] for answer in found}), 5)
        self.proxy.net.advance(1.0)
        nonces = [transaction.nonce for transaction in self.proxy.network.transactions_of(one)]
        self.assertEqual(nonces, list(range(6)))

    def test_a_batch_is_never_repeated_whole(self) -> None:
        """Reads of the member that died are asked again, its writes are not."""
        one, two = self.serve_warm()
        self.die_with(self.node("a1"), b"sendTransaction")
        found = self.batch(
            entry("eth_sendTransaction", self.transaction(one), id=1),
            entry("eth_chainId", id=2),
            entry("eth_sendTransaction", self.transaction(two), id=3),
            within=2.0,
        )
        self.assertEqual(found[0]["error"]["code"], -32051)
        self.assertEqual(found[1]["result"], "0x1ea1")
        self.assertIn("result", found[2])
        self.assertEqual(sum(self.asked("eth_sendTransaction").values()), 1)

    def test_writes_of_which_no_byte_was_sent_move(self) -> None:
        """In their order, behind the fence."""
        one, _ = self.serve_warm()
        self.proxy.net.advance(1.0)
        self.proxy.kill("a1")
        found = self.batch(
            *[entry("eth_sendTransaction", self.transaction(one), id=n) for n in range(3)],
            entry("eth_chainId", id=9),
            within=5.0,
        )
        self.assertTrue(all("result" in answer for answer in found), found)
        self.proxy.net.advance(1.0)
        mined = [transaction.hash for transaction in self.proxy.network.transactions_of(one)]
        self.assertEqual(mined[1:], [answer["result"] for answer in found[:3]])

    def test_an_entry_that_a_member_refuses_by_a_fault_of_its_own_moves(self) -> None:
        """The others stand: C{authentication needed} is said before C{--unlock} is done."""
        one, _ = self.serve_warm()
        self.proxy.net.advance(1.0)
        self.node("a1").unlocked.discard(one)
        other = self.homes["a1"][1]
        found = self.batch(
            entry("eth_sendTransaction", self.transaction(one), id=1),
            entry("eth_sendTransaction", self.transaction(other), id=2),
            within=3.0,
        )
        self.assertTrue(all("result" in answer for answer in found), found)
        self.assertEqual(self.asked("eth_sendTransaction")["a2"], 1)

    def test_an_entry_that_cannot_be_moved_is_an_error_in_its_place(self) -> None:
        """C{once}, in the hands of a member that died."""
        self.serve()
        for name in ("a1", "a2"):
            self.die_with(self.node(name), b"eth_unheardOf")
        found = self.batch(entry("eth_unheardOf", id=1), entry("eth_chainId", id=2), within=10.0)
        self.assertEqual(found[0]["error"]["code"], -32051)

    def test_one_object_in_place_of_a_list_is_an_unknown_outcome_for_writes(self) -> None:
        """-32051; reads move."""
        one, _ = self.serve_warm()
        self.node("a1").replies["[]"] = RpcError(-32001, "missing access token")
        found = self.batch(
            entry("eth_sendTransaction", self.transaction(one), id=1), entry("eth_chainId", id=2), within=3.0
        )
        self.assertEqual(found[0]["error"]["code"], -32051)
        self.assertEqual(found[1]["result"], "0x1ea1")

    def test_an_unknown_outcome_beats_a_fault_that_another_member_answered_before(self) -> None:
        """That fault says that nothing was done; the second member may have done it."""
        one, _ = self.serve_warm()
        self.proxy.net.advance(1.0)
        self.node("a1").unlocked.discard(one)
        self.die_with(self.node("a2"), b"eth_sendTransaction")
        (found,) = self.batch(entry("eth_sendTransaction", self.transaction(one)), within=5.0)
        self.assertEqual(found["error"]["code"], -32051)

    def test_answers_that_are_not_kept_for_want_of_room_end_the_turns_of_their_accounts(self) -> None:
        """What was acknowledged counts for the fence; the account may move on."""
        one, _ = self.serve_warm()
        self.proxy.net.advance(1.0)
        part = self.proxy.service.parts["rpc"]
        part.asker.kept.limit = 1
        found = self.batch(
            entry("eth_sendTransaction", self.transaction(one)),
            entry("eth_getTransactionCount", one, "pending", id=2),
        )
        self.assertEqual(found[0]["error"]["code"], -32051)
        known = part.state.accounts.find(bytes.fromhex(one[2:]))
        self.assertEqual(known.account.under_way, 0)
        (late,) = known.account.late
        self.assertIn(late, self.node("a1").pool.by_hash)

    def test_a_client_that_leaves_while_its_accounts_wait_leaves_nothing(self) -> None:
        """Neither a turn, nor a failure that nobody sees."""
        one, two = self.serve_warm()
        self.proxy.net.advance(1.0)
        self.proxy.network.gossip = None
        self.node("a1").faults.lag = 5.0
        self.node("a1").faults.only = lambda request: b"sendTransaction" in request.body
        held = self.proxy.client(rpc_request("eth_sendTransaction", self.transaction(one)))
        self.proxy.net.run()
        self.proxy.service.pools["quorum"].member("a1").enabled = False
        client = self.begin(*[entry("eth_sendTransaction", self.transaction(x)) for x in (one, two)])
        self.proxy.net.advance(0.1)
        client.transport.loseConnection()
        self.proxy.net.run()
        gc.collect()
        self.assertEqual(self.flushLoggedErrors(), [])
        accounts = self.proxy.service.parts["rpc"].state.accounts
        waiting = accounts.find(bytes.fromhex(one[2:]))
        self.assertEqual((waiting.callers, len(waiting.sleepers)), (0, 0))
        self.assertEqual(accounts.find(bytes.fromhex(two[2:])).account.under_way, 0)
        held.transport.loseConnection()

    def test_a_write_whose_client_left_is_read_further(self) -> None:
        """Its hash counts for the fence; the account's next call waits for nobody."""
        one, _ = self.serve_warm()
        self.node("a1").faults.lag, self.node("a1").faults.only = 0.5, lambda r: b"sendTrans" in r.body
        client = self.begin(entry("eth_sendTransaction", self.transaction(one)))
        self.proxy.net.run()
        client.transport.loseConnection()
        self.proxy.net.advance(1.5)
        self.assertEqual(len(self.proxy.network.transactions_of(one)), 2)
        account = self.proxy.service.parts["rpc"].state.accounts.find(bytes.fromhex(one[2:])).account
        self.assertEqual((account.under_way, account.doubts), (0, {}))

    def test_a_notification_that_writes_is_executed_and_leaves_nothing_behind(self) -> None:
        """It goes with an id of ours, so that its hash is known."""
        one, _ = self.serve_warm()
        found = self.batch(silent("eth_sendTransaction", self.transaction(one)), entry("eth_chainId", id=2))
        self.assertEqual([answer["id"] for answer in found], [2])
        self.proxy.net.advance(1.0)
        self.assertEqual(len(self.proxy.network.transactions_of(one)), 2)
        account = self.proxy.service.parts["rpc"].state.accounts.find(bytes.fromhex(one[2:])).account
        self.assertEqual((account.under_way, account.doubts), (0, {}))

    def test_a_batch_of_many_accounts_takes_few_connections(self) -> None:
        """However many fences there are to be asked; all of them are sent together."""
        self.serve()
        self.clear()
        senders = ["0x%040x" % (7 << 100 | n) for n in range(200)]
        calls = [entry("eth_sendTransaction", self.transaction(one), id=one) for one in senders]
        before = {name: len(self.node(name).rpc.connections) for name in ("a1", "a2")}
        found = self.batch(*calls, within=2.0)
        self.assertEqual({one["error"]["message"] for one in found}, {"unknown account"})
        for name in ("a1", "a2"):
            self.assertLess(len(self.node(name).rpc.connections) - before[name], 40)
            sent = [r for r in self.node(name).rpc.requests if b"eth_sendTransaction" in r.body]
            self.assertEqual(len(sent), 1)

    def test_two_batches_with_the_same_accounts_do_not_wait_for_each_other(self) -> None:
        """In whatever order they name them."""
        one, two = self.serve_warm()
        self.proxy.net.advance(1.0)
        self.proxy.kill("a1")
        entries = [entry("eth_sendTransaction", self.transaction(x), id=n) for n, x in enumerate((one, two))]
        clients = [self.begin(*entries), self.begin(*reversed(entries))]
        self.proxy.net.advance(4.0)
        for client in clients:
            got = self.got(client)
            assert got is not None
            self.assertTrue(all("result" in answer for answer in json.loads(got.body)), got.body)


class TenantTests(ServedBatches):
    """Whose batch it is."""

    def test_fields_of_the_client_go_to_every_group(self) -> None:
        """But not C{Accept-Encoding}: answers must be read."""
        one, two = self.serve_warm()
        fields = (b"Authorization: Bearer t0ken", b"Quorum-PSI: private", b"Accept-Encoding: gzip")
        self.batch(
            entry("eth_sendTransaction", self.transaction(one)),
            entry("eth_sendTransaction", self.transaction(two), id=2),
            fields=fields,
        )
        asked = [m for name in ("a1", "a2") for m in self.node(name).rpc.requests if b"sendTrans" in m.body]
        self.assertEqual(len(asked), 2)
        for message in asked:
            self.assertEqual(message.get(b"authorization"), b"Bearer t0ken")
            self.assertEqual(message.get(b"quorum-psi"), b"private")
            self.assertEqual(message.get(b"accept-encoding"), None)
        self.assertFalse(any("t0ken" in line for line in self.facts.lines()))

    def test_cors_fields_are_those_of_the_first_groups_answer(self) -> None:
        """Where the answer is put together."""
        self.serve()
        for name in ("a1", "a2"):
            self.node(name).cors = ("http://dapp.example",)
        self.batch(entry("eth_chainId"), 5, fields=(b"Origin: http://dapp.example",))
        self.assertEqual(self.response.get(b"access-control-allow-origin"), b"http://dapp.example")
        self.assertEqual(self.response.get(b"vary"), b"Origin")

    def test_the_first_group_is_that_of_the_first_entry(self) -> None:
        """Whichever member answers first."""
        one, two = self.serve_warm('acknowledge = "at-once"')
        self.node("a1").cors = ("http://dapp.example",)
        for slow in ("a1", "a2"):
            for name in ("a1", "a2"):
                self.node(name).faults.lag = 0.05 if name == slow else 0.0
            for accounts, allowed in (((one, two), b"http://dapp.example"), ((two, one), None)):
                calls = [entry("eth_sendTransaction", self.transaction(one)) for one in accounts]
                self.batch(*calls, within=2.0, fields=(b"Origin: http://dapp.example",))
                self.assertEqual(self.response.get(b"access-control-allow-origin"), allowed, (slow, accounts))
