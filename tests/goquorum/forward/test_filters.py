"""Filters over HTTP, before simulated nodes."""

from __future__ import annotations

from typing import Any

from quorumha.events import RequestDone
from quorumha.testing.goquorum.node_port import on_calls
from quorumha.testing.goquorum.rpc_error import RpcError
from quorumha.testing.memory_proxy import MemoryProxy
from tests.goquorum.served_rpc import ServedRpc, data_of, rpc_request

CHANGES = "eth_getFilterChanges"
UNINSTALL = "eth_uninstallFilter"
UNCHECKED = 'check = "off"\n'
NOT_FOUND = {"code": -32000, "message": "filter not found"}


class FiltersServed(ServedRpc):
    """Filters of blocks."""

    def make(self) -> tuple[str, str]:
        """A new one: its id, and the name of its member."""
        before = self.asked("eth_newBlockFilter")
        id = self.call("eth_newBlockFilter")["result"]
        (name,) = [one for one, n in self.asked("eth_newBlockFilter").items() if n != before[one]]
        return id, name

    def changes(self, id: str, **settings: Any) -> dict[str, Any]:
        return self.call(CHANGES, id, **settings)

    def mine(self, blocks: int = 1) -> None:
        """Blocks, which have come to all nodes that are not behind."""
        self.proxy.network.mine(blocks)
        self.proxy.net.advance(0.1)

    def other(self, name: str) -> str:
        return "a2" if name == "a1" else "a1"


class FilterTests(FiltersServed):
    """C{filter-new} and C{filter}."""

    def test_filters_are_made_in_turn_and_ids_are_never_changed(self) -> None:
        """Each member's share."""
        self.serve()
        made = [self.make() for _ in range(4)]
        self.assertEqual(sorted(name for _, name in made), ["a1", "a1", "a2", "a2"])
        for id, name in made:
            self.assertIn(id, self.node(name).filters._filters)

    def test_calls_go_to_the_member_that_made_it(self) -> None:
        """No other one is asked."""
        self.serve()
        made = [self.make() for _ in range(4)]
        self.mine(2)
        blocks = [block.hash for block in self.proxy.network.chain.blocks[-2:]]
        for id, name in made:
            before = self.asked(CHANGES)[self.other(name)]
            self.assertEqual(self.changes(id)["result"], blocks)
            self.assertEqual(self.changes(id)["result"], [])
            self.assertEqual(self.asked(CHANGES)[self.other(name)], before)

    def test_logs_of_a_filter(self) -> None:
        """C{eth_getFilterLogs}; a large answer may stream."""
        self.serve('response_limit = "1KiB"')
        id = self.call("eth_newFilter", {"fromBlock": "0x0"})["result"]
        large = ["0x" + "ab" * 300_000]
        for name in ("a1", "a2"):
            self.node(name).replies["eth_getFilterLogs"] = large
        self.assertEqual(self.call("eth_getFilterLogs", id, within=1.0)["result"], large)
        self.assertEqual(sum(self.asked("eth_getFilterLogs").values()), 1)

    def test_a_new_filter_is_made_at_the_next_member_after_no_answer(self) -> None:
        """One that a member made is forgotten there."""
        self.serve()
        for name in ("a1", "a2"):
            faults = self.node(name).faults
            faults.die_before_commit, faults.only = name == "a1", on_calls("eth_newBlockFilter")
        for _ in range(2):
            self.assertIn("result", self.call("eth_newBlockFilter"))

    def test_a_new_filter_is_not_made_behind_what_the_client_has_seen(self) -> None:
        """It would say blocks again."""
        self.serve()
        self.node("a1").lag = 100.0
        self.mine(3)
        for _ in range(4):
            self.call("eth_blockNumber")
        # Its floor is that of a2.
        self.assertEqual({self.make()[1] for _ in range(4)}, {"a2"})

    def test_uninstalled_it_is_forgotten(self) -> None:
        """The next call asks each member."""
        self.serve()
        id, name = self.make()
        self.assertIs(self.call(UNINSTALL, id)["result"], True)
        self.assertEqual(self.asked(UNINSTALL)[self.other(name)], 0)
        self.assertIs(self.call(UNINSTALL, id)["result"], False)
        self.assertEqual(self.asked(UNINSTALL)[self.other(name)], 1)

    def test_5_minutes_unused_it_is_forgotten(self) -> None:
        """As at the node."""
        self.serve(check=UNCHECKED)
        id, name = self.make()
        self.proxy.net.advance(299.0)
        self.assertIn("result", self.changes(id))
        self.assertEqual(self.asked(CHANGES)[self.other(name)], 0)
        self.proxy.net.advance(301.0)
        self.assertEqual(self.changes(id)["error"], NOT_FOUND)
        self.assertEqual(self.asked(CHANGES)[self.other(name)], 1)

    def test_memory(self) -> None:
        """One that is forgotten is found by asking."""
        self.serve("memory = 1")
        made = [self.make() for _ in range(3)]
        for id, _ in made:
            self.assertIn("result", self.changes(id))


