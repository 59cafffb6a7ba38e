"""Ids of requests, and what responses say of them: through whole proxies."""

from __future__ import annotations

import json
import re

from twisted.trial.unittest import SynchronousTestCase

from quorumha import events
from quorumha.testing import FactRecorder, MemoryProxy, SocketRecorder, http_request
from quorumha.testing.goquorum.rpc_error import RpcError
from quorumha.testing.http.message_reader import Message
from quorumha.testing.http.plays import respond

HTTP = """
[pools.nodes]
upstreams = ["http://10.0.0.1:80", "http://10.0.0.2:80"]
check = "off"
[listeners.l]
listen = "tcp:8080"
serve = "http"
pool = "nodes"
next_upstream = ["error", "404"]
"""
RPC = """
[pools.nodes]
upstreams = ["http://10.0.0.1:8545", "http://10.0.0.2:8545"]
check = "off"
[listeners.rpc]
listen = "tcp:8545"
serve = "goquorum-rpc"
pool = "nodes"
"""
JSON = b"Content-Type: application/json"


class ServedCase(SynchronousTestCase):
    """A proxy, and who records."""

    def serve(self, text: str, more: str = "") -> None:
        self.facts = FactRecorder()
        self.proxy = MemoryProxy(text + more, observers=events.Observers())
        self.proxy.service.observers.add(self.facts, requests=True)
        self.proxy.simulate()
        self.proxy.start()
        self.addCleanup(self.proxy.stop)

    def get(self, *fields: bytes, target: bytes = b"/x") -> Message:
        return self.proxy.ask(http_request(b"GET", target, None, *fields))

    def seen(self) -> list[Message]:
        """What members were asked."""
        return [one for name in sorted(self.proxy.scripted) for one in self.proxy.scripted[name].requests]

    def done(self) -> events.RequestDone:
        return self.facts.of(events.RequestDone)[-1]


class HttpIdTests(ServedCase):
    """C{serve = "http"}."""

    def test_the_clients(self) -> None:
        """Up, down, and in the fact; once each."""
        self.serve(HTTP)
        response = self.get(b"X-Request-Id: abc-1", b"traceparent: 00-1-2-01")
        (request,) = self.seen()
        self.assertEqual(request.all(b"x-request-id"), [b"abc-1"])
        self.assertEqual(request.all(b"traceparent"), [b"00-1-2-01"])
        self.assertEqual(response.all(b"x-request-id"), [b"abc-1"])
        self.assertEqual(self.done().id, "abc-1")

    def test_made(self) -> None:
        """Where there is none, or none that may be carried; never the same one twice."""
        self.serve(HTTP)
        twice = (b"X-Request-Id: a", b"X-Request-Id: b")
        responses = [
            self.get(),
            self.get(b"X-Request-Id: a b"),
            self.get(*twice),
            self.get(b"X-Request-Id: " + b"x" * 129),
        ]
        ids = [one.all(b"x-request-id") for one in responses]
        for (one,) in ids:
            self.assertTrue(re.fullmatch(rb"[0-9a-f]{16}", one), one)
        self.assertEqual(len({one for (one,) in ids}), len(ids))
        self.assertEqual(sorted(one.all(b"x-request-id") for one in self.seen()), sorted(ids))

    def test_each_try(self) -> None:
        """Members are asked with the same one."""
        self.serve(HTTP)
        for node in self.proxy.scripted.values():
            node.script.append(respond(404))
        response = self.get()
        first, second = self.seen()
        self.assertEqual(first.all(b"x-request-id"), second.all(b"x-request-id"))
        self.assertEqual(response.all(b"x-request-id"), first.all(b"x-request-id"))

    def test_a_members(self) -> None:
        """What a member says does not go down beside it."""
        self.serve(HTTP)
        for node in self.proxy.scripted.values():
            node.then = respond(200, b"", [(b"X-Request-Id", b"theirs"), (b"X-Other", b"o")])
        for _ in range(3):
            response = self.get(b"X-Request-Id: mine")
            self.assertEqual(response.all(b"x-request-id"), [b"mine"])
            self.assertEqual(response.all(b"x-other"), [b"o"])

    def test_own_errors(self) -> None:
        """In the head and in the body."""
        self.serve(HTTP)
        for name in tuple(self.proxy.scripted):
            self.proxy.kill(name)
        response = self.get(b"X-Request-Id: abc-1")
        self.assertEqual(response.status, 502)
        self.assertEqual(response.all(b"x-request-id"), [b"abc-1"])
        first, second = response.body.splitlines()
        self.assertTrue(first.startswith(b"pool nodes: "), first)
        self.assertEqual(second, b"request id: abc-1")

    def test_refused(self) -> None:
        """Its own, where its head could be read; else one of ours: never that of the request before."""
        self.serve(HTTP, "body_limit = 10\n")
        response = self.proxy.ask(http_request(b"POST", b"/x", b"x" * 11, b"X-Request-Id: abc-2"))
        self.assertEqual((response.status, response.all(b"x-request-id")), (413, [b"abc-2"]))
        good = http_request(b"GET", b"/", None, b"X-Request-Id: abc-3")
        client = self.proxy.client(good + b"GET  / HTTP/1.1\r\n\r\n")
        self.proxy.net.run()
        self.assertEqual(client.received.count(b"abc-3"), 1, client.received)
        found = [one.id for one in self.facts.of(events.Refused)]
        self.assertEqual(found[0], "abc-2")
        self.assertIn(b"request id: %b\n" % found[1].encode(), client.received)


