"""What a node says of arguments that it cannot read."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import KEYS, RpcError
from quorumha.testing.goquorum.go_arguments import (
    Optional,
    address,
    block,
    block_number,
    data,
    digest,
    flag,
    quantity,
    read_arguments,
    structure,
    text,
)
from quorumha.testing.goquorum.go_json import GoObject, Number

HASH = "0x" + "Ab" * 32


class ArgumentsTests(SynchronousTestCase):
    def refused(self, said: str, params: Any, *wanted: Any) -> None:
        error = self.assertRaises(RpcError, read_arguments, params, wanted)
        self.assertEqual((error.code, str(error)), (-32602, said))

    def test_read(self) -> None:
        for read, given, found in (
            (address, KEYS[0].upper().replace("X", "x"), KEYS[0]),
            (digest, HASH, HASH.lower()),
            (data, "0x0aFF", b"\x0a\xff"),
            (quantity, "0x1f", 31),
            (block_number, "latest", "latest"),
            (block, "0x10", 16),
            (block, HASH, HASH.lower()),
            (block, GoObject(blockhash=HASH), HASH.lower()),
            (block, GoObject(blocknumber="0x2"), 2),
            (flag, True, True),
            (text, "x", "x"),
            (Optional(block), None, None),
        ):
            self.assertEqual(read_arguments([given], (read,)), [found])
        self.assertEqual(read_arguments(None, (Optional(text),)), [None])

    def test_how_many(self) -> None:
        self.refused("too many arguments, want at most 0", [Number("1")])
        self.refused("missing value for required argument 1", ["x"], text, text)
        self.refused("missing value for required argument 0", [None], text)
        self.refused("non-array args", GoObject())

    def test_what_they_are(self) -> None:
        into = "json: cannot unmarshal {} into Go value of type common.Address"
        for given, said in (
            (Number("5"), into.format("non-string")),
            ("12", into.format("hex string without 0x prefix")),
            ("0x1", into.format("hex string of odd length")),
            ("0xzz", into.format("invalid hex string")),
            ("0x11", "hex string has length 2, want 40 for common.Address"),
        ):
            self.refused(f"invalid argument 0: {said}", [given], address)
        for given, said in (
            ("safe", "hex string without 0x prefix"),
            ("0x", 'hex string "0x"'),
            ("0x00", "hex number with leading zero digits"),
            ("0xg", "invalid hex string"),
            ("0x8000000000000000", "block number larger than int64"),
        ):
            self.refused(f"invalid argument 0: {said}", [given], block_number)
        for read, kind in ((flag, "bool"), (text, "string"), (structure, "map")):
            self.refused(
                f"invalid argument 0: json: cannot unmarshal value into Go value of type {kind}", [[]], read
            )
