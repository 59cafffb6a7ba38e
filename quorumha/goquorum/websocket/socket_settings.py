"""What a configuration says of WebSockets, as it is read here."""

from __future__ import annotations

from typing import Protocol


class SocketSettings(Protocol):
    """Keys of a listener, seconds and bytes; see the reference for what each means."""

    @property
    def longest_wait(self) -> float: ...

    @property
    def batch_limit(self) -> int: ...

    @property
    def in_flight_limit(self) -> int: ...

    @property
    def message_limit(self) -> int: ...

    @property
    def client_buffer(self) -> int: ...

    @property
    def subscription_limit(self) -> int: ...

    @property
    def ping_interval(self) -> float: ...

    @property
    def resume_timeout(self) -> float: ...

    @property
    def resume_blocks(self) -> int: ...