class UnknownTests(FiltersServed):
    """Ids of which nothing is known."""

    def at(self, name: str) -> str:
        """One that somebody else has made at a node."""
        return self.node(name).filters.blocks()

    def test_it_is_asked_of_each_usable_member_until_one_has_it(self) -> None:
        """Then it is known."""
        self.serve(members=3)
        for name in ("a1", "a2", "a3"):
            id = self.at(name)
            self.mine()
            self.assertEqual(len(self.changes(id)["result"]), 1)
            before = self.asked(CHANGES)
            self.assertEqual(self.changes(id)["result"], [])
            self.assertEqual(sum(self.asked(CHANGES).values()), sum(before.values()) + 1)

    def test_an_error_does_not_say_who_has_it(self) -> None:
        """As that of a token which has expired: the filter is found with the next one."""
        self.serve()
        id = self.at("a2")
        for name in ("a1", "a2"):
            self.node(name).replies[CHANGES] = RpcError(-32001, "token expired")
        for _ in range(2):
            self.assertEqual(self.changes(id)["error"]["code"], -32001)
        for name in ("a1", "a2"):
            del self.node(name).replies[CHANGES]
        self.assertIn("result", self.changes(id))

    def test_uninstall_of_one_is_asked_of_each_until_one_does_not_say_false(self) -> None:
        """It is gone then."""
        self.serve()
        for name in ("a1", "a2"):
            id = self.at(name)
            self.assertIs(self.call(UNINSTALL, id)["result"], True)
            self.assertEqual(self.changes(id)["error"], NOT_FOUND)

    def test_nobody_has_it(self) -> None:
        """The members' own answer; each was asked once."""
        self.serve()
        self.assertEqual(self.changes("0x1234")["error"], NOT_FOUND)
        self.assertEqual(self.asked(CHANGES), {"a1": 1, "a2": 1})
        self.assertIs(self.call(UNINSTALL, "0x1234")["result"], False)

    def test_what_is_no_id_the_node_answers(self) -> None:
        """It says what is wrong."""
        self.serve()
        self.assertEqual(self.call(CHANGES)["error"]["code"], -32602)
        self.assertEqual(self.call(CHANGES, 5)["error"]["code"], -32602)

    def test_a_member_that_does_not_answer_holds_up_nobody(self) -> None:
        """The next one is asked."""
        self.serve()
        self.proxy.kill("a1")
        id = self.at("a2")
        self.assertEqual(self.changes(id)["result"], [])

    def test_a_member_with_a_fault_is_followed_by_the_next(self) -> None:
        """It does not have the method."""
        self.serve()
        self.node("a1").replies[CHANGES] = RpcError(-32601, "the method x does not exist/is not available")
        id = self.at("a2")
        self.assertEqual(self.changes(id)["result"], [])

    def test_all_have_a_fault(self) -> None:
        """The first such answer is delivered."""
        self.serve()
        for name in ("a1", "a2"):
            self.node(name).replies[CHANGES] = RpcError(-32000, "database closed")
        self.assertEqual(self.changes("0x12")["error"]["message"], "database closed")

    def test_while_no_member_is_usable_it_waits(self) -> None:
        """Until one is."""
        self.serve('client_timeout = "2s"')
        for name in ("a1", "a2"):
            self.proxy.kill(name)
        self.proxy.net.advance(2.0)
        self.assertEqual(self.changes("0x12", within=3.0)["error"]["code"], -32050)
        (fact,) = self.facts.of(RequestDone)
        self.assertGreater(fact.waited, 1.5)

    def test_a_restart_of_the_proxy_does_not_break_filters(self) -> None:
        """Nor does a change of its configuration, nor a second proxy."""
        self.serve()
        made = [self.make() for _ in range(4)]
        self.proxy.apply(self.config + "memory = 50\n")
        for id, name in made:
            before = self.asked(CHANGES)[self.other(name)]
            self.assertIn("result", self.changes(id))
            self.assertEqual(self.asked(CHANGES)[self.other(name)], before)
        second = MemoryProxy(self.config, self.proxy.net, host="second", network=self.proxy.network)
        second.start()
        self.addCleanup(second.stop)
        for id, _ in made:
            self.assertIn(b'"result":[]', second.ask(rpc_request(CHANGES, id), within=0.1).body)


