"""Requests over HTTP that are no calls, or not quite ordinary ones."""

from __future__ import annotations

import json

from quorumha.events import Refused, RequestDone
from quorumha.testing import responses
from quorumha.testing.http.message_reader import Message
from quorumha.testing.http.node import NodeResponse
from quorumha.testing.memory_proxy import http_request
from tests.goquorum.served_rpc import ServedRpc, data_of, rpc_request

JSON = b"Content-Type: application/json"
ORIGIN = b"Origin: http://dapp.example"


class ServedFront(ServedRpc):
    def ask(self, method: bytes, target: bytes, body: bytes | None = None, *fields: bytes) -> Message:
        return self.proxy.ask(http_request(method, target, body, *fields))


class FrontTests(ServedFront):
    """As nodes answer."""

    def test_other_paths_put_delete_and_content_types(self) -> None:
        """404, 405, 415, with the node's texts; no member is asked."""
        self.serve()
        for node in self.proxy.quorums.values():
            node.rpc.requests.clear()
        call = b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}'
        wrong_type = b"invalid content type, only application/json is supported\n"
        for method, target, body, fields, status, text in (
            (b"POST", b"/rpc", call, (JSON,), 404, b""),
            (b"POST", b"/graphql", call, (JSON,), 404, b""),
            (b"GET", b"/health", None, (), 404, b""),
            (b"PUT", b"/", call, (JSON,), 405, b"method not allowed\n"),
            (b"DELETE", b"/", None, (), 405, b"method not allowed\n"),
            (b"POST", b"/", call, (), 415, wrong_type),
            (b"POST", b"/", call, (b"Content-Type: text/plain",), 415, wrong_type),
            (b"GET", b"/?x=1", None, (), 415, wrong_type),
        ):
            got = self.ask(method, target, body, *fields)
            self.assertEqual((got.status, got.body), (status, text), (method, target))
        self.assertEqual(sum(len(self.node(name).rpc.requests) for name in ("a1", "a2")), 0)
        self.assertEqual({one.status for one in self.facts.of(Refused)}, {404, 405, 415})

    def test_a_connection_stays_after_a_refusal(self) -> None:
        """The body is read and dropped."""
        self.serve()
        wrong = http_request(b"POST", b"/", b"{}", b"Content-Type: text/plain")
        client = self.proxy.client(wrong + rpc_request("eth_chainId"))
        self.proxy.net.run()
        self.assertIn(b"0x1ea1", client.received)

    def test_a_head_with_a_message_has_no_body_for_an_answer(self) -> None:
        """What a client read as its next response was the answer to the call."""
        self.serve()
        body = b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}'
        client = self.proxy.client(http_request(b"HEAD", b"/", body, JSON) + rpc_request("net_version"))
        self.proxy.net.run()
        first, second = responses(client, b"HEAD", b"POST")
        self.assertEqual((first.status, first.body), (405, b""))
        self.assertIn(b"7841", second.body)
        self.assertEqual(sum(self.asked("eth_chainId").values()), 0)

    def test_413_has_the_nodes_text(self) -> None:
        """By its length at once; chunked as soon as it shows.  Nothing more is read."""
        self.serve('body_limit = "1KiB"')
        got = self.ask(b"POST", b"/", b"x" * 1025, JSON)
        self.assertEqual((got.status, got.body), (413, b"content length too large (1025>1024)\n"))
        chunked = b"POST / HTTP/1.1\r\nHost: x\r\n%b\r\nTransfer-Encoding: chunked\r\n\r\n500\r\n" % JSON
        client = self.proxy.client(chunked + b"x" * 0x500)
        self.proxy.net.run()
        self.assertTrue(client.received.startswith(b"HTTP/1.1 413 "), client.received)
        self.assertIn(b"Connection: close", client.received)

    def test_get_is_answered_by_the_proxy(self) -> None:
        """200 while a member can be read from, else 503."""
        self.serve()
        got = self.ask(b"GET", b"/")
        self.assertEqual((got.status, got.body), (200, b""))
        for name in ("a1", "a2"):
            self.proxy.kill(name)
        self.proxy.net.advance(2.0)
        got = self.ask(b"GET", b"/")
        self.assertEqual((got.status, got.get(b"retry-after")), (503, b"1"))

    def test_options_goes_to_a_member(self) -> None:
        """Its word is what counts."""
        self.serve()
        for name in ("a1", "a2"):
            self.node(name).cors = ("http://dapp.example",)
        got = self.ask(b"OPTIONS", b"/", None, ORIGIN, b"Access-Control-Request-Method: POST")
        self.assertEqual(got.status, 200)
        self.assertEqual(got.get(b"access-control-allow-origin"), b"http://dapp.example")
        self.assertEqual(got.get(b"access-control-allow-methods"), b"POST")

    def test_own_answers_carry_what_a_member_last_gave_for_that_origin(self) -> None:
        """So a page sees the error, and not a failed fetch; other origins get nothing."""
        self.serve()
        for name in ("a1", "a2"):
            self.node(name).cors = ("http://dapp.example",)
        self.call("eth_chainId", fields=(ORIGIN,))
        self.call("eth_chainId", fields=(b"Origin: http://other.example",))
        for body in (b"nonsense", b"", rpc_request("admin_peers").partition(b"\r\n\r\n")[2]):
            got = self.ask(b"POST", b"/", body, JSON, ORIGIN)
            self.assertEqual(got.get(b"access-control-allow-origin"), b"http://dapp.example")
            self.assertEqual(got.get(b"vary"), b"Origin")
        got = self.ask(b"POST", b"/", b"{}", b"Content-Type: text/plain", ORIGIN)
        self.assertEqual((got.status, got.get(b"access-control-allow-origin")), (415, b"http://dapp.example"))
        got = self.ask(b"POST", b"/", b"nonsense", JSON, b"Origin: http://other.example")
        self.assertIsNone(got.get(b"access-control-allow-origin"))
        self.assertIsNone(self.ask(b"POST", b"/", b"nonsense", JSON).get(b"access-control-allow-origin"))

    def test_what_stands_before_nodes_has_no_say_in_that(self) -> None:
        """Its errors know no pages; the page shall hear of the proxy's own ones all the same."""
        self.serve()
        for name in ("a1", "a2"):
            self.node(name).cors = ("http://dapp.example",)
        self.call("eth_chainId", fields=(ORIGIN,))
        for name in ("a1", "a2"):
            node = self.node(name)
            gone = node.rpc.head_and_body(NodeResponse(502, b"<html>", b"text/html"), self.got_of(name))
            node.rpc.respond = lambda request, gone=gone: gone
        call = rpc_request("eth_chainId").partition(b"\r\n\r\n")[2]
        for method, body, field in ((b"POST", call, JSON), (b"OPTIONS", None, b"X: y")):
            self.assertEqual(self.ask(method, b"/", body, field, ORIGIN).status, 502)
            got = self.ask(b"POST", b"/", b"nonsense", JSON, ORIGIN)
            self.assertEqual(got.get(b"access-control-allow-origin"), b"http://dapp.example")

    def got_of(self, name: str) -> Message:
        """A request that a node got."""
        return self.node(name).rpc.requests[-1]

    def test_no_body_a_blank_one_and_notifications_are_answered_with_nothing(self) -> None:
        """200; notifications are executed."""
        self.serve()
        for body in (b"", b" \n", b'{"jsonrpc":"2.0","method":"eth_gasPrice"}'):
            got = self.ask(b"POST", b"/", body, JSON)
            self.assertEqual((got.status, got.body), (200, b""), body)
        self.assertEqual(sum(self.asked("eth_gasPrice").values()), 1)

    def test_accept_encoding_is_not_passed_on(self) -> None:
        """Answers must be read; what else the client says goes on."""
        self.serve()
        self.ask(
            b"POST",
            b"/?PSI=private",
            b'{"id":1,"method":"eth_chainId"}',
            JSON,
            b"Accept-Encoding: gzip",
            b"Authorization: Bearer x",
            ORIGIN,
        )
        (got,) = [
            one for name in ("a1", "a2") for one in self.node(name).rpc.requests if b"chainId" in one.body
        ]
        self.assertEqual(got.target, b"/?PSI=private")
        self.assertIsNone(got.get(b"accept-encoding"))
        self.assertEqual(got.get(b"authorization"), b"Bearer x")
        self.assertEqual(got.get(b"origin"), b"http://dapp.example")


