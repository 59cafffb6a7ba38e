"""Tests for L{quorumha.admin.replies}."""

from __future__ import annotations

from types import SimpleNamespace

from twisted.trial.unittest import SynchronousTestCase

from quorumha.admin.replies import query


class QueryTests(SynchronousTestCase):
    """L{query}."""

    def test_forms(self) -> None:
        """With a value, without one, twice, escaped, and none."""
        for uri, found in (
            (b"/a", {}),
            (b"/a?b", {"b": [""]}),
            (b"/a?b=1&b=2", {"b": ["1", "2"]}),
            (b"/a?b=%C3%A9+c", {"b": ["\u00e9 c"]}),
            (b"/a?b=\xff", {"b": ["\ufffd"]}),
        ):
            self.assertEqual(query(SimpleNamespace(uri=uri)), found)

    def test_too_many(self) -> None:
        """Are not taken apart."""
        self.assertRaises(ValueError, query, SimpleNamespace(uri=b"/?" + b"a=1&" * 101))
