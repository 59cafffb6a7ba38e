"""Facts of databases of which one is written to: as those of L{quorumha.events}."""

from __future__ import annotations

from attrs import frozen

from quorumha.events import MemberChanged


@frozen
class WriterChanged(MemberChanged):
    """Who is written to has changed, or that anybody is.

    @ivar pool: one of the group's; C{upstream}: the member as that pool names it; of a split: all that claim
        the timeline.
    @ivar change: C{"writer"}: it is written to from now on; C{"writer silent"}: its sessions pause;
        C{"writer resumed"}: they go on; C{"no writer"}: it is written to no more, nor is anybody;
        C{"database split"}: likewise, and a person has to decide.
    @ivar group: whose decision it is.
    @ivar timeline: the highest that was seen.
    """

    group: str = ""
    timeline: int = 0


@frozen
class SessionsCut:
    """Sessions of a member that is written to no more were ended."""

    pool: str
    upstream: str
    count: int
    cause: str


@frozen
class WriterNotSaved:
    """Who is written to cannot be kept on disk: after a restart it would not be known.

    @ivar reason: why not, as the system says it.
    """

    group: str
    path: str
    reason: str


@frozen
class WriterSaved:
    """Who is written to is kept on disk again, after a L{WriterNotSaved}."""

    group: str
    path: str


@frozen
class SystemDiffers:
    """A member is another database than the others.

    @ivar system: what it says; C{expected}: what is written to, or what the configuration says.
    """

    pool: str
    upstream: str
    system: str
    expected: str


@frozen
class NotSynchronous:
    """The writer acknowledges what no other one has."""

    pool: str
    upstream: str


@frozen
class ProxySilent:
    """Another proxy does not say what it has seen: nothing waits for it."""

    group: str
    proxy: str
    cause: str


@frozen
class ProxyResponds:
    """Another proxy says what it has seen: for the first time, or again."""

    group: str
    proxy: str


@frozen
class OldPrimary:
    """A member says that it is a primary, and may be no more: another one was promoted since.

    @ivar timeline: its own; C{seen}: the highest that was seen.
    """

    pool: str
    upstream: str
    timeline: int
    seen: int
