"""The transaction that clients send."""

from __future__ import annotations

from typing import Any


def payment(account: str, to: str, **fields: Any) -> dict[str, Any]:
    """One without a nonce, that web3.py need read nothing for.

    @param fields: further ones, or others than these.
    """
    return {"from": account, "to": to, "value": 0, "gas": 21000, "gasPrice": 0, **fields}
