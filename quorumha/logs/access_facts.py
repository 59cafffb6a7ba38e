"""What happens to the access log itself."""

from __future__ import annotations

from attrs import frozen


@frozen
class AccessLogFailed:
    """Lines of the access log could not be written; they are dropped, and counted.

    @ivar path: the file's.
    @ivar cause: why, in the system's words.
    """

    path: str
    cause: str
