"""What happens at the admin: facts, and what the log says of them."""

from __future__ import annotations

from attrs import frozen

from quorumha.logs.log_lines import FEW, Line, LogLines


@frozen
class AdminRefused:
    """A request to the admin was refused: a wrong token, a host or an origin that is not ours.

    @ivar client: its address, as text.
    @ivar cause: why, in a few words; no token is in it.
    """

    client: str
    status: int
    cause: str


LINES = LogLines(
    {
        (AdminRefused, None): Line(
            "admin-refused",
            "admin: a request of {client} was refused: {status}, {cause}",
            "{client} {cause}",
            first=FEW,
        )
    }
)
