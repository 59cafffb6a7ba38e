"""What clients subscribe to, and how that goes on when members do not."""

from __future__ import annotations

import math
from typing import Any

from quorumha.goquorum.decide.facts import SocketClosed, SubscriptionGap
from quorumha.testing.goquorum.key_store import KEYS
from quorumha.testing.goquorum.node_socket import NodeSocket
from quorumha.testing.goquorum.simulated_node import SimulatedNode
from quorumha.testing.memory_proxy import MemoryProxy
from quorumha.testing.socket_recorder import SocketRecorder
from tests.goquorum.served_rpc import CHECK, CONFIG
from tests.goquorum.websocket.served_sockets import ServedSockets

ACCOUNT = KEYS[0]
#: A creation that logs once.
LOGS_ONCE = "0x60006000a0"


class Subscribing(ServedSockets):
    """Clients with subscriptions."""

    def subscribe(self, client: SocketRecorder, *params: Any) -> str:
        client.call("eth_subscribe", *params, id=f"s{len(client.messages)}")
        said = self.said(client)[-1]
        self.assertIn("result", said)
        id: str = said["result"]
        return id

    def told(self, client: SocketRecorder, id: str) -> list[Any]:
        return [
            one["params"]["result"]
            for one in self.said(client)
            if "method" in one and one["params"]["subscription"] == id
        ]

    def numbers(self, client: SocketRecorder, id: str) -> list[int]:
        return [int(one["number"], 16) for one in self.told(client, id)]

    def mine(self, blocks: int = 1) -> None:
        self.proxy.network.mine(blocks)
        self.proxy.net.advance(0.02)

    def holder(self) -> SimulatedNode:
        """Who has the client's WebSocket."""
        (found,) = [node for node in self.proxy.quorums.values() if self.sockets_at(node)]
        return found

    def sockets_at(self, node: SimulatedNode) -> int:
        def subscribed(one: NodeSocket) -> bool:
            # The proxy's own has but one, and no address of a client.
            return one.open and bool(one._subscriptions._made) and b"X-Forwarded-For" in one._request.head

        return sum(map(subscribed, node.rpc.sockets)) if node.runs else 0


