"""L{Limits}: how long a request, and each attempt of it, may take."""

from __future__ import annotations

from attrs import frozen


@frozen
class Limits:
    """How long a request and each attempt may take: seconds; 0 means no limit.

    @ivar total: from the last byte of the request until the first byte of the response
        goes down, all tries together.
    @ivar first_byte: from the last byte sent up until the response's head.
    @ivar between: between two reads of a response.
    @ivar send: while an upstream takes nothing of what waits for it.
    """

    total: float = 4.5
    first_byte: float = 2.0
    between: float = 10.0
    send: float = 10.0
