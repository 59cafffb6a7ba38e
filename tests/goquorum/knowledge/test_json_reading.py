"""Tests for L{quorumha.goquorum.knowledge.json_reading}."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.knowledge.json_reading import deeper_than, folded

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.text('[]{}"\\,:é', max_size=6)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text('[{}]"\\', max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


def depth_of(value: object) -> int:
    """The plain way."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inside is None else 1 + max(map(depth_of, inside), default=0)


class FoldTests(SynchronousTestCase):
    """Which keys are one key to a node."""

    def test_letters(self) -> None:
        """ASCII in either case, the long s and the Kelvin sign; nothing else."""
        for key in ("params", "PARAMS", "Params", "param\u017f", "PARAM\u017f"):
            self.assertEqual(folded(key), "params")
        self.assertEqual(folded("\u212aey"), "key")
        # As Go folds one letter at a time: no sharp s, no ligature, no letter of another alphabet.
        for key in ("\u0131d", "\u0130d", "re\u00dfult", "\uff49d", "\u0456d", "i\u0501", "id\u0301", "id "):
            self.assertNotIn(folded(key), ("id", "result"))

    def test_every_letter(self) -> None:
        """Of all letters only these two stand for one of ASCII."""
        ascii_letters = set("abcdefghijklmnopqrstuvwxyz")
        found = [chr(code) for code in range(128, 0x11000) if folded(chr(code)) in ascii_letters]
        self.assertEqual(found, ["\u017f", "\u212a"])


class DepthTests(SynchronousTestCase):
    """How deep a text is."""

    @given(VALUES)
    def test_as_counted(self, value: object) -> None:
        """Whatever stands in strings."""
        depth = depth_of(value)
        for ascii_only in (True, False):
            data = json.dumps(value, ensure_ascii=ascii_only).encode()
            for limit in range(depth + 2):
                self.assertEqual(deeper_than(limit, data), depth > limit, (limit, data))

    def test_escapes(self) -> None:
        """A quote behind two of them ends a string, behind three it does not."""
        for text in ("\\", '"', "\\[[", '\\"[[', '"[[\\', '\\\\"[', '[["\\'):
            data = json.dumps([text, [text, text]]).encode()
            self.assertTrue(deeper_than(1, data), text)
            self.assertFalse(deeper_than(2, data), text)
