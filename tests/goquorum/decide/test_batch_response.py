"""What a member's answer to a batch holds."""

from __future__ import annotations

import json
from itertools import pairwise
from time import process_time

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.batch_response import plain_places, taken_apart
from quorumha.goquorum.decide.verdict import prefix_of

FIRST = b'{"jsonrpc":"2.0","id":1,"result":"0x1"}'
SECOND = b'{"jsonrpc":"2.0","id":"x","result":{"a":[1,{"b":"c"}]}}'
ERROR = b'{"jsonrpc":"2.0","id":2,"error":{"code":3,"message":"execution reverted"}}'
PREFIXES = [prefix_of(b"1"), prefix_of(b'"x"')]


class PlainTests(SynchronousTestCase):
    """The quick look."""

    def test_results_alone_are_not_taken_apart(self) -> None:
        """Only their places are found."""
        body = b"[%b,%b]\n" % (FIRST, SECOND)
        places = plain_places(body, PREFIXES)
        assert places is not None
        self.assertEqual([body[a : b - 1] for a, b in pairwise(places)], [FIRST, SECOND])

    def test_what_needs_a_closer_look(self) -> None:
        """An error, another order, too few, too many, no array, what is within another one."""
        inside = b'{"jsonrpc":"2.0","id":1,"result":[%b,%b]}' % (FIRST, SECOND)
        for body in (
            b"[%b,%b]" % (FIRST, ERROR),
            b"[%b,%b]" % (SECOND, FIRST),
            b"[%b]" % FIRST,
            b"[%b,%b,%b]" % (FIRST, SECOND, SECOND),
            FIRST,
            b"",
            b"[]",
            b"[%b]" % inside,
            b"[%b,%b" % (FIRST, SECOND),
            b"[ %b,%b]" % (FIRST, SECOND),
        ):
            self.assertIsNone(plain_places(body, PREFIXES), body)

    def test_quotes_in_a_text_are_no_answer(self) -> None:
        """They are escaped there."""
        text = json.dumps({"jsonrpc": "2.0", "id": "x", "result": SECOND.decode()}, separators=(",", ":"))
        body = b"[%b,%b]" % (FIRST, text.encode())
        places = plain_places(body, PREFIXES)
        assert places is not None
        self.assertEqual(json.loads(body[places[1] : places[2] - 1])["result"], SECOND.decode())


class TakenApartTests(SynchronousTestCase):
    """The closer look."""

    def test_by_place(self) -> None:
        """Errors and results."""
        self.assertEqual(taken_apart(b"[%b,%b]" % (FIRST, ERROR), [b"1", b"2"]), [FIRST, ERROR])

    def test_duplicate_ids(self) -> None:
        """Each has its own."""
        other = FIRST.replace(b"0x1", b"0x2")
        self.assertEqual(taken_apart(b"[%b,%b]" % (FIRST, other), [b"1", b"1"]), [FIRST, other])

    def test_one_that_lacks(self) -> None:
        """The others stand."""
        for body, found in (
            (b"[%b]" % ERROR, [None, ERROR]),
            (b"[%b]" % FIRST, [FIRST, None]),
            (b"[]", [None, None]),
        ):
            self.assertEqual(taken_apart(body, [b"1", b"2"]), found)

    def test_answers_without_end(self) -> None:
        """A member that gives millions of them is at fault; to see that takes no time."""
        for entry in (b"1", b"{}"):
            body = b"[%b]" % b",".join([entry] * 300_000)
            began = process_time()
            self.assertIsNone(taken_apart(body, [b"%d" % n for n in range(100)]))
            self.assertLess(process_time() - began, 2)

    def test_answers_that_are_all_of_something_else(self) -> None:
        """Each is read twice at most, not once for each call."""
        entry = b'{"jsonrpc":"2.0","id":"zz","result":"%b"}' % (b"a" * 2_000)
        began = process_time()
        found = taken_apart(b"[%b]" % b",".join([entry] * 1000), [b"%d" % n for n in range(1000)])
        self.assertLess(process_time() - began, 0.5)
        self.assertEqual(found, [None] * 1000)

    def test_one_that_nobody_asked_for(self) -> None:
        """It is left out."""
        self.assertEqual(taken_apart(b"[%b,%b,%b]" % (FIRST, SECOND, ERROR), [b"1", b"2"]), [FIRST, ERROR])

    def test_another_order(self) -> None:
        """No node does that: nothing is taken for another call's."""
        self.assertEqual(taken_apart(b"[%b,%b]" % (ERROR, FIRST), [b"1", b"2"])[0], FIRST)

    def test_ids_as_nodes_echo_them(self) -> None:
        """With keys in another order, too."""
        body = b'[{"id":"\\u003c","jsonrpc":"2.0","result":1}]'
        self.assertEqual(taken_apart(body, [b'"<"']), [body[1:-1]])

    def test_no_array(self) -> None:
        """The member is at fault."""
        for body in (ERROR, b"", b"nonsense", b"[1,", b"[" * 20_000):
            self.assertIsNone(taken_apart(body, [b"1"]), body[:20])
