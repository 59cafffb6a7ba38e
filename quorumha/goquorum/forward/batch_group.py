"""L{GroupResponse}: what a member answered to some calls of a batch, and how long that is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from quorumha.goquorum.decide.batch_response import plain_places, taken_apart
from quorumha.goquorum.decide.call import OwnResponse, unavailable, unknown_outcome
from quorumha.goquorum.decide.heights import LOOKED_AT
from quorumha.goquorum.forward.ask import MemberResponse
from quorumha.goquorum.forward.batch_slot import Slot

if TYPE_CHECKING:
    from quorumha.goquorum.forward.batch_run import BatchRun

_TOO_MUCH = "too many bytes of answers are kept"


class GroupResponse:
    """A member's answer to some calls, kept until the whole response goes out.

    @ivar response: as it came.
    @ivar slots: the calls.
    @ivar plain: each call has a result: nothing was taken apart.
    @ivar kept: bytes of it that count in the bound of the process.
    """

    def __init__(self, response: MemberResponse, slots: list[Slot], run: BatchRun) -> None:
        self.response = response
        self.slots = slots
        self._run = run
        self.kept = 0
        body = response.body
        self._places: list[int] | None = None
        self._found: Sequence[bytes | None] | None = None
        if response.head.status == 200:
            self._places = plain_places(body, [one.prefix for one in slots])
        self.plain = self._places is not None
        if not self.plain:
            self._found = self._take_apart()
        if self.holds_any:
            run.keep(self, len(body))

    @property
    def holds_any(self) -> bool:
        """Whether it has the answer to any of the calls; if not, its member is at fault."""
        return self.plain or any(self._found or ())

    def beginnings(self) -> Iterator[tuple[Slot, bytes]]:
        """Of a plain one: each call, and as much of its answer as tells anything of its member."""
        assert self._places is not None
        body, places = self.response.body, self._places
        for index, slot in enumerate(self.slots):
            start, end = places[index], places[index + 1] - 1
            yield slot, body[start : min(end, start + LOOKED_AT)]

    def bodies(self) -> Iterator[tuple[Slot, bytes | None]]:
        """Each call and its answer; None: it has none."""
        if self._found is None:
            self._found = self._take_apart()
        return zip(self.slots, self._found, strict=True)

    def _take_apart(self) -> Sequence[bytes | None]:
        slots, response, places = self.slots, self.response, self._places
        body = response.body
        found: Sequence[bytes | None] | None = None
        if places is not None:
            found = [body[start : end - 1] for start, end in pairwise(places)]
        elif response.head.status == 200:
            found = taken_apart(body, [one.call.id for one in slots])
        return found or [None] * len(slots)

    def give_up(self) -> None:
        """Too much is kept by all, and this is the largest."""
        self._run.whole = None
        for slot in self.slots:
            slot.first = None
            slot.failed(given_up(slot))


def given_up(slot: Slot) -> OwnResponse:
    """A bound of ours was reached, and nothing of the answer is kept."""
    if slot.writes:
        return unknown_outcome(_TOO_MUCH, "response-limit")
    return unavailable(_TOO_MUCH, "response-limit")
