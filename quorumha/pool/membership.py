"""L{Membership}: who is a member of a pool, and who may be used; both change while it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from twisted.internet.defer import Deferred

from quorumha.events import MemberChanged, Observers
from quorumha.pool.member import Member
from quorumha.pool.upstream import Upstream


class Membership:
    """The members of a pool, which come, go, and are enabled or disabled while it is used.

    @ivar name: what the configuration calls the pool.
    @ivar members: in the order given.
    @ivar enabled_count: how many of them the operator lets be used.
    @ivar observers: get the facts of the members, and of requests for them.
    """

    def __init__(self, name: str, observers: Observers) -> None:
        self.name = name
        self.observers = observers
        self.members: tuple[Member, ...] = ()
        self.enabled_count = 0
        self._up, self._down, self._changed = Observers(), Observers(), Observers()

    def _notify(self, member: Member, change: str, cause: str, following: str, seconds: float = 0.0) -> None:
        name, node = member.upstream.name, member.node
        self.observers.notify(
            MemberChanged(self.name, name, change, cause, following, seconds, node.name, node.ports)
        )

    def watch(self, up: Callable[[Member], object]) -> Callable[[], None]:
        """Be called with each member that is healthy again, though it may be disabled; and with each healthy
        one that was enabled, added, or configured otherwise.

        @param up: called with the member; what it raises is logged.
        @return: call it to be called no more.
        """
        return self._up.add(up)

    def watch_down(self, down: Callable[[Member], object]) -> Callable[[], None]:
        """Be called with each member that its active checks put down, again if it falls silent while it is
        down; not with those that traffic ejected.
        """
        return self._down.add(down)

    def watch_members(self, changed: Callable[[Member], object]) -> Callable[[], None]:
        """Be called with each member that was added, removed, enabled, disabled, or configured otherwise."""
        return self._changed.add(changed)

    def member(self, name: str) -> Member:
        """The member of this name.

        @raise KeyError: there is none.
        """
        for member in self.members:
            if member.upstream.name == name:
                return member
        raise KeyError(name)

    def add(self, upstream: Upstream) -> Member:
        """Let one more be used, from the next request on.

        @raise ValueError: a member has this name.
        """
        ((member, *_), _) = self.arrange([*(m.upstream for m in self.members), upstream])
        return member

    def remove(self, member: Member) -> Deferred[None]:
        """Let it be used no more.  What it has in flight ends as it would.

        @return: fires when it has nothing in flight.  Cancel it to wait no more.
        @raise ValueError: it is no member, or the last one.
        """
        if member not in self.members:
            raise ValueError(f"{member.name} is no member of pool {self.name!r}")
        self.arrange(m.upstream for m in self.members if m is not member)
        return member.idle()

    def drain(self, member: Member) -> Deferred[None]:
        """Disable a member, and wait for what it has in flight (L{Member.idle})."""
        member.enabled = False
        member.draining = True
        return member.idle()

    def arrange(self, upstreams: Iterable[Upstream]) -> tuple[list[Member], list[Member]]:
        """Let these be the members, in this order.  One of the same name, address and TLS stays the same
        member: what is known of it stays known, and so does the operator's word, unless C{enabled} changed.

        @return: those that were added, and those that were removed.
        @raise ValueError: there is no upstream, or two have one name.
        """
        wanted = list(upstreams)
        names = [upstream.name for upstream in wanted]
        if not names:
            raise ValueError(f"pool {self.name!r} has no upstream")
        if len(set(names)) != len(names):
            raise ValueError(f"pool {self.name!r} names one upstream twice: {names}")
        left = {member.upstream.place: member for member in self.members}
        members = [
            left.pop(one.place) if one.place in left else Member(one, changed=self._operator_said)
            for one in wanted
        ]
        removed = list(left.values())
        added = [member for member in members if member not in self.members]
        pairs = list(zip(members, wanted, strict=True))
        switched = [member for member, one in pairs if member.upstream.enabled != one.enabled]
        changed = [member for member, one in pairs if member.replace(one)]
        for member in removed:
            member.remove()
        first = not self.members
        self._arrange(members)
        if not first:
            for member in (*removed, *added):
                self._notify(
                    member, "removed" if member.removed else "added", "its configuration says so", ""
                )
        for member in (*removed, *added, *changed):
            self._changed.notify(member)
        for member in (*added, *changed):
            self._notify_if_healthy(member)
        for member in switched:
            member.enabled = member.upstream.enabled
        return added, removed

    def _arrange(self, members: Sequence[Member]) -> None:
        """These are the members, or something changed about one of them."""
        self.members = tuple(members)
        self.enabled_count = sum(m.enabled for m in members)

    def _operator_said(self, member: Member) -> None:
        if member.removed:
            return
        self._arrange(self.members)
        enabled = member.enabled
        following = "used while it is healthy" if enabled else "checked, and not used until it is enabled"
        self._notify(member, "enabled" if enabled else "disabled", "its operator says so", following)
        self._changed.notify(member)
        self._notify_if_healthy(member)

    def may_take_more(self, member: Member) -> None:
        """A kind knows that a member may do more than before: let those who wait for one look again."""
        self._notify_if_healthy(member)

    def _notify_if_healthy(self, member: Member) -> None:
        if member.enabled and not (member.health.down or member.health.ejected_until):
            self._up.notify(member)