class OneMemberTests(Subscribing):
    """While nothing happens to it."""

    def test_a_socket_opens_one_upstream_websocket_when_it_first_subscribes_and_no_other(self) -> None:
        """Calls need none."""
        self.serve("monotonic = false")
        client = self.open()
        client.call("eth_chainId")
        self.said(client)
        self.assertEqual(self.opened(), 0)
        for name in ("newHeads", "syncing", "newPendingTransactions"):
            self.subscribe(client, name)
        self.assertEqual(self.opened(), 1)

    def opened(self) -> int:
        return sum(
            b"Upgrade: websocket" in one.head for n in self.proxy.quorums.values() for one in n.rpc.requests
        )

    def test_heads(self) -> None:
        """As the node says them."""
        self.serve()
        client = self.open()
        id = self.subscribe(client, "newHeads")
        self.mine(3)
        height = self.proxy.network.chain.height
        self.assertEqual(self.numbers(client, id), [height - 2, height - 1, height])
        self.assertEqual(len(self.told(client, id)[0]), 16)

    def test_with_the_fields_of_the_handshake(self) -> None:
        """And its query."""
        self.serve("monotonic = false")
        client = self.open(b"Authorization: Bearer t", b"Quorum-PSI: PS1", target="/?x=y")
        self.subscribe(client, "newHeads")
        (request,) = self.holder().rpc.sockets[-1:]
        head = request._request
        self.assertEqual((head.target, head.get(b"quorum-psi")), (b"/?x=y", b"PS1"))
        self.assertEqual(head.get(b"authorization"), b"Bearer t")
        self.assertEqual(head.get(b"host"), self.member(self.holder().name).upstream.authority)

    def test_a_member_that_says_nothing_to_it(self) -> None:
        """Though it responds to its checks: another one is subscribed to."""
        self.serve("monotonic = false")
        client = self.open()
        self.hang("eth_subscribe")
        client.call("eth_subscribe", "newHeads")
        self.assertEqual(self.said(client, 1.0), [])
        waiting = [name for name in ("a1", "a2") if self.member(name).in_flight]
        self.node("a1" if waiting == ["a2"] else "a2").faults.hang = False
        self.said(client, 5.5)
        self.assertIn("result", client.values[0])
        self.assertNotEqual([self.holder().name], waiting)

    def test_unsubscribe(self) -> None:
        """It ends; what is not there is not found."""
        self.serve()
        client = self.open()
        id = self.subscribe(client, "newHeads")
        client.call("eth_unsubscribe", id)
        self.assertIs(self.said(client)[-1]["result"], True)
        self.mine()
        self.assertEqual(self.told(client, id), [])
        client.call("eth_unsubscribe", id)
        self.assertEqual(
            self.said(client)[-1]["error"], {"code": -32000, "message": "subscription not found"}
        )

    def test_what_nodes_say_to_a_bad_one(self) -> None:
        """With the client's id."""
        self.serve()
        client = self.open()
        client.call("eth_subscribe", "nope", id="x")
        client.call("eth_subscribe", id="y")
        said = {one["id"]: one["error"]["code"] for one in self.said(client)}
        self.assertEqual(said, {"x": -32601, "y": -32602})

    def test_in_a_batch(self) -> None:
        """What is told of it comes after the ids."""
        self.serve()
        client = self.open()
        call = '{"id":%d,"method":"%s","params":%s}'
        client.send(
            "["
            + ",".join(
                (
                    call % (1, "eth_subscribe", '["newHeads"]'),
                    call % (2, "eth_chainId", "[]"),
                    call % (3, "eth_subscribe", '["logs",{}]'),
                )
            )
            + "]"
        )
        self.mine()
        said = self.said(client)
        self.assertEqual([one["id"] for one in said[0]], [1, 2, 3])
        self.assertEqual(len(said), 2)

    def test_subscription_limit(self) -> None:
        """Of one socket."""
        self.serve("subscription_limit = 2")
        client = self.open()
        first = self.subscribe(client, "newHeads")
        self.subscribe(client, "newHeads")
        client.call("eth_subscribe", "newHeads")
        self.assertEqual(
            self.said(client)[-1]["error"], {"code": -32000, "message": "too many subscriptions"}
        )
        client.call("eth_unsubscribe", first)
        self.subscribe(client, "newHeads")

    def test_a_head_that_was_told_is_the_floor_of_the_client(self) -> None:
        """Latest does not run backwards for it."""
        self.serve()
        client = self.open()
        self.subscribe(client, "newHeads")
        self.node("a1").lag = self.node("a2").lag = 0.0
        other = next(n for n in self.proxy.quorums.values() if n is not self.holder())
        other.lag = 100.0
        self.mine(5)
        for _ in range(4):
            self.assertEqual(int(self.call("eth_blockNumber")["result"], 16), self.proxy.network.chain.height)

    def test_a_client_that_leaves(self) -> None:
        """So does its WebSocket to the member."""
        self.serve("monotonic = false")
        client = self.open()
        self.subscribe(client, "newHeads")
        client.close()
        self.said(client, 0.1)
        self.assertEqual([self.member(name).in_flight for name in ("a1", "a2")], [0, 0])
        self.assertEqual([self.sockets_at(node) for node in self.proxy.quorums.values()], [0, 0])