class BooksTests(ServedFront):
    """Facts and counters."""

    def counters(self) -> tuple[int, int, int, int]:
        found = self.proxy.service.pools["quorum"].counters
        return found.requests, found.answered, found.failed, found.failovers

    def test_request_done_names_the_method_of_the_table(self) -> None:
        """And each member that was asked."""
        self.serve()
        self.call("eth_chainId")
        (fact,) = self.facts.of(RequestDone)
        self.assertEqual((fact.listener, fact.call, fact.pool), ("rpc", "eth_chainId", "quorum"))
        self.assertEqual((fact.status, fact.error, len(fact.attempts)), (200, "", 1))
        self.assertGreater(fact.received, 50)
        self.assertGreater(fact.sent, 30)
        self.assertEqual(self.counters(), (1, 1, 0, 0))

    def test_no_text_of_a_clients_is_in_it(self) -> None:
        """An unknown method is C{other}, one that is not served is not named."""
        self.serve()
        self.call("secret_method", "0xsecret")
        self.call("admin_peers")
        self.assertEqual([one.call for one in self.facts.of(RequestDone)], ["other", "not served"])
        self.assertFalse(any("secret" in repr(one) for one in self.facts.of(RequestDone)))

    def test_a_batch_is_called_so(self) -> None:
        """One request, whatever it holds."""
        self.serve()
        self.ask(b"POST", b"/", b'[{"id":1,"method":"eth_chainId"},{"id":2,"method":"net_version"}]', JSON)
        (fact,) = self.facts.of(RequestDone)
        self.assertEqual((fact.call, len(fact.attempts)), ("batch", 1))
        self.assertEqual(self.counters(), (1, 1, 0, 0))

    def test_another_member_that_was_asked_is_a_failover(self) -> None:
        """Both attempts are told of."""
        self.serve()
        self.proxy.kill("a1")
        for _ in range(2):
            self.call("eth_chainId")
        self.assertEqual(self.counters(), (2, 2, 0, 1))
        self.assertEqual(sorted(len(one.attempts) for one in self.facts.of(RequestDone)), [1, 2])

    def test_what_no_member_answered_has_failed(self) -> None:
        """With the status, the words and the wait; it is counted by its reason."""
        self.serve('client_timeout = "2s"')
        for name in ("a1", "a2"):
            self.proxy.kill(name)
        self.proxy.net.advance(2.0)
        self.call("eth_chainId", within=3.0)
        self.assertEqual(self.status, 503)
        (fact,) = self.facts.of(RequestDone)
        self.assertEqual(fact.status, 503)
        self.assertIn("no member can answer", fact.error)
        self.assertGreater(fact.waited, 1.5)
        self.assertEqual(self.counters()[:3], (1, 0, 1))
        self.assertEqual(self.proxy.service.parts["rpc"].engine.errors, {"timeout": 1})

    def test_a_clients_fault_is_answered_and_counted_by_its_reason(self) -> None:
        """It has not failed."""
        self.serve("batch_limit = 1")
        self.ask(b"POST", b"/", b"nonsense", JSON)
        self.ask(b"POST", b"/", b"[{},{}]", JSON)
        self.ask(b"POST", b"/", b'[{"id":1,"method":"admin_peers"}]', JSON)
        self.assertEqual(
            self.proxy.service.parts["rpc"].engine.errors, {"-32700": 1, "batch-too-large": 1, "never": 1}
        )
        self.assertEqual(self.counters(), (3, 3, 0, 0))

    def test_statuses_of_own_errors(self) -> None:
        """-32051 is 200: a 5xx invites repeats; what is the client's fault is 200, too."""
        self.serve()
        for name in ("a1", "a2"):
            faults = self.node(name).faults
            faults.die_before_commit, faults.only = True, lambda one: b"eth_unheardOf" in one.body
        answer = self.call("eth_unheardOf", within=2.0)
        self.assertEqual((self.status, answer["error"]["code"]), (200, -32051))
        self.assertEqual(data_of(answer["error"]), {"quorumha": "unknown-outcome"})
        self.assertEqual(self.call("admin_peers")["error"]["code"], -32601)
        self.assertEqual(self.status, 200)

    def test_a_client_that_left_is_no_failure(self) -> None:
        """Its status is 0."""
        self.serve()
        for name in ("a1", "a2"):
            self.node(name).faults.lag, self.node(name).faults.only = 5.0, lambda one: b"gasPrice" in one.body
        client = self.send("eth_gasPrice")
        self.proxy.net.run()
        client.transport.loseConnection()
        self.proxy.net.run()
        (fact,) = self.facts.of(RequestDone)
        self.assertEqual((fact.status, fact.error), (0, ""))
        self.assertEqual(self.counters(), (1, 0, 0, 0))


