"""L{Alike}: what a member tells many subscribers alike is read once.  Pure.

A head comes to each subscriber in the same bytes, but for the id of its subscription.  To read a thousand of
them costs more than all else that is done with them.  So what differs from something that was read in nothing
but the id is not read anew.

Where the id stands is not concluded from how a notification looks.  First two of them are read as any
message.  If they differ in one place alone, between quotes, where each has its own id, and their results are
the same, then that place is the id's, and other letters and digits there would be read likewise.
"""

from __future__ import annotations

from attrs import define, field

from quorumha.goquorum.websocket.said import Notification

#: Bytes of a message that is remembered; how many are, each of another size.
SMALL, SIZES = 16 * 1024, 8


@define(eq=False)
class _Seen:
    """A message in its frames.

    @ivar sure: another one was read, which differs in the id alone.
    """

    before: bytes
    behind: bytes
    first: str
    result: bytes
    sure: bool = False

    def id_in(self, data: bytes) -> str | None:
        """What stands in the place of the id in other bytes of the same size; None: they differ elsewhere."""
        if not (data.startswith(self.before) and data.endswith(self.behind)):
            return None
        id = data[len(self.before) : len(data) - len(self.behind)]
        return id.decode("ascii") if id.isalnum() else None


@define(eq=False)
class Alike:
    """Of one member."""

    #: By the size.
    _seen: dict[int, _Seen] = field(factory=dict, init=False)

    def known(self, data: bytes) -> Notification | None:
        """What would be read of this; None: it has to be read.

        @param data: from the beginning of a frame on, where no message has begun.
        """
        seen = self._seen.get(len(data))
        if seen is None or not seen.sure:
            return None
        id = seen.id_in(data)
        return None if id is None else Notification(id, seen.result)

    def was_read(self, data: bytes, found: Notification) -> None:
        """This was read of a message.

        @param data: its frames, and nothing else.
        """
        size, id = len(data), found.subscription
        seen = self._seen.get(size)
        if seen is not None and (there := seen.id_in(data)) is not None:
            if there == id != seen.first and found.result == seen.result:
                seen.sure = True
            return
        place = id.encode("ascii", "replace")
        at = data.find(b'"%b"' % place) + 1 if size <= SMALL and place.isalnum() else 0
        if not at:
            return
        if seen is None and len(self._seen) >= SIZES:
            del self._seen[next(iter(self._seen))]
        self._seen[size] = _Seen(data[:at], data[at + len(place) :], id, found.result)
