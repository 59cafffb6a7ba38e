"""What a signed transaction is called: Keccak-256 of its bytes.

So it is with legacy, typed and private ones alike (core/types/transaction.go; measured: corpus, C{raw-*}).
"""

from __future__ import annotations


def hash_of_raw(raw: bytes) -> str:
    """The hash by which nodes know it, C{0x} and hex digits in lower case.

    The Keccak of Ethereum is older than SHA-3: its padding is another one.

    @param raw: its bytes, with the signature.
    """
    # Few processes need it, and none before the first signed transaction.
    from Crypto.Hash import keccak

    return "0x" + keccak.new(data=raw, digest_bits=256).hexdigest()
