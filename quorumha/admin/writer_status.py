"""What is shown of a pool of whose members one alone is written to: who that is, and what each member says of
itself.  Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from quorumha.pool.member import Member
from quorumha.pool.pool import UpstreamPool

Document = dict[str, Any]

#: Of members that may all be written to.
_NO_ROLE: Document = {
    "role": None,
    "timeline": None,
    "synchronous": None,
    "read_only": None,
    "said_at": None,
}


def writer_of(pool: UpstreamPool) -> Document | None:
    """Who is written to, or why nobody is; None: all members may be."""
    if pool.writer is None:
        return None
    state = pool.writer.state()
    return {
        "group": state.group,
        "upstream": state.upstream or None,
        "timeline": state.timeline or None,
        "since": round(state.since, 3),
        "paused": state.paused,
        "cause": state.cause,
        "next": state.next,
        "split": list(state.split),
        "switches": state.switches,
        "cut": state.cut,
        "saved": state.saved,
        "proxies": [
            {
                "address": one.address,
                "timeline": one.timeline or None,
                "said_at": round(one.said_at, 3) or None,
                "fault": one.fault,
            }
            for one in state.proxies
        ],
    }


def listeners_writer(writers: Iterable[Document | None]) -> Document | None:
    """The part of it that a listener shows.

    @param writers: those of its pools.
    @return: None: nobody is written to, or it leads to members that all may be.
    """
    for one in writers:
        if one is not None and one["upstream"] is not None:
            return {key: one[key] for key in ("upstream", "timeline", "since", "paused")}
    return None


def role_of(pool: UpstreamPool, member: Member) -> Document:
    """What a member said of itself last."""
    if pool.writer is None:
        return _NO_ROLE
    role = pool.writer.role_of(member)
    return {
        "role": role.role,
        "timeline": role.timeline or None,
        "synchronous": role.synchronous,
        "read_only": role.read_only if role.said_at else None,
        "said_at": round(role.said_at, 3) or None,
    }


def writer_document(pool: UpstreamPool) -> Document:
    """All of it, for a pool that has a writer: C{/api/v1/pools/POOL/writer}."""
    members = [{"name": one.name, **role_of(pool, one)} for one in pool.members]
    return {"pool": pool.name, **(writer_of(pool) or {}), "members": members}


def seen_timelines(pools: Iterable[UpstreamPool]) -> list[Document]:
    """The highest timeline that was seen of each database, as far as it is known which one that is."""
    states = {state.group: state for pool in pools if pool.writer for state in [pool.writer.state()]}
    return [
        {"group": one.group, "system_identifier": one.system, "timeline": one.timeline}
        for one in states.values()
        if one.system and one.timeline
    ]
