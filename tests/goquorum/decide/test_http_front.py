"""What is said over HTTP to requests that hold no message."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.http_front import asks_for_health, origin_of_message, refusal_of
from quorumha.http.wire.messages import RequestHead

JSON = (b"Content-Type", b"application/json")


def head(
    method: bytes = b"POST", target: bytes = b"/", *fields: tuple[bytes, bytes], length: int | None = 10
) -> RequestHead:
    return RequestHead(method, target, 1, b"x", [*fields], [], length, True)


class RefusalTests(SynchronousTestCase):
    """In the order of a node."""

    def status(self, one: RequestHead, body_limit: int = 100) -> int:
        refusal = refusal_of(one, body_limit)
        return 0 if refusal is None else refusal.status

    def test_other_paths(self) -> None:
        """404, also for GraphQL."""
        for target in (b"/graphql", b"/rpc", b"/health", b"*", b"//"):
            self.assertEqual(self.status(head(b"POST", target, JSON)), 404, target)
        self.assertEqual(self.status(head(b"POST", b"/?PSI=x", JSON)), 0)

    def test_methods(self) -> None:
        """405 for PUT and DELETE; OPTIONS needs no type; GET without body and query asks for health."""
        self.assertEqual([self.status(head(one, b"/", JSON)) for one in (b"PUT", b"DELETE")], [405, 405])
        self.assertEqual(self.status(head(b"OPTIONS", b"/", length=0)), 0)
        self.assertEqual(self.status(head(b"GET", b"/", length=0)), 0)
        self.assertEqual(self.status(head(b"GET", b"/?x=1", length=0)), 415)
        self.assertEqual(self.status(head(b"HEAD", b"/", length=0)), 415)
        self.assertTrue(asks_for_health(head(b"GET", b"/", length=0)))
        self.assertFalse(asks_for_health(head(b"GET", b"/", length=1)))
        self.assertFalse(asks_for_health(head(b"GET", b"/?x", length=0)))

    def test_content_types(self) -> None:
        """415 for what is no JSON."""
        for kind, status in (
            (b"application/json", 0),
            (b"application/json; charset=utf-8", 0),
            (b"Application/JSON-RPC", 0),
            (b"application/jsonrequest", 0),
            (b"text/plain", 415),
            (b"application/jsonx", 415),
            (b"", 415),
        ):
            self.assertEqual(self.status(head(b"POST", b"/", (b"content-type", kind))), status, kind)
        self.assertEqual(self.status(head()), 415)

    def test_too_large(self) -> None:
        """413, in the node's words; without a length it shows later."""
        refusal = refusal_of(head(b"POST", b"/", JSON, length=101), 100)
        assert refusal is not None
        self.assertEqual((refusal.status, refusal.text), (413, "content length too large (101>100)"))
        self.assertTrue(refusal.closes)
        self.assertEqual(self.status(head(b"POST", b"/", JSON, length=None)), 0)
        self.assertEqual(self.status(head(b"POST", b"/", JSON, length=101), 0), 0)


class OriginOfMessageTests(SynchronousTestCase):
    """The quick way is for what was looked at before."""

    def test_a_head_that_was_seen(self) -> None:
        """Its length and target are looked at each time: heads are remembered without them."""
        one = head(b"POST", b"/", JSON, (b"Origin", b"http://x"))
        self.assertIsNone(origin_of_message(one, 100))
        refusal_of(one, 100)
        self.assertEqual(origin_of_message(one, 100), b"http://x")
        self.assertIsNone(origin_of_message(one, 9))
        self.assertIsNone(origin_of_message(one.with_target(b"/graphql"), 100))

    def test_a_refused_one_is_never_known(self) -> None:
        """Nor one without a body."""
        one = head(b"POST", b"/", (b"Content-Type", b"text/plain"))
        refusal_of(one, 100)
        self.assertIsNone(origin_of_message(one, 100))
