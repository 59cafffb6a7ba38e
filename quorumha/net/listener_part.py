"""L{Part}: what a kind builds for one listener."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from attrs import field, frozen
from twisted.internet.defer import Deferred, succeed

from quorumha.net.drain import DrainingFactory

F = TypeVar("F", bound=DrainingFactory[Any])


@frozen
class Shown:
    """What an operator sees of a listener's part just now.

    @ivar waiting: requests that wait until a member can respond; C{waiting_bytes}: of their bodies.
    @ivar parties: whose party infos it knows; None: it takes none.
    @ivar missing: how many of the parties that another member knows each one lacks, by name.
    @ivar mirror_pending: copies under way, by the pool whose requests they are copies of.
    """

    waiting: int = 0
    waiting_bytes: int = 0
    parties: int | None = None
    missing: Mapping[str, int] = field(factory=dict)
    mirror_pending: Mapping[str, int] = field(factory=dict)


class Part(Generic[F]):
    """What one listener has.  Before L{start} it watches and schedules nothing: it may never be started.

    @ivar factory: serves those who connect; once it is started, perhaps an older one that has turned.
    """

    def __init__(self, factory: F) -> None:
        self.factory = factory

    def start(self) -> None:
        """It serves from now on."""

    def prepare(self, member: Any) -> Deferred[None]:
        """Do what has to be done before a member of its pool that was away gets traffic again."""
        return succeed(None)

    def close(self) -> None:
        """The process stops: nobody waits for a member any more."""

    @property
    def busy(self) -> bool:
        """Whether something of its own is under way, beside what its clients asked for."""
        return False

    def shown(self) -> Shown:
        """What an operator sees of it."""
        return Shown()

    def stop(self) -> Deferred[None]:
        """Nothing of it is under way any more: end what is done without being asked."""
        return succeed(None)
