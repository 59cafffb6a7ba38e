"""What the proxy answers itself over HTTP."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.forward.http_responses import joined_head, own_head


class HeadTests(SynchronousTestCase):
    """Heads of answers."""

    def test_503_says_when_to_try_again(self) -> None:
        """Nothing was done."""
        self.assertIn((b"Retry-After", b"1"), own_head(503, 5).fields)
        self.assertEqual(own_head(503, 5).reason, b"Service Unavailable")

    def test_others_do_not(self) -> None:
        """An unknown outcome invites nobody to repeat it."""
        head = own_head(200, 5, [(b"Vary", b"Origin")])
        self.assertEqual(head.fields, [(b"Content-Type", b"application/json"), (b"Vary", b"Origin")])
        self.assertEqual((head.status, head.reason, head.length), (200, b"OK", 5))

    def test_a_members_head_fits_the_body(self) -> None:
        """The very same, where it does."""
        head = own_head(200, 5)
        self.assertIs(joined_head(head, 5), head)
        self.assertEqual((joined_head(head, 6).length, joined_head(head, 6).stated_length), (6, 6))
