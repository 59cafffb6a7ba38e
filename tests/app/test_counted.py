"""What listeners and members are counted to have done, in a process that serves."""

from __future__ import annotations

from itertools import product

from twisted.trial.unittest import SynchronousTestCase

from quorumha.numbers import BOUNDS, ListenerNumbers, MemberNumbers
from quorumha.pool.member_state import state_in_words, state_of
from quorumha.testing import MemoryProxy, ScriptedUpstream, http_request
from quorumha.testing.http.plays import RESET, Wait, cut_body, no_response, raw, respond
from quorumha.testing.memory_proxy import EPOCH

#: Two nodes, the second one only where the first one fails.
POOL = """
[pools.p]
upstreams = [{ name = "a", endpoint = "http://10.0.0.1:80", max_fails = 0 },
    { name = "b", endpoint = "http://10.0.0.2:80", max_fails = 0, backup = true }]
connect_timeout = "1s"
"""
UNCHECKED = 'check = "off"\n'
HTTP = """
[listeners.l]
listen = "tcp:80"
serve = "http"
pool = "p"
next_upstream = ["error", "timeout", "503", "404"]
first_byte_timeout = "1s"
total_timeout = "3s"
"""
RELAY = '[listeners.relay]\nlisten = "tcp:81"\nserve = "tcp"\npool = "p"\n'

#: The connection ends before a byte of a response.
RESET_AT_ONCE = no_response(RESET)
#: The rest of the response never comes.
HALF = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc")


def attempts(numbers: MemberNumbers) -> dict[str, int]:
    """How many came to what; those that none came to are left out."""
    kinds = ("responded", "connect_failed", "timed_out", "broken", "cancelled")
    return {kind: count for kind in kinds if (count := getattr(numbers, kind))}


class CountedCase(SynchronousTestCase):
    """Nodes C{a} and C{b}, which do what the test says."""

    def serve(self, text: str) -> None:
        self.proxy = MemoryProxy(text)
        net = self.net = self.proxy.net
        self.nodes = {name: ScriptedUpstream(net.clock) for name in "ab"}
        for name, place in zip("ab", ("10.0.0.1:80", "10.0.0.2:80"), strict=True):
            net.listen(place, self.nodes[name])
        self.proxy.start()
        self.addCleanup(self.proxy.stop)

    def get(self, to: str = "", target: bytes = b"/") -> int:
        return self.proxy.ask(http_request(target=target), to, within=10).status

    def numbers(self, listener: str = "l") -> ListenerNumbers:
        return self.proxy.service.numbers[listener]

    def member(self, name: str) -> MemberNumbers:
        return self.proxy.service.pools["p"].member(name).numbers