class MoveTests(Subscribing):
    """When that member dies, hangs or is put out."""

    def check_heads(self, end: str) -> None:
        self.serve()
        client = self.open()
        id = self.subscribe(client, "newHeads")
        before = self.proxy.network.chain.height
        self.mine(2)
        gone = self.holder()
        if end == "kill":
            self.proxy.kill(gone.name)
        elif end == "hang":
            self.proxy.hang(gone.name)
        else:
            self.member(gone.name).enabled = False
        self.mine(3)
        self.said(client, 1.0)
        self.assertIsNot(self.holder(), gone)
        self.mine(2)
        self.assertEqual(self.numbers(client, id), list(range(before + 1, before + 8)))
        self.assertEqual({len(one) for one in self.told(client, id)}, {16})

    def test_when_that_member_dies(self) -> None:
        """Another one is used; the client keeps the id it knows."""
        self.check_heads("kill")

    def test_when_that_member_hangs(self) -> None:
        """Within the time of its checks."""
        self.check_heads("hang")

    def test_when_that_member_is_put_out(self) -> None:
        """By its operator."""
        self.check_heads("disable")

    def test_new_heads_over_two_deaths_every_head_once_in_order_same_id(self) -> None:
        """The second one during the fill, too."""
        self.serve(members=3)
        client = self.open()
        id = self.subscribe(client, "newHeads")
        before = self.proxy.network.chain.height
        for round in range(4):
            self.mine(2)
            gone = self.holder()
            self.proxy.kill(gone.name)
            self.mine(60)
            if round % 2:
                # While it fills in.
                self.proxy.network.mine(60)
                self.proxy.kill(next(n.name for n in self.proxy.quorums.values() if n.alive))
            self.said(client, 1.0)
            for name in ("a1", "a2", "a3"):
                self.proxy.revive(name)
            self.said(client, 2.0)
        height = self.proxy.network.chain.height
        self.assertEqual(self.numbers(client, id), list(range(before + 1, height + 1)))

    def test_when_the_new_member_is_behind_the_old_one(self) -> None:
        """A head not above the last one told is dropped."""
        self.serve(pool="", listener="monotonic = false")
        client = self.open()
        id = self.subscribe(client, "newHeads")
        before = self.proxy.network.chain.height
        gone = self.holder()
        other = next(n for n in self.proxy.quorums.values() if n is not gone)
        other.lag = 2.0
        self.mine(4)
        self.assertEqual(len(self.numbers(client, id)), 4)
        self.proxy.kill(gone.name)
        self.said(client, 0.5)
        self.mine(2)
        self.assertEqual(len(self.numbers(client, id)), 4)
        self.said(client, 5.0)
        self.assertEqual(self.numbers(client, id), list(range(before + 1, before + 7)))

    def test_logs_are_filled_in_told_once_each_in_order(self) -> None:
        """With the subscription's filter."""
        self.serve("monotonic = false")
        client = self.open()
        contract = self.deploy()
        id = self.subscribe(client, "logs", {"address": contract})
        others = self.subscribe(client, "logs", {})
        self.log(contract, 3)
        gone = self.holder()
        self.proxy.kill(gone.name)
        self.log(contract, 4)
        self.deploy()
        self.said(client, 1.0)
        self.log(contract, 2)
        self.said(client, 1.0)
        wanted = [one for one in self.logs() if one[0] == contract][1:]
        self.assertEqual(self.places(client, id), wanted)
        self.assertEqual(len(wanted), 9)
        # The first was before it.
        self.assertEqual(self.places(client, others), self.logs()[1:])

    def test_logs_that_were_told_are_not_asked_for_again(self) -> None:
        """Though there were none for long: a member that lives has said what there was."""
        self.serve('ping_interval = "1s"')
        client = self.open()
        self.subscribe(client, "logs", {})
        for _ in range(20):
            self.mine()
            self.said(client, 0.5)
        self.proxy.kill(self.holder().name)
        self.said(client, 0.5)
        (asked,) = self.holder().seen["eth_getLogs"]
        self.assertEqual(asked[0].get("toblock"), hex(20))
        self.assertIn(int(asked[0].get("fromblock"), 16), range(14, 18))

    def places(self, client: SocketRecorder, id: str) -> list[tuple[str, str, str]]:
        return [(one["address"], one["blockHash"], one["logIndex"]) for one in self.told(client, id)]

    def logs(self) -> list[tuple[str, str, str]]:
        return [
            (log.address, block.hash, hex(log.index))
            for block in self.proxy.network.chain.blocks
            for log in block.logs
        ]

    def deploy(self) -> str:
        """A contract that logs each call, and its creation; its address."""
        hash = self.call("eth_sendTransaction", {"from": ACCOUNT, "data": LOGS_ONCE}, within=3.0)["result"]
        self.proxy.net.advance(0.5)
        receipt = self.call("eth_getTransactionReceipt", hash, within=3.0)["result"]
        address: str = receipt["contractAddress"]
        return address

    def log(self, contract: str, count: int) -> None:
        for number in range(count):
            data = f"0x{number:064x}"
            self.call("eth_sendTransaction", {"from": ACCOUNT, "to": contract, "data": data}, within=3.0)
        self.proxy.net.advance(0.5)

    def test_syncing_and_pending_transactions_are_made_again_nothing_filled(self) -> None:
        """With an event."""
        self.serve()
        client = self.open()
        syncing = self.subscribe(client, "syncing")
        self.subscribe(client, "newPendingTransactions")
        gone = self.holder()
        self.proxy.kill(gone.name)
        self.said(client, 1.0)
        self.holder().announce_syncing(False)
        self.assertEqual(self.told(client, syncing), [False])
        gaps = [one.name for one in self.facts.of(SubscriptionGap)]
        self.assertEqual(sorted(gaps), ["newPendingTransactions", "syncing"])

    def test_others_the_socket_is_closed_with_1012(self) -> None:
        """C{debug_traceChain}, C{admin_peerEvents}."""
        self.serve()
        client = self.open()
        client.call("debug_subscribe", "traceChain", "0x0", "0x1")
        self.assertIn("result", self.said(client)[-1])
        self.proxy.kill(self.holder().name)
        self.said(client, 1.0)
        self.assertEqual(client.closed, 1012)

    def test_more_than_resume_blocks_missed_1013(self) -> None:
        """With a reason."""
        self.serve("resume_blocks = 10")
        client = self.open()
        self.subscribe(client, "newHeads")
        for name in ("a1", "a2"):
            self.member(name).enabled = False
        self.mine(11)
        self.member("a1").enabled = True
        self.said(client, 3.0)
        self.assertEqual(client.closed, 1013)
        self.assertIn("resume_blocks", client.close_reason)

    def test_no_member_for_resume_timeout_1013(self) -> None:
        """With a reason."""
        self.serve('resume_timeout = "3s"')
        client = self.open()
        self.subscribe(client, "newHeads")
        for name in ("a1", "a2"):
            self.proxy.kill(name)
        self.said(client, 2.5)
        self.assertIsNone(client.closed)
        self.said(client, 1.5)
        self.assertEqual(client.closed, 1013)
        self.assertIn("no member", client.close_reason)
        self.assertEqual(
            [(one.client, one.code) for one in self.facts.of(SocketClosed)], [("127.0.0.1", 1013)]
        )

    def test_a_member_that_does_not_pong_is_as_dead(self) -> None:
        """Nothing checks it."""
        self.serve('ping_interval = "1s"', check='check = "off"\n')
        client = self.open()
        id = self.subscribe(client, "newHeads")
        gone = self.holder()
        gone.freeze()
        self.said(client, 0.9)
        self.assertFalse(self.member(gone.name).health.down)
        self.said(client, 1.6)
        self.assertIsNot(self.holder(), gone)
        self.mine(2)
        self.said(client, 1.0)
        self.assertEqual(len(self.numbers(client, id)), 2)


