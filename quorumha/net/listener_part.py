"""L{Part}: what a kind builds for one listener."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from twisted.internet.defer import Deferred, succeed

from quorumha.net.drain import DrainingFactory

F = TypeVar("F", bound=DrainingFactory[Any])


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

    def stop(self) -> Deferred[None]:
        """Nothing of it is under way any more: end what is done without being asked."""
        return succeed(None)
