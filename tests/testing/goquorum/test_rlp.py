"""RLP and Keccak-256."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing.goquorum.rlp import Item, decode, encode, keccak256, number

items: st.SearchStrategy[Item] = st.recursive(
    st.binary(max_size=70), lambda inner: st.lists(inner, max_size=4), max_leaves=8
)


class RLPTests(SynchronousTestCase):
    def test_known(self) -> None:
        """The examples of the yellow paper, and the hash of nothing."""
        for item, written in (
            (b"dog", b"\x83dog"),
            ([b"cat", b"dog"], b"\xc8\x83cat\x83dog"),
            (b"", b"\x80"),
            ([], b"\xc0"),
            (number(1024), b"\x82\x04\x00"),
            (b"a" * 56, b"\xb8\x38" + b"a" * 56),
        ):
            self.assertEqual(encode(item), written)
        self.assertTrue(keccak256(b"").hex().startswith("c5d2460186f7233c927e7db2dcc703c0"))

    @given(items)
    def test_there_and_again(self, item: Item) -> None:
        self.assertEqual(decode(encode(item)), item)

    def test_what_is_none(self) -> None:
        for data in (b"", b"\x83do", b"\x83dogs", b"\xc2\x83d", b"\xb8"):
            with self.assertRaises(ValueError):
                decode(data)
