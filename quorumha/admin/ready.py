"""Whether the process is ready for clients, and why not.  Pure.

Members do not count unless somebody asks for them: two proxies see the same dead pool, and if it counted, a
load balancer would take both away, with every listener of other pools, and the place where requests wait.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from quorumha.admin.running import Running, UnknownName
from quorumha.config.spelling import did_you_mean, show
from quorumha.net.address_text import address_text
from quorumha.pool.member_state import SERVING, state_in_words
from quorumha.pool.pool import UpstreamPool

#: The states in which a request may go to a member.
_USED = SERVING | {"half_open"}


@frozen
class Finding:
    """One thing that was looked at.

    @ivar good: nothing is wrong with it.
    @ivar counts: whether it says if the process is ready.
    """

    good: bool
    text: str
    counts: bool = True


def findings(running: Running, now: float, pools: Iterable[str] | None = ()) -> list[Finding]:
    """Everything that may be looked at.

    @param now: by the clock.
    @param pools: those that count, by name; None: all.
    @raise UnknownName: there is none of this name.
    """
    wanted = set(running.pools if pools is None else pools)
    for name in sorted(wanted - running.pools.keys()):
        hint = did_you_mean(name, running.pools) or f"; pools are {', '.join(running.pools)}"
        raise UnknownName(f"no pool is called {show(name)}{hint}")
    found = [_listens(name, running) for name in running.config.listeners]
    checked = running.first_checks_done
    found.append(Finding(checked, f"the first checks are {'' if checked else 'not '}done"))
    draining = running.draining
    found.append(Finding(not draining, "the process drains" if draining else "the process does not drain"))
    return found + [_served(pool, now, name in wanted) for name, pool in running.pools.items()]


def is_ready(found: Iterable[Finding]) -> bool:
    """Whether all that counts is good."""
    return all(one.good for one in found if one.counts)


def is_started(running: Running) -> bool:
    """Whether the start is over; it is once and for all."""
    return bool(running.listening) and running.first_checks_done


def _listens(name: str, running: Running) -> Finding:
    address = running.listening.get(name)
    if address is None or name in running.not_listening:
        return Finding(False, f"listener {name}: does not listen")
    return Finding(True, f"listener {name}: listens at {address_text(address)}")


def _served(pool: UpstreamPool, now: float, counts: bool) -> Finding:
    writer = None if pool.writer is None else pool.writer.state()
    if writer is not None and writer.cause:
        return Finding(False, f"pool {pool.name}: new sessions wait: {writer.cause}; {writer.next}", counts)
    states = {member.name: state_in_words(member, now) for member in pool.members}
    used = [name for name, state in states.items() if state.word in _USED]
    if used:
        return Finding(True, f"pool {pool.name}: {len(used)} of {len(states)} members can be used", counts)
    why = ", ".join(
        f"{name} is {state.word}{f' ({state.cause})' if state.cause else ''}"
        for name, state in states.items()
    )
    return Finding(False, f"pool {pool.name}: no member can be used: {why}", counts)
