"""Batches of calls of the proxy's own, and what a member says to each.  Pure."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen
from msgspec import DecodeError, Raw, Struct, ValidationError
from msgspec.json import Decoder

from quorumha.goquorum.decide.verdict import ABSENT, Verdict, verdict_of_error


@frozen
class OwnCall:
    """One call.

    @ivar method: one of ours.
    @ivar parameter: C{0x} and hex digits.
    @ivar block: the second one, a tag; empty: there is none.
    """

    method: str
    parameter: str
    block: str = ""


@frozen
class OwnEntry:
    """What a member said to one of them.

    @ivar result: JSON; empty: an error.
    @ivar verdict: of the error.
    @ivar message: its text.
    """

    result: bytes
    verdict: Verdict = Verdict.DELIVER
    message: str = ""

    @property
    def found(self) -> bool:
        """Whether the result is there, and says that there is such a thing."""
        return bool(self.result) and self.result not in ABSENT


#: Nothing was said.
NO_ENTRY = OwnEntry(b"")


class _Error(Struct):
    code: int = 0
    message: str = ""


class _Entry(Struct):
    id: int | None = None
    result: Raw = Raw()
    error: _Error | None = None


_ENTRIES: Decoder[list[_Entry]] = Decoder(list[_Entry])


def own_batch(calls: Sequence[OwnCall]) -> bytes:
    """The body of a request with these; their ids are their places."""
    return b"[%b]" % b",".join(
        b'{"jsonrpc":"2.0","id":%d,"method":"%b","params":["%b"%b]}'
        % (
            place,
            call.method.encode("ascii"),
            call.parameter.encode("ascii"),
            b',"%b"' % call.block.encode("ascii") if call.block else b"",
        )
        for place, call in enumerate(calls)
    )


def own_entries(body: bytes, calls: Sequence[OwnCall]) -> list[OwnEntry]:
    """What was said to each of these; L{NO_ENTRY} to those to which nothing was.

    @param body: of the response.
    """
    said = [NO_ENTRY] * len(calls)
    try:
        entries = _ENTRIES.decode(body)
    except (DecodeError, ValidationError, RecursionError):
        # One error for all of them, or no JSON-RPC.
        return said
    for entry in entries:
        if entry.id is None or not 0 <= entry.id < len(said):
            continue
        error = entry.error
        if error is None:
            said[entry.id] = OwnEntry(bytes(entry.result))
        else:
            verdict = verdict_of_error(error.code, error.message)
            said[entry.id] = OwnEntry(b"", verdict, error.message)
    return said
