"""The short way of a read."""

from __future__ import annotations

from collections.abc import Mapping
from time import process_time

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.call import Call
from quorumha.goquorum.decide.floors import Floors
from quorumha.goquorum.decide.heights import signs_of
from quorumha.goquorum.decide.rule import Rule
from quorumha.goquorum.forward.ask import MemberResponse, NoResponse, Outcome
from quorumha.goquorum.forward.passing import Passing
from quorumha.goquorum.forward.reads import Reads
from quorumha.goquorum.forward.waits import Waits
from quorumha.http.forward.waiting_room import WaitingRoom
from quorumha.http.wire.messages import ResponseHead
from quorumha.testing.http.plays import RESET, Play, Wait, cut_body, no_response, respond
from tests.goquorum.forward.asked import PREFIX, Asked, RecordingSink, in_pieces

RULES: Mapping[str, Rule] = {
    "eth_blockNumber": Rule("read", name="eth_blockNumber"),
    "eth_call": Rule("read-at", 1, name="eth_call"),
    "eth_getTransactionReceipt": Rule("lookup", name="eth_getTransactionReceipt"),
    "eth_syncing": Rule("own", name="eth_syncing"),
}


class PassingTests(SynchronousTestCase):
    """What goes down, and what is for the long way."""

    def setUp(self) -> None:
        self.asked = asked = Asked()
        waits = Waits(WaitingRoom("l"), asked.pool, asked.net.clock)
        self.reads = Reads(asked.asker, waits, Floors(10))
        self.sink = RecordingSink()
        self.others: list[Outcome] = []

    def begin(self, play: Play, method: str = "eth_call", params: bytes = b"[]") -> Passing | None:
        self.asked.script("a", play)
        call = Call(b"1", method, params)
        passing = self.reads.pass_on(
            call, RULES[method], self.asked.caller, 30.0, self.sink, self.others.append
        )
        self.asked.net.run()
        return passing

    def test_an_ordinary_answer_goes_down_as_it_came(self) -> None:
        """Nothing is kept."""
        body = PREFIX + b'"0x1"}\n'
        self.begin(respond(200, body))
        self.assertEqual((self.sink.body, self.sink.how, self.others), (body, "whole", []))
        self.assertFalse(any(self.asked.asker.under_way.values()))

    def test_a_large_one_streams(self) -> None:
        """And ends, or breaks off, as the member's does."""
        self.begin(in_pieces(PREFIX + b'"0x', b"ab", b'"}\n'))
        self.assertEqual(self.sink.how, "")
        self.asked.net.advance(1)
        self.assertEqual((self.sink.body, self.sink.how), (PREFIX + b'"0xab"}\n', "whole"))
        self.setUp()
        self.begin(respond(200, PREFIX + b'"0xab', length=b"99") + RESET)
        self.assertEqual((self.sink.how, self.others), ("cut", []))

    def test_an_error_takes_the_long_way(self) -> None:
        """Whole."""
        body = b'{"jsonrpc":"2.0","id":1,"error":{"code":3,"message":"execution reverted: A"}}\n'
        self.begin(respond(200, body))
        (outcome,) = self.others
        assert isinstance(outcome, MemberResponse)
        self.assertEqual((outcome.body, self.sink.how), (body, ""))

    def test_another_status_takes_the_long_way(self) -> None:
        """Whatever its body says."""
        self.begin(respond(503, PREFIX + b"1}"))
        self.assertIsInstance(self.others[0], MemberResponse)

    def test_an_error_page_in_many_pieces(self) -> None:
        """It is not put together for each of them."""
        self.asked.asker.response_limit = 10_000_000
        passing = self.begin(no_response(Wait(100)))
        assert passing is not None
        began = process_time()
        passing.response_head(ResponseHead(502, b"Bad Gateway", [], None, True, True), b"", False)
        for _ in range(20_000):
            passing.response_data(b"x" * 200)
        passing.response_end()
        self.assertLess(process_time() - began, 2)
        (outcome,) = self.others
        assert isinstance(outcome, MemberResponse)
        self.assertEqual(len(outcome.body), 4_000_000)

    def test_a_null_takes_the_long_way_where_it_may_be_lag(self) -> None:
        """Else it is as any other answer."""
        null = respond(200, PREFIX + b"null}\n")
        for method, long in (("eth_getTransactionReceipt", 1), ("eth_call", 0), ("eth_syncing", 0)):
            self.others.clear()
            self.begin(null, method)
            self.assertEqual(len(self.others), long, method)

    def test_no_answer_takes_the_long_way(self) -> None:
        """Nothing went down."""
        for play in (no_response(RESET), cut_body(3, 10)):
            self.setUp()
            self.begin(play)
            self.assertIsInstance(self.others[0], NoResponse)
        self.setUp()
        self.asked.net.kill("a:1")
        self.begin(respond())
        self.assertIsInstance(self.others[0], NoResponse)
        self.assertEqual(self.sink.how, "")

    def test_its_member_goes_down(self) -> None:
        """It is asked elsewhere at once; what goes down already goes on."""
        self.begin(no_response(Wait(60)))
        self.asked.asker.down(self.asked.member("a"))
        self.assertIsInstance(self.others[0], NoResponse)

    def test_nothing_that_checks_its_member(self) -> None:
        """Then the client's time ends it."""
        self.begin(no_response(Wait(60)))
        self.asked.net.advance(29)
        self.assertEqual(self.others, [])
        self.asked.net.advance(2)
        self.assertIsInstance(self.others[0], NoResponse)

    def test_what_it_shows_is_learnt(self) -> None:
        """Of the member, and of what the client has seen."""
        self.begin(respond(200, PREFIX + b'"0x11"}\n'), "eth_blockNumber")
        floor = self.reads.floors.of(self.asked.caller.key)
        self.assertEqual((signs_of(self.asked.member("a")).height, floor.height), (17, 17))
        self.assertIs(floor.member, self.asked.member("a"))

    def test_no_member_has_the_block(self) -> None:
        """The long way, at once."""
        self.reads.floors.of(self.asked.caller.key).raise_to(5)
        self.assertIsNone(self.begin(respond(), params=b'[{},"latest"]'))
        self.assertIsNone(self.begin(respond(), params=b'[{},"0x9"]'))
        self.assertIsNotNone(self.begin(respond(200, PREFIX + b"1}"), params=b'[{},"earliest"]'))

    def test_secrets_and_notifications_take_the_long_way(self) -> None:
        """They are rare."""
        for id, secret in ((b"", False), (b"1", True)):
            rule = Rule("read", None, secret)
            passing = self.reads.pass_on(
                Call(id, "x", b""), rule, self.asked.caller, 30.0, self.sink, self.others.append
            )
            self.assertIsNone(passing)

    def test_the_client_leaves(self) -> None:
        """The member's connection is ended."""
        passing = self.begin(no_response(Wait(60)))
        assert passing is not None
        passing.leave()
        self.asked.net.run()
        self.assertEqual((self.asked.net.connections("a:1"), self.others), ([], []))
