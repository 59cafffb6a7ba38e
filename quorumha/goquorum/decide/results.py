"""L{transaction_in}: which transaction a member acknowledged.  Pure."""

from __future__ import annotations

import re

from quorumha.goquorum.decide.verdict import result_of

_HASH = re.compile(rb'"0x[0-9a-fA-F]{64}"')


def transaction_in(body: bytes, id: bytes) -> str | None:
    """The hash that an answer results in; None: an error, another result, or the zero hash of
    C{eth_sendTransactionAsync}, by which nothing can be asked for.

    @param body: one object of JSON-RPC.
    @param id: the call's, JSON.
    """
    result = result_of(body, id)
    if result is None or not _HASH.fullmatch(result):
        return None
    hash = result[1:-1].decode("ascii").lower()
    return hash if hash.strip("0x") else None
