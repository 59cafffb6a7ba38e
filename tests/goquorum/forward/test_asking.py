"""One request at one member that may be asked twice."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.forward.asking import JUDGED_FROM
from quorumha.pool.upstream import Broken
from quorumha.testing.http.plays import RESET, Wait, cut_body, cut_chunks, no_response, respond
from tests.goquorum.forward.asked import (
    CALL,
    PREFIX,
    Asked,
    RecordingSink,
    answer_of,
    in_pieces,
    no_answer_of,
)


class AskingTests(SynchronousTestCase):
    """What comes of it."""

    def setUp(self) -> None:
        self.asked = Asked()

    def test_no_limit(self) -> None:
        """C{response_limit} is 0."""
        asked = Asked(response_limit=0)
        asked.script("a", in_pieces(b"[", b"1" * 100_000, b"]"))
        found = asked.ask()
        asked.net.advance(5)
        self.assertEqual(len(answer_of(found).body), 100_002)

    def test_an_answer_is_kept_whole(self) -> None:
        """With its head."""
        self.asked.script("a", respond(200, b'{"x":1}\n'))
        found = answer_of(self.asked.ask())
        self.assertEqual((found.member.name, found.head.status, found.body), ("a", 200, b'{"x":1}\n'))
        self.assertIsNone(found.rest)
        (request,) = self.asked.nodes["a"].requests
        self.assertEqual(request.body, CALL)
        self.assertFalse(any(self.asked.asker.under_way.values()))

    def test_the_member_alone_is_asked(self) -> None:
        """Whatever is known of it."""
        self.asked.pool.checked(self.asked.member("b"), "bad", 0.0, "")
        self.asked.script("b", respond(200, b"{}"))
        self.assertEqual(answer_of(self.asked.ask("b")).member.name, "b")
        self.assertEqual(self.asked.nodes["a"].requests, [])

    def test_no_connection_nothing_was_sent(self) -> None:
        """The cause is in words, without an address."""
        self.asked.net.kill("a:1")
        found = no_answer_of(self.asked.ask())
        self.assertEqual((found.sent, found.error), (False, "could not connect (refused)"))

    def test_it_broke_off(self) -> None:
        """It may have been done."""
        self.asked.script("a", no_response(RESET))
        self.assertTrue(no_answer_of(self.asked.ask()).sent)
        self.asked.script("a", cut_body(3, 10))
        self.assertEqual(no_answer_of(self.asked.ask()).error, "its answer broke off")

    def test_its_checks_put_it_down(self) -> None:
        """It is left at once."""
        self.asked.script("a", no_response(Wait(60)))
        found = self.asked.ask()
        self.assertEqual(found, [])
        self.asked.asker.down(self.asked.member("a"))
        self.assertEqual(no_answer_of(found).error, "was put down by its checks")

    def test_its_checks_put_it_down_in_the_midst_of_its_answer(self) -> None:
        """It may have hung after its head, or before what shows that it is the answer."""
        for begun in (b"", b'{"jsonrpc"'):
            self.setUp()
            self.asked.script("a", cut_body(len(begun), 1000, Wait(60)))
            found = self.asked.ask(prefix=PREFIX)
            self.assertEqual(found, [])
            self.asked.asker.down(self.asked.member("a"))
            lost = no_answer_of(found)
            self.assertEqual((lost.sent, lost.error), (True, "was put down by its checks"))
            self.asked.net.run()
            self.assertEqual(self.asked.net.connections("a:1"), [])
            self.assertFalse(any(self.asked.asker.under_way.values()))

    def test_no_answer_in_time(self) -> None:
        """Where it has a deadline."""
        self.asked.script("a", no_response(Wait(60)))
        found = self.asked.ask(deadline=2.0)
        self.asked.net.advance(1.9)
        self.assertEqual(found, [])
        self.asked.net.advance(0.2)
        self.assertEqual((no_answer_of(found).sent, no_answer_of(found).error), (True, "no answer in time"))

    def test_cancelled(self) -> None:
        """The connection is ended, and nobody is told."""
        self.asked.script("a", no_response(Wait(60)))
        asker = self.asked.asker
        asked = asker.ask(self.asked.member("a"), CALL, self.asked.caller)
        failures: list[object] = []
        asked.addErrback(failures.append)
        self.asked.net.run()
        asked.cancel()
        self.asked.net.run()
        self.assertEqual(len(failures), 1)
        self.assertEqual(self.asked.net.connections("a:1"), [])
        self.assertFalse(any(asker.under_way.values()))

    def test_too_large_to_be_kept(self) -> None:
        """It is no answer then."""
        self.asked.script("a", respond(200, b"x" * 2000))
        self.assertEqual(no_answer_of(self.asked.ask()).error, "its answer is larger than response_limit")


class StreamingTests(SynchronousTestCase):
    """An answer that goes down as it comes."""

    def setUp(self) -> None:
        self.asked = Asked(response_limit=200_000)

    def test_one_that_begins_with_a_result(self) -> None:
        """Its beginning is enough."""
        body = PREFIX + b'"' + b"a" * 500_000 + b'"}\n'
        self.asked.script("a", respond(200, body))
        found = answer_of(self.asked.ask(prefix=PREFIX))
        self.assertTrue(found.body.startswith(PREFIX))
        assert found.rest is not None
        sink = RecordingSink()
        found.rest.pass_down(sink)
        self.asked.net.run()
        self.assertEqual(sink.body, body)
        self.assertTrue(sink.how == "whole")
        self.assertFalse(any(self.asked.asker.under_way.values()))

    def test_one_that_breaks_off_before_it_goes_down(self) -> None:
        """On a WebSocket it may have to wait for the messages before it: its beginning is not all of it."""
        self.asked.script("a", cut_chunks([PREFIX + b'"' + b"a" * 1000], Wait(9)))
        found = answer_of(self.asked.ask(prefix=PREFIX))
        assert found.rest is not None
        # A limit passes, or the process stops.
        found.rest.request.upstream_failed(Broken("connection lost"))
        sink = RecordingSink()
        found.rest.pass_down(sink)
        self.assertEqual(sink.how, "cut")

    def test_one_that_is_whole_before_it_goes_down(self) -> None:
        """Nothing more comes."""
        self.asked.script("a", in_pieces(PREFIX + b'"aaaa', b'b"}\n'))
        found = answer_of(self.asked.ask(prefix=PREFIX))
        assert found.rest is not None
        self.asked.net.advance(2)
        sink = RecordingSink()
        found.rest.pass_down(sink)
        self.asked.net.run()
        self.assertEqual((sink.how, sink.body), ("whole", PREFIX + b'"aaaab"}\n'))

    def test_null_is_waited_for(self) -> None:
        """It may not be believed."""
        parts = [PREFIX + b"nu", b"ll", b"}\n"]
        self.asked.script("a", in_pieces(*parts))
        asked = self.asked.ask(prefix=PREFIX)
        self.asked.net.advance(1.0)
        found = answer_of(asked)
        self.assertEqual((found.rest, found.body), (None, b"".join(parts)))

    def test_an_error_is_kept(self) -> None:
        """However it comes."""
        body = b'{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"header not found"}}\n'
        self.asked.script("a", in_pieces(body[:10], body[10:]))
        asked = self.asked.ask(prefix=PREFIX)
        self.asked.net.advance(1.0)
        found = answer_of(asked)
        self.assertEqual((found.rest, found.body), (None, body))

    def test_whatever_it_is_it_is_judged_from_its_first_64_kib(self) -> None:
        """Other programs write other JSON."""
        body = b'{"result": "' + b"a" * 3 * JUDGED_FROM + b'"}'
        self.asked.script("a", respond(200, body))
        found = answer_of(self.asked.ask(prefix=PREFIX))
        self.assertIsNotNone(found.rest)
        self.assertLess(len(found.body), len(body))
