"""L{RpcError}: an error of JSON-RPC that is a node's answer."""

from __future__ import annotations

from typing import Any


class RpcError(Exception):
    """An error that is the answer.

    @ivar code: of JSON-RPC.
    @ivar data: what stands in C{data}; None: nothing does.
    """

    def __init__(self, code: int, said: str, data: Any = None) -> None:
        super().__init__(said)
        self.code = code
        self.data = data


def refusal(said: str) -> RpcError:
    """What GoQuorum says of most that goes wrong: -32000."""
    return RpcError(-32000, said)


def not_available(method: str) -> RpcError:
    """No such method, or not exposed here."""
    return RpcError(-32601, f"the method {method} does not exist/is not available")
