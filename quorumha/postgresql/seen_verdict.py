"""What another proxy's C{/writerz} says: the highest timeline that it has seen of each database.  PURE."""

from __future__ import annotations

from attrs import frozen
from msgspec import DecodeError, Struct, ValidationError
from msgspec.json import Decoder

from quorumha.health.verdicts import Verdict
from quorumha.postgresql.proxy_words import Timelines
from quorumha.postgresql.role_word import HIGHEST


class _Seen(Struct):
    """What is looked at of one entry: groups may be called otherwise there."""

    system_identifier: str
    timeline: int


_decoder = Decoder(list[_Seen])
_STATUSES = {
    404: "it has no /writerz: it is an older quorumha, or this is not its `[admin] probes`",
    421: "it answers 421: the host by which it is asked is not in its `[admin] hosts`",
}
_OTHER = "what it answers is not a quorumha's"


@frozen
class SeenVerdict(Verdict):
    """A verdict on another proxy.

    @ivar timelines: what it has seen; None: it did not say.
    """

    timelines: Timelines | None = None


def seen_verdict(status: int, body: bytes) -> SeenVerdict:
    """What a response says."""
    if status != 200:
        return SeenVerdict(_STATUSES.get(status, f"it answers {status}"))
    try:
        found = _decoder.decode(body)
    except (DecodeError, ValidationError, UnicodeDecodeError, RecursionError):
        return SeenVerdict(_OTHER)
    timelines: dict[str, int] = {}
    for one in found:
        if not (one.system_identifier and 0 < one.timeline <= HIGHEST):
            return SeenVerdict(_OTHER)
        timelines[one.system_identifier] = max(one.timeline, timelines.get(one.system_identifier, 0))
    return SeenVerdict(timelines=timelines)