class BoundTests(ServedFront):
    """What is kept is bounded."""

    def test_bodies_count_in_the_replay_budget(self) -> None:
        """While they come; the one that fills it pays."""
        self.serve()
        assembly = self.proxy.service
        budget = assembly.parts["rpc"].route.budget
        begin = b"POST / HTTP/1.1\r\nHost: x\r\n%b\r\nContent-Length: 900000\r\n\r\n" % JSON
        client = self.proxy.client(begin + b" " * 500_000)
        self.proxy.net.run()
        self.assertGreater(budget.shared, 400_000)
        budget._whole.limit = 600_000
        client.write(b" " * 300_000)
        self.proxy.net.run()
        self.assertTrue(client.received.startswith(b"HTTP/1.1 503 "), client.received)
        self.assertIn(b'"no-room"', client.received)
        self.assertEqual(budget.used, 0)

    def test_a_body_is_counted_until_it_is_answered(self) -> None:
        """What is made of it takes its place."""
        self.serve()
        for name in ("a1", "a2"):
            self.node(name).faults.lag, self.node(name).faults.only = 1.0, lambda one: b"sha3" in one.body
        client = self.send("web3_sha3", "0x" + "ab" * 200_000)
        self.proxy.net.run()
        budget = self.proxy.service.parts["rpc"].route.budget
        self.assertGreater(budget.shared, 300_000)
        self.proxy.net.advance(2.0)
        self.assertIsNotNone(self.got(client))
        self.assertEqual(budget.used, 0)

    def test_response_limit_of_a_group(self) -> None:
        """Reads are -32050; no other member is asked for what is too large."""
        self.serve('response_limit = "100KiB"')
        for name in ("a1", "a2"):
            self.node(name).replies["eth_call"] = "0x" + "ab" * 100_000
        body = b'[{"id":1,"method":"eth_call","params":[{},"latest"]},{"id":2,"method":"eth_chainId"}]'
        found = json.loads(self.proxy.ask(http_request(b"POST", b"/", body, JSON), within=1.0).body)
        self.assertEqual([one["error"]["code"] for one in found], [-32050, -32050])
        self.assertEqual(data_of(found[0]["error"]), {"quorumha": "response-limit"})
        self.assertEqual(sum(self.asked("eth_call").values()), 1)

    def test_all_that_is_kept_counts_in_one_bound(self) -> None:
        """Above it the largest group ends; nothing is left in the books."""
        self.serve()
        kept = self.proxy.service.parts["rpc"].asker.kept
        kept.limit = 150_000
        for name in ("a1", "a2"):
            self.node(name).replies["eth_call"] = "0x" + "ab" * 100_000
        body = b'[{"id":1,"method":"eth_call","params":[{},"latest"]}]'
        found = json.loads(self.proxy.ask(http_request(b"POST", b"/", body, JSON), within=1.0).body)
        self.assertEqual(found[0]["error"]["code"], -32050)
        self.assertEqual(data_of(found[0]["error"]), {"quorumha": "response-limit"})
        self.assertEqual((kept.size, kept.ended), (0, 1))

    def test_what_a_client_does_not_take_counts_in_that_bound(self) -> None:
        """Clients that do not read cannot have the process hold any number of answers."""
        self.serve()
        kept = self.proxy.service.parts["rpc"].asker.kept
        kept.limit = 3_000_000
        large = "0x" + "ab" * 1_000_000
        for name in ("a1", "a2"):
            self.node(name).replies["eth_call"] = large
        body = b'[{"id":1,"method":"eth_call","params":[{},"latest"]},{"id":2,"method":"eth_nope"}]'
        clients = []
        for _ in range(2):
            client = self.proxy.client(b"")
            client.pause()
            client.write(http_request(b"POST", b"/", body, JSON))
            self.proxy.net.advance(1.0)
            clients.append(client)
        self.assertLessEqual(kept.size, kept.limit)
        self.assertEqual((kept.ended, self.member("a1").health.down), (1, False))
        for client in clients:
            client.resume()
        self.proxy.net.advance(1.0)
        whole = [one for one in clients if len(one.received) > 2_000_000]
        self.assertEqual((len(whole), kept.size), (1, 0))
        got = self.got(whole[0])
        assert got is not None
        self.assertEqual(json.loads(got.body)[0]["result"], large)

    def test_a_client_that_left_frees_what_it_did_not_take(self) -> None:
        """At once."""
        self.serve()
        kept = self.proxy.service.parts["rpc"].asker.kept
        for name in ("a1", "a2"):
            self.node(name).replies["eth_call"] = "0x" + "ab" * 1_000_000
        client = self.proxy.client(b"")
        client.pause()
        client.write(
            http_request(b"POST", b"/", b'[{"id":1,"method":"eth_call","params":[{},"latest"]}]', JSON)
        )
        self.proxy.net.advance(1.0)
        self.assertGreater(kept.size, 1_000_000)
        client.transport.loseConnection()
        self.proxy.net.run()
        self.assertEqual(kept.size, 0)

    def test_a_client_that_does_not_read_pauses_the_member(self) -> None:
        """A large answer streams, with back-pressure."""
        self.serve()
        large = "0x" + "ab" * 4_000_000
        for name in ("a1", "a2"):
            self.node(name).replies["eth_call"] = large
        client = self.proxy.client(b"")
        client.pause()
        client.write(rpc_request("eth_call", {}, "latest"))
        self.proxy.net.advance(1.0)
        self.assertLess(len(client.received), 4_000_000)
        client.resume()
        self.proxy.net.advance(1.0)
        got = self.got(client)
        assert got is not None
        self.assertEqual(json.loads(got.body)["result"], large)
