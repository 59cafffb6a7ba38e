"""Calls on a WebSocket."""

from __future__ import annotations

import json

from wsproto.events import BytesMessage, Ping, TextMessage

from quorumha.events import RequestDone
from quorumha.goquorum.decide.facts import Behind
from quorumha.testing.goquorum.rpc_error import RpcError
from tests.goquorum.served_rpc import rpc_request
from tests.goquorum.websocket.served_sockets import ServedSockets


class CallTests(ServedSockets):
    """Calls go through the same engine as over HTTP."""

    def test_calls_on_a_socket_go_through_the_same_engine(self) -> None:
        """Members in turn, a node's fault asks the next one."""
        self.serve()
        client = self.open()
        self.assertEqual(client.status, 101)
        self.node("a1").replies["eth_call"] = RpcError(-32000, "header not found")
        for id in range(4):
            client.call("eth_call", {"to": "0x" + "12" * 20}, "latest", id=id)
        said = self.said(client)
        self.assertEqual(sorted(one["id"] for one in said), [0, 1, 2, 3])
        self.assertTrue(all("result" in one for one in said), said)

    def test_with_the_fields_and_query_of_the_handshake(self) -> None:
        """They go on with each call; what is of the handshake alone does not."""
        self.serve()
        client = self.open(b"Authorization: Bearer t", b"Quorum-PSI: PS1", target="/?x=y")
        client.call("eth_chainId")
        self.said(client)
        (request,) = [
            one
            for node in self.proxy.quorums.values()
            for one in node.rpc.requests
            if b"eth_chainId" in one.body
        ]
        self.assertEqual(request.target, b"/?x=y")
        self.assertEqual(request.get(b"authorization"), b"Bearer t")
        self.assertEqual(request.get(b"quorum-psi"), b"PS1")
        self.assertEqual(request.get(b"content-type"), b"application/json")
        self.assertIsNone(request.get(b"sec-websocket-key"))
        self.assertIsNone(request.get(b"upgrade"))

    def test_what_is_no_json_does_not_go_to_a_socket(self) -> None:
        """A status says it over HTTP; here only an error of JSON-RPC can."""
        self.serve('host = "keep"')
        for name in ("a1", "a2"):
            self.node(name).vhosts = ()
        self.call_refused("eth_chainId", -32050)
        # It was refused before anything was done.
        self.call_refused("eth_sendRawTransaction", -32050)

        client = self.open()
        client.send(
            '[{"id":1,"method":"eth_chainId"},{"method":"eth_chainId"},{"id":2,"method":"eth_chainId"}]'
        )
        ((one, two),) = self.said(client, 0.5)
        for id, said in ((1, one), (2, two)):
            self.assertEqual((said["id"], said["error"]["code"]), (id, -32050))
            self.assertIn("403", said["error"]["message"])

    def call_refused(self, method: str, code: int) -> None:
        """A call that all members refuse by a status."""
        client = self.open()
        client.call(method, "0x12", id=7)
        ((said,),) = [self.said(client, 0.5)]
        self.assertEqual((said["id"], said["error"]["code"]), (7, code))
        self.assertIn("403", said["error"]["message"])

    def test_responses_come_in_any_order(self) -> None:
        """A slow call holds up no other."""
        self.serve()
        client = self.open()
        self.hang("eth_gasPrice")
        client.call("eth_gasPrice", id=1)
        client.call("eth_chainId", id=2)
        self.assertEqual([one["id"] for one in self.said(client)], [2])

    def test_messages_that_are_no_calls(self) -> None:
        """As nodes respond to them."""
        self.serve()
        client = self.open()
        client.send("[]", "null", "  ", '{"jsonrpc":"2.0","id":1,"result":1}', '{"jsonrpc":"2.0","id":{}}')
        said = self.said(client)
        self.assertEqual([one["error"]["code"] for one in said], [-32600, -32600, -32600])

    def test_broken_json_is_32700_and_the_socket_lives_on(self) -> None:
        """A real node just ends it."""
        self.serve()
        client = self.open()
        client.send('{"jsonrpc"')
        client.call("eth_chainId")
        said = self.said(client)
        self.assertEqual(said[0]["error"]["code"], -32700)
        self.assertIsNone(said[0]["id"])
        self.assertEqual(said[1]["result"], "0x1ea1")

    def test_batches(self) -> None:
        """In order, without notifications."""
        self.serve()
        client = self.open()
        calls = [
            {"id": 1, "method": "eth_chainId"},
            {"method": "net_version"},
            5,
            {"id": 2, "method": "net_version"},
        ]
        client.send(json.dumps(calls))
        (said,) = self.said(client)
        self.assertEqual([one["id"] for one in said], [1, None, 2])

    def test_notifications_are_executed_and_not_responded_to(self) -> None:
        """As over HTTP."""
        self.serve()
        client = self.open()
        client.send('{"jsonrpc":"2.0","method":"eth_chainId"}')
        self.assertEqual(self.said(client), [])
        self.assertEqual(sum(self.asked("eth_chainId").values()), 1)

    def test_denied_methods(self) -> None:
        """With the call's id."""
        self.serve()
        client = self.open()
        client.call("admin_stopRPC", id="a")
        (said,) = self.said(client)
        self.assertEqual((said["id"], said["error"]["code"]), ("a", -32601))

    def test_fragments_and_binary_frames_are_taken(self) -> None:
        """Put together; what is said is text."""
        self.serve()
        client = self.open()
        text = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}'
        client.event(TextMessage(data=text[:10], message_finished=False))
        client.event(Ping(b"between"))
        client.event(TextMessage(data=text[10:], message_finished=True))
        client.event(BytesMessage(data=text.encode()))
        self.assertEqual([one["result"] for one in self.said(client)], ["0x1ea1"] * 2)
        self.assertEqual(client.pongs, 1)

    def test_a_large_answer_goes_down_as_it_comes(self) -> None:
        """As one message; others follow it; pings stand between its parts."""
        self.serve('response_limit = "1MiB"')
        result = "0x" + "é0" * 1_000_000
        for name in ("a1", "a2"):
            self.node(name).replies["eth_call"] = result
        client = self.open()
        client.call("eth_call", {}, "latest", id=1)
        client.call("eth_call", {}, "latest", id=2)
        client.call("eth_chainId", id=3)
        client.event(Ping(b"between"))
        said = self.said(client)
        self.assertEqual(sorted(one["id"] for one in said), [1, 2, 3])
        self.assertEqual([one["result"] for one in said if one["id"] < 3], [result] * 2)
        self.assertEqual(client.pongs, 1)
        self.assertGreater(max(len(one) for one in client.frames), 3)

    def test_a_client_that_does_not_read_a_large_answer(self) -> None:
        """Its member waits; nothing is kept."""
        self.serve("monotonic = false\nping_interval = 0")
        for name in ("a1", "a2"):
            self.node(name).replies["eth_call"] = "0x" + "00" * 3_000_000
        client = self.open()
        client.pause()
        client.call("eth_call", {}, "latest", id=1)
        self.said(client, 0.5)
        self.assertEqual(sum(self.member(name).in_flight for name in ("a1", "a2")), 1)
        client.resume()
        self.assertEqual(len(self.said(client)), 1)

    def test_a_large_answer_that_breaks_off_1011(self) -> None:
        """A part of it is there."""
        self.serve()
        for name in ("a1", "a2"):
            self.node(name).replies["eth_call"] = "0x" + "00" * 3_000_000
        client = self.open()
        client.pause()
        client.call("eth_call", {}, "latest", id=1)
        self.said(client)
        for name in ("a1", "a2"):
            self.proxy.kill(name)
        client.resume()
        self.said(client, 1.0)
        self.assertEqual(client.closed, 1011)

    def test_calls_are_counted_and_told_of(self) -> None:
        """As over HTTP."""
        self.serve()
        client = self.open()
        counters = self.proxy.service.pools["quorum"].counters
        before = counters.requests, counters.answered
        client.call("eth_chainId")
        client.call("debug_setHead", "0x1")
        self.said(client)
        self.assertEqual((counters.requests, counters.answered), (before[0] + 2, before[1] + 2))
        calls = [one.call for one in self.facts.of(RequestDone) if one.listener == "rpc"]
        self.assertEqual(sorted(calls), ["eth_chainId", "not served"])

    def test_a_websocket_also_by_itself_has_a_floor(self) -> None:
        """Latest does not run backwards for it, though other clients came since."""
        self.serve("memory = 1")
        self.mine_at("a1", 5)
        client = self.open()
        for id in range(2):
            client.call("eth_blockNumber", id=id)
        self.said(client)
        for number in range(3):
            self.proxy.ask(rpc_request("eth_chainId"), within=1.0)
            other = self.open(source=f"192.0.2.{number}")
            other.call("eth_chainId")
            self.said(other)
        for id in range(4):
            client.call("eth_blockNumber", id=id)
        self.said(client, 0.5)
        self.assertEqual({one["result"] for one in client.values[2:]}, {"0x5"})

    def test_a_floor_that_fell_stays_where_it_is(self) -> None:
        """When nobody can do better not each call waits for a second."""
        self.serve()
        self.mine_at("a1", 5)
        client = self.open()
        for id in range(2):
            client.call("eth_blockNumber", id=id)
        self.said(client)
        self.proxy.kill("a1")
        self.proxy.net.advance(1.0)
        client.call("eth_blockNumber", id=2)
        self.said(client, 1.5)
        for id in (3, 4):
            client.call("eth_blockNumber", id=id)
            self.said(client, 0.1)
        self.assertEqual([one["result"] for one in client.values[2:]], ["0x0"] * 3)
        self.assertEqual(len(self.facts.of(Behind)), 1)

    def mine_at(self, name: str, blocks: int) -> None:
        for node in self.proxy.quorums.values():
            node.lag = 0.0 if node.name == name else 100.0
        self.proxy.network.mine(blocks)
        self.proxy.net.advance(0.1)
