"""What clients of an L{RpcWorld<tests.goquorum.rpc_world>} ask, and what they are answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from attrs import define, field

from quorumha.testing.goquorum.key_store import KEYS
from quorumha.testing.http.recording import Recorder
from quorumha.testing.memory_proxy import MemoryProxy

#: Accounts of which each client signs with one alone.
SIGNERS = KEYS[3:7]


class Entry(msgspec.Struct):
    """One response, with the id as it came."""

    id: msgspec.Raw
    result: Any = None
    error: dict[str, Any] | None = None

    @property
    def code(self) -> int:
        """Of the error; 0: there is none."""
        return 0 if self.error is None else int(self.error["code"])


@define(eq=False)
class Client:
    """One client: an address before one proxy.

    @ivar latest: the highest block that it was told is the latest.
    @ivar raw: what it signed last and was not told of yet; and the nonce of the next one.
    """

    proxy: MemoryProxy
    number: int
    latest: int = 0
    raw: str = ""
    nonce: int = 0

    @property
    def signer(self) -> str:
        return SIGNERS[self.number]


@define(eq=False)
class Call:
    """One call, alone or in a batch.

    @ivar json: it.
    @ivar id: JSON; empty: a notification.
    @ivar check: looks at what it was answered; the second one says whether nothing was wrong anywhere.
    """

    json: str
    id: str
    check: Callable[[Entry, bool], None]


@define(eq=False)
class Asked:
    """A message that waits for its response."""

    client: Client
    calls: list[Call]
    batch: bool
    sent: Recorder
    at: float
    changes: int
    behind: int
    size: int = 0
    latest: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.latest = self.client.latest