class RequestsTests(CountedCase):
    """Requests."""

    def setUp(self) -> None:
        self.serve(POOL + UNCHECKED + HTTP)

    def test_responses(self) -> None:
        """By the first digit; connections are not requests."""
        self.nodes["a"].script.extend([respond(200), respond(302), respond(500), respond(204)])
        client = self.proxy.client(http_request())
        for _ in range(3):
            client.write(http_request())
            self.net.run()
        self.get()
        numbers = self.numbers()
        self.assertEqual((numbers.connections, numbers.statuses[:6]), (2, [0, 0, 3, 1, 0, 1]))
        self.assertEqual(dict(numbers.own), {})
        self.assertEqual(attempts(self.member("a")), {"responded": 5})
        self.assertEqual(attempts(self.member("b")), {})

    def test_seconds(self) -> None:
        """To the head of the response, whatever its body takes; the member's count from the attempt on."""
        self.nodes["a"].script.append(no_response(Wait(0.2), *HALF.steps))
        self.proxy.client(http_request())
        self.net.advance(0.5)
        expected = [0] * (len(BOUNDS) + 1)
        expected[BOUNDS.index(0.25)] = 1
        for seconds in (self.numbers().seconds, self.member("a").first_byte):
            self.assertEqual(seconds.counts, expected)
            self.assertAlmostEqual(seconds.total, 0.2)

    def test_own(self) -> None:
        """Where no member has a response, and where the client is at fault."""
        self.net.kill("10.0.0.1:80")
        self.net.kill("10.0.0.2:80")
        self.assertEqual(self.get(), 502)
        self.proxy.ask(b"GET / HTTP/1.1\r\n\r\n")
        numbers = self.numbers()
        self.assertEqual(dict(numbers.own), {502: 1, 400: 1})
        self.assertEqual(numbers.statuses[4:6], [1, 1])
        self.assertEqual(sum(numbers.seconds.counts), 1, "what was not read took no time")

    def test_outcomes_and_failovers(self) -> None:
        """Each way in which the first member fails, and the reason that the second one is asked for."""
        for what, outcome, reason in (
            (RESET_AT_ONCE, "broken", "broken"),
            (no_response(), "timed_out", "timeout"),
            (respond(503), "responded", "status"),
            (respond(404), "responded", "status"),
            (None, "connect_failed", "connect"),
        ):
            with self.subTest(outcome, reason=reason):
                before, counters = attempts(self.member("a")), self.proxy.service.pools["p"].counters
                by = dict(counters.failovers_by)
                if what is None:
                    self.net.kill("10.0.0.1:80")
                else:
                    self.nodes["a"].script.append(what)
                self.assertEqual(self.get(), 200)
                self.assertEqual(attempts(self.member("a")), before | {outcome: before.get(outcome, 0) + 1})
                self.assertEqual(counters.failovers_by, by | {reason: by[reason] + 1})
                self.assertEqual(sum(counters.failovers_by.values()), counters.failovers)
        self.assertEqual(attempts(self.member("b")), {"responded": 5})

    def test_client_left(self) -> None:
        """Before the response, and in the midst of it."""
        self.nodes["a"].script.extend([no_response(), HALF])
        for expected in ({"cancelled": 1}, {"cancelled": 1, "responded": 1}):
            client = self.proxy.client(http_request())
            client.abort()
            self.net.run()
            self.assertEqual(attempts(self.member("a")), expected)
        self.assertEqual(self.numbers().statuses[2], 1)

    def test_broken_in_the_midst(self) -> None:
        """The response's head went down; the attempt came to nothing all the same."""
        self.nodes["a"].script.append(cut_body(3, 6, RESET))
        self.proxy.client(http_request())
        self.assertEqual((self.numbers().statuses[2], attempts(self.member("a"))), (1, {"broken": 1}))

    def test_every_mixture(self) -> None:
        """Whatever two members do: what was taken was answered or failed, what was begun is over, and each
        response that went down is counted once."""
        plays = (
            respond(200),
            respond(503),
            respond(404),
            no_response(),
            RESET_AT_ONCE,
            cut_body(3, 6, RESET),
        )
        counters, numbers = self.proxy.service.pools["p"].counters, self.numbers()
        heads = 0
        for first, second in product(plays, plays):
            for node, play in zip(self.nodes.values(), (first, second), strict=True):
                node.script.clear()
                node.script.append(play)
            client = self.proxy.client(http_request())
            self.net.advance(5)
            heads += len(self.proxy.responses(client))
            client.abort()
            self.net.run()
        asked = sum(len(node.requests) for node in self.nodes.values())
        self.assertEqual(counters.requests, len(plays) ** 2)
        self.assertEqual(counters.answered + counters.failed, counters.requests)
        self.assertEqual(sum(numbers.statuses), heads)
        self.assertEqual(sum(numbers.seconds.counts), heads)
        self.assertLess(sum(numbers.own.values()), heads)
        self.assertEqual(sum(sum(attempts(self.member(name)).values()) for name in "ab"), asked)
        self.assertEqual(sum(counters.failovers_by.values()), asked - counters.requests)


class RelayTests(CountedCase):
    """Relayed connections."""

    def test_bytes(self) -> None:
        """Both ways, while the connection lives; the member's attempt counts once it is connected."""
        self.serve(POOL + UNCHECKED + RELAY)
        client = self.proxy.client(http_request(), "relay")
        numbers = self.numbers("relay")
        self.assertEqual((numbers.connections, numbers.received), (1, len(http_request())))
        self.assertEqual(numbers.sent, len(client.received))
        self.assertGreater(numbers.sent, 0)
        self.assertEqual(attempts(self.member("a")), {"responded": 1})

    def test_members(self) -> None:
        self.serve(POOL + UNCHECKED + RELAY)
        self.net.kill("10.0.0.1:80")
        self.proxy.client(to="relay")
        self.net.black_hole("10.0.0.2:80")
        self.proxy.client(to="relay")
        self.net.advance(2)
        self.assertEqual(attempts(self.member("a")), {"connect_failed": 2})
        self.assertEqual(attempts(self.member("b")), {"responded": 1, "timed_out": 1})
        self.assertEqual(self.proxy.service.pools["p"].counters.failovers_by["connect"], 2)

    def test_client_left(self) -> None:
        self.serve(POOL + UNCHECKED + RELAY)
        self.net.black_hole("10.0.0.1:80")
        client = self.proxy.client(to="relay")
        client.abort()
        self.net.run()
        self.assertEqual(attempts(self.member("a")), {"cancelled": 1})


