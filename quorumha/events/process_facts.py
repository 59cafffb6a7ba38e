"""Facts of the process: its start, its configuration, its listeners, what it keeps, and its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen


@frozen
class Started:
    """All listeners take clients, and each member that is checked was checked once.

    @ivar file: the configuration's; empty: there is none.
    @ivar listeners: addresses, by the listener's name.
    @ivar members: by pool and name: C{"up"}, C{"disabled"}, C{"not checked"}, or what is wrong.
    """

    version: str
    file: str
    listeners: Mapping[str, str]
    members: Mapping[str, Mapping[str, str]]


@frozen
class Listening:
    """A listener takes clients."""

    listener: str
    address: str


@frozen
class NotListening:
    """A listener takes no clients though the process was undrained: its address was taken meanwhile."""

    listener: str
    reason: str


@frozen
class DrainChanged:
    """The process is to be left alone by its clients, or no more.

    @ivar step: C{"draining"}: it says that it is not ready; C{"drained"}: it takes no new clients;
        C{"undrained"}: all that is taken back; C{"stopping"}: it says that it is not ready, and will stop.
    @ivar seconds: until the next step.
    """

    step: str
    seconds: float = 0.0


@frozen
class ConnectionsCut:
    """So many connections were still busy when the time for a stop was over."""

    listener: str
    count: int


@frozen
class WordsLost:
    """What an operator had said of members cannot be read: who is enabled is as the configuration says."""

    path: str
    reason: str


@frozen
class StateNotKept:
    """What members said cannot be kept on disk, in this file or directory."""

    path: str
    reason: str


@frozen
class ReloadTaken:
    """The configuration's file was read again, and what it says serves.

    @ivar changes: what that changed, a line each; empty: nothing.
    @ivar warnings: what is probably not meant, a line each.
    """

    file: str
    changes: Sequence[str]
    warnings: Sequence[str] = ()


@frozen
class ReloadRefused:
    """The configuration's file was to be read again, and cannot be used: what served goes on.

    @ivar problems: why, a line each.
    """

    file: str
    problems: Sequence[str]
