"""RLP and Keccak-256: how Ethereum writes and names things.

Source: the yellow paper, appendix B; its Keccak is the one before the padding of SHA-3 was fixed.

    >>> encode([b"cat", b"", [b"a"]]).hex()
    'c78363617480c161'
    >>> decode(bytes.fromhex("c78363617480c161"))
    [b'cat', b'', [b'a']]
"""

from __future__ import annotations

from typing import TypeAlias

from Crypto.Hash import keccak

Item: TypeAlias = "bytes | list[Item]"


def keccak256(data: bytes) -> bytes:
    """32 bytes."""
    return keccak.new(data=data, digest_bits=256).digest()


def number(value: int) -> bytes:
    """A number as RLP has it: big end first, no leading zero."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def encode(item: Item) -> bytes:
    """An item's bytes."""
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:
            return item
        return _head(len(item), 0x80) + item
    inside = b"".join(encode(part) for part in item)
    return _head(len(inside), 0xC0) + inside


def _head(length: int, base: int) -> bytes:
    if length < 56:
        return bytes([base + length])
    size = number(length)
    return bytes([base + 55 + len(size)]) + size


def decode(data: bytes) -> Item:
    """The item that these bytes are.

    @raise ValueError: they are none, or more than one.
    """
    item, end = _decode(data, 0)
    if end != len(data):
        raise ValueError("rlp: input contains more than one value")
    return item


def _decode(data: bytes, at: int) -> tuple[Item, int]:
    if at >= len(data):
        raise ValueError("rlp: value size exceeds available input length")
    first = data[at]
    if first < 0x80:
        return data[at : at + 1], at + 1
    base = 0x80 if first < 0xC0 else 0xC0
    begin, length = at + 1, first - base
    if length > 55:
        size = length - 55
        length = int.from_bytes(data[begin : begin + size], "big")
        begin += size
    end = begin + length
    if end > len(data):
        raise ValueError("rlp: value size exceeds available input length")
    if base == 0x80:
        return data[begin:end], end
    items: list[Item] = []
    while begin < end:
        item, begin = _decode(data, begin)
        items.append(item)
    if begin != end:
        raise ValueError("rlp: element is larger than containing list")
    return items, end