class ChecksTests(CountedCase):
    """Checks, and what follows from them."""

    def test_good_and_bad(self) -> None:
        self.serve(POOL + 'check = { kind = "http", path = "/up", interval = "1s", timeout = "1s" }\n' + HTTP)
        self.net.advance(5)
        good = self.member("a").checks["good"]
        self.assertGreater(good, 2)
        self.nodes["a"].then = respond(500)
        self.net.advance(5)
        numbers = self.member("a")
        self.assertGreater(numbers.checks["bad"], 2)
        self.assertEqual(
            (numbers.checks["good"], numbers.check_said), (good, "its check is answered with 500")
        )
        self.assertApproximates(numbers.checked_at, EPOCH + self.net.clock.seconds(), 1.2)
        self.assertEqual((self.member("b").check_said, self.member("b").checks["bad"]), ("", 0))
        self.assertEqual(attempts(numbers), {}, "checks are no attempts")

    def test_how_long(self) -> None:
        self.serve(POOL + 'check = { kind = "http", path = "/up", interval = "9s", timeout = "1s" }\n' + HTTP)
        self.nodes["a"].then = no_response(Wait(0.5), *respond(200).steps)
        self.net.advance(30)
        self.assertApproximates(self.member("a").check_seconds, 0.5, 0.01)

    def test_states(self) -> None:
        """Before the first check is over; then as they say; the log's words are kept."""
        self.serve(POOL + 'check = { kind = "http", path = "/up", interval = "1s", timeout = "1s" }\n' + HTTP)
        service, member = self.proxy.service, self.proxy.service.pools["p"].member("a")
        now = self.net.clock.seconds
        self.assertEqual(state_of(member, now()), "starting")
        self.net.advance(3)
        self.assertEqual(state_of(member, now()), "up")
        self.net.kill("10.0.0.1:80")
        self.net.advance(5)
        told = state_in_words(member, now())
        self.assertEqual((told.word, told.cause), ("down", "could not connect (refused)"))
        self.assertIn("2 good checks", told.next)
        change = service.changes[0]
        self.assertEqual((change.upstream, change.change, change.at), ("a", "down", told.since))
        self.assertEqual((change.cause, change.next), (told.cause, told.next))
        self.assertGreater(told.since, EPOCH)

    def test_checks_that_end(self) -> None:
        """Nobody waits for the first one then."""
        self.serve(POOL + 'check = { kind = "http", path = "/up", interval = "9s", timeout = "9s" }\n' + HTTP)
        self.nodes["a"].then = no_response()
        self.net.advance(5)
        member = self.proxy.service.pools["p"].member("a")
        self.assertEqual(state_of(member, 5.0), "starting")
        self.proxy.apply(POOL + UNCHECKED + HTTP)
        self.assertEqual(state_of(member, 5.0), "up")


class ReloadTests(CountedCase):
    """Over another configuration."""

    def test_never_back(self) -> None:
        """What stays counts on, though all of it is made anew; what is gone is forgotten."""
        self.serve(POOL + UNCHECKED + HTTP + RELAY)
        self.get()
        kept = self.proxy.client(http_request(), "l")
        self.proxy.client(b"x", "relay")
        listener, member = self.numbers(), self.member("a")
        self.proxy.apply(POOL + 'slow_start = "5s"\n' + UNCHECKED + HTTP.replace('"3s"', '"4s"'))
        self.assertEqual(sorted(self.proxy.service.numbers), ["l"])
        self.assertIs(self.numbers(), listener)
        self.assertIs(self.member("a"), member)
        kept.write(http_request())
        self.net.run()
        self.get()
        self.assertEqual((listener.statuses[2], listener.connections), (4, 3))
        self.assertEqual(attempts(member), {"responded": 5})
        self.proxy.apply(POOL + UNCHECKED + HTTP + RELAY)
        self.assertEqual(self.numbers("relay").connections, 0)

    def test_another_name(self) -> None:
        """An address that stays goes on under its new name, and its connections, too."""
        self.serve(POOL + UNCHECKED + HTTP)
        kept = self.proxy.client(http_request())
        self.proxy.apply(POOL + UNCHECKED + HTTP.replace("listeners.l", "listeners.other"))
        kept.write(http_request())
        self.net.run()
        numbers = self.numbers("other")
        self.assertEqual((numbers.connections, numbers.statuses[2]), (0, 1))
        self.assertEqual(len(self.proxy.responses(kept)), 2)
