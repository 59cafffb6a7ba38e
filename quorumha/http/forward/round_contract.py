"""What a request and who looks at its rounds have to do with each other."""

from __future__ import annotations

from typing import Protocol

from quorumha.errors import UpstreamError
from quorumha.http.wire.messages import ResponseHead


class Round(Protocol):
    """Who looks at how a round of attempts ended before the client is told."""

    @property
    def statuses(self) -> frozenset[int]:
        """Of the responses that are looked at; any other goes down at once."""

    @property
    def begins(self) -> bool:
        """Whether it wants to know of the beginning."""

    def started(self, data: bytes, complete: bool) -> None:
        """The request begins; as L{Exchange.start<quorumha.http.wire.contracts.Exchange.start>}."""

    def body_came(self, size: int) -> None:
        """So many bytes more of its body are there, and kept."""

    def over(self, came: tuple[ResponseHead, bytes] | UpstreamError) -> None:
        """Every candidate was asked as far as the policy lets: say what follows."""

    def passes(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        """This response goes down now; nothing more is told."""

    def ended(self) -> None:
        """The client got an error, or is gone; nothing more is told."""