class GoneTests(FiltersServed):
    """A filter whose member is gone."""

    def test_its_member_is_gone(self) -> None:
        """-32000, as a restarted node says it; clients make a new one."""
        self.serve()
        id, name = self.make()
        self.proxy.kill(name)
        for seconds in (0.0, 2.0):
            self.proxy.net.advance(seconds)
            self.assertEqual(self.changes(id)["error"], NOT_FOUND)
            self.assertEqual(self.status, 200)
        new, at = self.make()
        self.assertNotEqual(at, name)
        self.assertIn("result", self.changes(new))

    def test_its_member_was_started_anew(self) -> None:
        """It says so itself; no other one is asked for that call."""
        self.serve()
        id, name = self.make()
        self.proxy.kill(name)
        self.proxy.revive(name)
        self.proxy.net.advance(2.0)
        self.assertEqual(self.changes(id)["error"], NOT_FOUND)
        self.assertEqual(self.asked(CHANGES)[self.other(name)], 0)

    def test_its_member_dies_with_the_call(self) -> None:
        """What has changed was perhaps said: nobody is asked again."""
        self.serve()
        id, name = self.make()
        self.node(name).faults.die_after_commit = True
        self.node(name).faults.only = on_calls(CHANGES)
        self.assertEqual(self.changes(id)["error"], NOT_FOUND)
        self.assertEqual(self.asked(CHANGES)[name], 1)

    def test_its_member_hangs(self) -> None:
        """Until its checks put it down."""
        self.serve()
        id, name = self.make()
        self.proxy.hang(name)
        self.assertEqual(self.changes(id, within=2.0)["error"], NOT_FOUND)

    def test_its_member_does_not_answer_in_time(self) -> None:
        """Nothing checks it: C{client_timeout} ends it."""
        self.serve('client_timeout = "2s"', check=UNCHECKED)
        id, name = self.make()
        self.node(name).faults.hang, self.node(name).faults.only = True, on_calls(CHANGES)
        said = self.changes(id, within=2.5)["error"]
        self.assertEqual((said["code"], data_of(said)), (-32050, {"quorumha": "timeout"}))

    def test_its_member_is_disabled(self) -> None:
        """Nothing is asked of it."""
        self.serve()
        id, name = self.make()
        self.member(name).enabled = False
        self.assertEqual(self.changes(id)["error"], NOT_FOUND)
        self.assertEqual(sum(self.asked(CHANGES).values()), 0)
