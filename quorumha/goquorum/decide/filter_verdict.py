"""What a member's answer says of a filter.  Pure."""

from __future__ import annotations

import re

from quorumha.goquorum.decide.call import Call, OwnResponse
from quorumha.goquorum.decide.verdict import error_in, result_of

UNINSTALL = "eth_uninstallFilter"
#: Its words for one that it does not have (eth/filters/api.go).
NOT_FOUND = "filter not found"
_ID = re.compile(rb'"0x[0-9a-fA-F]{1,64}"')


def is_not_found(call: Call, body: bytes) -> bool:
    """Whether a member says that it has no such filter."""
    if call.method == UNINSTALL:
        return result_of(body, call.id) == b"false"
    return error_in(body) == (-32000, NOT_FOUND)


def is_over(call: Call, body: bytes) -> bool:
    """Whether there is no such filter any more after this answer."""
    return call.method == UNINSTALL and result_of(body, call.id) == b"true"


def filter_in(body: bytes, id: bytes) -> str | None:
    """The id of the filter that was made; None: none was.

    @param id: the call's, JSON.
    """
    result = result_of(body, id)
    return result[1:-1].decode("ascii") if result is not None and _ID.fullmatch(result) else None


def gone() -> OwnResponse:
    """The member that had it is gone: as a restarted node says it."""
    return OwnResponse(-32000, NOT_FOUND)
