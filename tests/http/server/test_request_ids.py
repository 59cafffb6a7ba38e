"""Tests for L{quorumha.http.server.request_ids}."""

from __future__ import annotations

import re

from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.server.request_ids import make_ends, new_end
from quorumha.http.wire.request_id import client_id, id_in


class IdsTests(SynchronousTestCase):
    """Ids for requests that have none."""

    def test_each_once(self) -> None:
        """Over the ends of blocks, too."""
        make = make_ends(b"0123abcd", 0xFFFFF)
        found = [id_in(make()) for _ in range(2 * 4096)]
        self.assertEqual(found[0], b"0123abcdfffff000")
        self.assertEqual(found[4095:4097], [b"0123abcdffffffff", b"0123abcd100000000"])
        self.assertEqual(len(set(found)), len(found))

    def test_form(self) -> None:
        """Such as a client might have sent, and the next proxy carries."""
        end = new_end()
        self.assertTrue(re.fullmatch(rb"X-Request-Id: [0-9a-f]{16}\r\n\r\n", end), end)
        self.assertEqual(client_id([id_in(end)]), id_in(end))