class RpcIdTests(ServedCase):
    """C{serve = "goquorum-rpc"}: requests of its own carry the client's id, too."""

    def call(self, method: str, *fields: bytes) -> Message:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": []}).encode()
        return self.proxy.ask(http_request(b"POST", b"/", body, JSON, *fields), within=2.0)

    def test_carried(self) -> None:
        self.serve(RPC)
        for _ in range(2):
            response = self.call("eth_chainId", b"X-Request-Id: abc-1")
            self.assertEqual((response.status, response.all(b"x-request-id")), (200, [b"abc-1"]))
        self.assertEqual(self.done().id, "abc-1")

    def ask(self, message: object, *fields: bytes) -> Message:
        body = json.dumps(message).encode()
        return self.proxy.ask(http_request(b"POST", b"/", body, JSON, *fields), within=2.0)

    def test_own_errors(self) -> None:
        """The object has it: a dapp's library shows that, and not the response's head."""
        self.serve(RPC, 'client_timeout = "1s"\n')
        response = self.call("admin_addPeer", b"X-Request-Id: abc-1")
        said = json.loads(response.body)["error"]
        self.assertEqual(said["data"], {"quorumha": "never", "requestId": "abc-1"})
        (made,) = (response := self.call("admin_addPeer")).all(b"x-request-id")
        self.assertEqual(json.loads(response.body)["error"]["data"]["requestId"], made.decode())
        for name in tuple(self.proxy.quorums):
            self.proxy.kill(name)
        for method in ("eth_chainId", "eth_sendRawTransaction"):
            response = self.call(method, b"X-Request-Id: abc-2")
            said = json.loads(response.body)["error"]
            self.assertEqual((response.status, said["data"]["requestId"]), (503, "abc-2"))

    def test_in_a_batch(self) -> None:
        """Each error of the proxy's own has that of the batch's request."""
        self.serve(RPC, 'client_timeout = "1s"\n')
        for name in tuple(self.proxy.quorums):
            self.proxy.kill(name)
        methods = ("eth_chainId", "admin_addPeer")
        calls = [{"jsonrpc": "2.0", "id": n, "method": method} for n, method in enumerate(methods)]
        response = self.ask([*calls, 5], b"X-Request-Id: abc-1")
        waited, refused, none = (one["error"] for one in json.loads(response.body))
        self.assertEqual(waited["data"], {"quorumha": "timeout", "requestId": "abc-1"})
        self.assertEqual(refused["data"], {"quorumha": "never", "requestId": "abc-1"})
        # Word for word a node's.
        self.assertEqual(none, {"code": -32600, "message": "invalid request"})

    def test_a_nodes_error(self) -> None:
        """It goes down byte for byte."""
        self.serve(RPC)
        for node in self.proxy.quorums.values():
            node.replies["eth_call"] = RpcError(3, "execution reverted", {"quorumha": "y"})
        self.assertEqual(
            self.call("eth_call", b"X-Request-Id: abc-1").body,
            b'{"jsonrpc":"2.0","id":1,"error":{"code":3,"message":"execution reverted",'
            b'"data":{"quorumha":"y"}}}\n',
        )

    def test_on_a_websocket(self) -> None:
        """That of the handshake: it is what the access log has for each message."""
        self.serve(RPC, 'client_timeout = "1s"\n')
        net, place = self.proxy.net, self.proxy.place_of("rpc")
        client = SocketRecorder.connect(net, place, "/", b"X-Request-Id: abc-1")
        net.run()
        call = {"jsonrpc": "2.0", "id": 1, "method": "admin_addPeer"}
        client.send(json.dumps(call), json.dumps([call, {**call, "id": {}}]), '{"METHOD":1}')
        net.run()
        alone, (first, second), ambiguous = client.values
        never = {"quorumha": "never", "requestId": "abc-1"}
        self.assertEqual([one["error"]["data"] for one in (alone, first)], [never, never])
        self.assertNotIn("data", second["error"])
        self.assertEqual(ambiguous["error"]["data"], {"quorumha": "ambiguous", "requestId": "abc-1"})
        self.assertEqual({one.id for one in self.facts.of(events.RequestDone)}, {"abc-1"})

    def test_explained(self) -> None:
        self.serve(RPC, "explain_header = true\n")
        response = self.call("eth_chainId")
        (said,) = response.all(b"x-quorumha")
        self.assertTrue(re.fullmatch(rb"upstream=10\.0\.0\.[12]:8545; tries=1", said), said)


class ExplainedTests(ServedCase):
    """C{explain_header}."""

    def said(self) -> list[bytes]:
        return self.get().all(b"x-quorumha")

    def test_off(self) -> None:
        """Unless the listener says so; what a member says of itself goes down."""
        self.serve(HTTP)
        for node in self.proxy.scripted.values():
            node.then = respond(200, b"", [(b"X-Quorumha", b"theirs")])
        self.assertEqual(self.said(), [b"theirs"])

    def test_failed_over(self) -> None:
        self.serve(HTTP, "explain_header = true\n")
        for node in self.proxy.scripted.values():
            node.then = respond(200, b"", [(b"X-Quorumha", b"theirs")])
        next(iter(self.proxy.scripted.values())).script.append(respond(404))
        found = {*self.said(), *self.said()}
        self.assertEqual(len(found), 2)
        self.assertIn(b"upstream=10.0.0.2:80; tries=2; failed_over=404", found)

    def test_own_error(self) -> None:
        self.serve(HTTP, "explain_header = true\n")
        for name in tuple(self.proxy.scripted):
            self.proxy.kill(name)
        self.assertEqual(self.said(), [b"tries=2; failed_over=connect,connect"])