class BehindTests(Subscribing):
    """A member whose chain stands still."""

    def test_when_that_member_is_behind(self) -> None:
        """It is not read from either, while another one can be."""
        self.serve(check='check = { kind = "goquorum", interval = "200ms", private_state = 0 }\n')
        client = self.open()
        id = self.subscribe(client, "newHeads")
        self.mine()
        stuck = self.holder()
        stuck.lag = math.inf
        self.mine(2)
        self.assertEqual(self.numbers(client, id), [1])
        self.said(client, 3.0)
        self.assertEqual(self.numbers(client, id), [1, 2, 3])
        # The other one, too: nobody else can be used.
        other = self.holder()
        self.assertIsNot(other, stuck)
        self.proxy.kill(other.name)
        self.said(client, 3.0)
        stuck.lag = 0.0
        self.mine()
        self.said(client, 0.5)
        self.assertEqual(self.numbers(client, id), [1, 2, 3, 4])


class OriginTests(Subscribing):
    """Origin and 403 are the node's."""

    def test_an_origin_that_nodes_refuse(self) -> None:
        """Before the client's 101."""
        self.serve()
        client = self.open(b"Origin: http://evil.example")
        self.assertEqual(client.status, 403)

    def test_an_origin_that_nodes_take(self) -> None:
        """That WebSocket is used for what is subscribed to."""
        self.serve("monotonic = false")
        for node in self.proxy.quorums.values():
            node.origins = ("http://good.example",)
        client = self.open(b"Origin: http://good.example")
        self.assertEqual(client.status, 101)
        self.subscribe(client, "newHeads")
        sockets = [one for node in self.proxy.quorums.values() for one in node.rpc.sockets]
        self.assertEqual(len(sockets), 1)

    def test_when_nobody_can_be_asked(self) -> None:
        """503."""
        self.serve('client_timeout = "1s"')
        for name in ("a1", "a2"):
            self.proxy.kill(name)
        client = self.open(b"Origin: http://good.example")
        self.said(client, 2.0)
        self.assertEqual(client.status, 503)


class PlaceTests(Subscribing):
    """Where a member's WebSocket is."""

    def test_the_members_websocket(self) -> None:
        """Calls go to its endpoint, subscriptions to its C{websocket}; that one alone may be gone."""
        upstreams = ", ".join(
            f'{{ name = "a{n}", endpoint = "http://10.0.0.2{n}:8545", websocket = "ws://10.0.0.2{n}:8546" }}'
            for n in (1, 2)
        )
        self.proxy = MemoryProxy(CONFIG % (upstreams, CHECK, "monotonic = false"))
        self.proxy.simulate()
        self.proxy.start()
        self.addCleanup(self.proxy.stop)
        self.proxy.net.advance(1.0)
        client = self.open()
        id = self.subscribe(client, "newHeads")
        sockets = {name: len(node.websocket.sockets) for name, node in self.proxy.quorums.items()}
        self.assertEqual(sorted(sockets.values()), [0, 1])
        self.assertEqual([len(node.rpc.sockets) for node in self.proxy.quorums.values()], [0, 0])
        (gone,) = [name for name, count in sockets.items() if count]
        place = f"10.0.0.2{gone[1]}:8546"
        (request,) = self.node(gone).websocket.requests
        self.assertEqual(request.get(b"host"), place.encode())
        self.proxy.net.kill(place)
        self.said(client, 0.5)
        self.mine(2)
        self.assertEqual(self.numbers(client, id), [1, 2])
        self.assertFalse(self.member(gone).health.down)
