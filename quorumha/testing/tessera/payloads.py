"""The octets that Tessera nodes send each other, and the toy encryption of the simulation.

Layouts as captured from Tessera 20.10: every number is 8 bytes, big endian; a byte string is its
length and its bytes; a list is its count and its items.

The encryption is a toy: whoever has the octets can read them.  It keeps the sizes of the real one, so that
lengths on the wire agree.  The hash of a payload is SHA3-512 of its cipher text, as in Tessera.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from attrs import frozen

_TAG = 16


class BadBytes(ValueError):
    """Octets that are not what they should be."""


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, size: int) -> bytes:
        if size > len(self.data) - self.at:
            raise BadBytes(f"{size} bytes wanted at {self.at} of {len(self.data)}")
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self) -> int:
        return int.from_bytes(self.take(8), "big")

    def string(self) -> bytes:
        return self.take(self.number())

    def strings(self) -> tuple[bytes, ...]:
        return tuple(self.string() for _ in range(self.number()))

    @property
    def done(self) -> bool:
        return self.at == len(self.data)


def _number(value: int) -> bytes:
    return value.to_bytes(8, "big")


def _string(value: bytes) -> bytes:
    return _number(len(value)) + value


def _strings(values: Iterable[bytes]) -> bytes:
    values = tuple(values)
    return _number(len(values)) + b"".join(map(_string, values))


@frozen
class PartyInfo:
    """The body of C{POST /partyinfo}.

    @ivar url: who says it, as text of bytes: C{b"http://10.0.0.11:9001/"}.
    @ivar keys: public keys (32 bytes each) and the URL where each is found.
    @ivar parties: URLs known.
    """

    url: bytes
    keys: tuple[tuple[bytes, bytes], ...]
    parties: tuple[bytes, ...]

    def encode(self) -> bytes:
        """As bytes."""
        keys = b"".join(_string(key) + _string(url) for key, url in self.keys)
        return _string(self.url) + _number(len(self.keys)) + keys + _strings(self.parties)

    @classmethod
    def decode(cls, data: bytes) -> PartyInfo:
        """From bytes.

        @raise BadBytes: they are not a party info.
        """
        cursor = _Cursor(data)
        url = cursor.string()
        keys = tuple((cursor.string(), cursor.string()) for _ in range(cursor.number()))
        info = cls(url, keys, cursor.strings())
        if not cursor.done:
            raise BadBytes("bytes are left over")
        return info


@frozen
class Payload:
    """An encrypted payload: the body of C{POST /push}.

    @ivar flag: the privacy flag: 0 standard, 1 party protection, 3 private state validation.
    """

    sender: bytes
    cipher_text: bytes
    nonce: bytes
    boxes: tuple[bytes, ...]
    recipient_nonce: bytes
    recipients: tuple[bytes, ...]
    flag: int = 0

    @property
    def hash(self) -> bytes:
        """Its key, 64 bytes."""
        return hashlib.sha3_512(self.cipher_text).digest()

    def encode(self) -> bytes:
        """As bytes."""
        return (
            _string(self.sender)
            + _string(self.cipher_text)
            + _string(self.nonce)
            + _strings(self.boxes)
            + _string(self.recipient_nonce)
            + _strings(self.recipients)
            + _string(bytes([self.flag]))
            + _number(0)
        )

    @classmethod
    def decode(cls, data: bytes) -> Payload:
        """From octets; affected transactions and execution hash are not kept.

        @raise BadBytes: they are not a payload.
        """
        cursor = _Cursor(data)
        sender, cipher_text, nonce = cursor.string(), cursor.string(), cursor.string()
        boxes, recipient_nonce, recipients = cursor.strings(), cursor.string(), cursor.strings()
        flag = 0 if cursor.done else int.from_bytes(cursor.string(), "big")
        return cls(sender, cipher_text, nonce, boxes, recipient_nonce, recipients, flag)

    @classmethod
    def seal(
        cls, clear: bytes, sender: bytes, recipients: Iterable[bytes], salt: bytes, flag: int = 0
    ) -> Payload:
        """Encrypt, in the simulation's way.

        @param salt: makes this cipher text unlike any other of the same clear text.
        """
        everybody = tuple(recipients)
        nonce, recipient_nonce = _stream(b"nonce" + salt, 24), _stream(b"recipient" + salt, 24)
        boxes = tuple(_stream(key + recipient_nonce, 48) for key in everybody)
        return cls(sender, _crypt(clear, nonce) + bytes(_TAG), nonce, boxes, recipient_nonce, everybody, flag)

    def open(self) -> bytes:
        """The clear text of what L{seal} made."""
        return _crypt(self.cipher_text[:-_TAG], self.nonce)


def _stream(seed: bytes, size: int) -> bytes:
    return hashlib.shake_128(seed).digest(size)


def _crypt(data: bytes, nonce: bytes) -> bytes:
    key = _stream(b"key" + nonce, len(data))
    return (int.from_bytes(data, "big") ^ int.from_bytes(key, "big")).to_bytes(len(data), "big")
