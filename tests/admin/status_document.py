"""Status documents, version 1, as the page gets them: two Tesseras, one of them out, and two GoQuorums."""

from __future__ import annotations

from typing import Any

#: 30 November 2025, 22:00:00 UTC.
NOW = 1764540000.0
STARTED = NOW - 50400

NAMES = ("tessera-1", "tessera-2")
NEXT = "checked again every 1 s; back after 2 good answers"


def member(name: str, state: str = "up", **more: Any) -> dict[str, Any]:
    """One member; nothing is the matter with it, unless that is said."""
    return {
        "name": name,
        "address": f"tcp:10.0.0.{1 + len(name) % 9}{name[-1]}:9101",
        "state": state,
        "since": STARTED,
        "cause": "",
        "next": "",
        "in_flight": 0,
        "attempts": {"responded": 0, "connect_failed": 0, "timed_out": 0, "broken": 0, "cancelled": 0},
        "check": {"at": NOW - 0.4, "seconds": 0.002, "said": ""},
        "backup": False,
        "weight": 1,
        "enabled": state not in ("disabled", "draining"),
        "enabled_by": "file",
        "enabled_since": None,
        "role": None,
        "timeline": None,
        "synchronous": None,
        "read_only": None,
        "said_at": None,
        **more,
    }


def down(name: str, seconds: float = 132, **more: Any) -> dict[str, Any]:
    """A member that is down."""
    cause = "connection refused"
    check = {"at": NOW - 0.7, "seconds": 0.0004, "said": cause}
    known = {"since": NOW - seconds, "cause": cause, "next": NEXT, "check": check}
    return member(name, "down", **(known | more))


def pool(name: str, *members: dict[str, Any], **more: Any) -> dict[str, Any]:
    """One pool."""
    return {
        "name": name,
        "requests": 0,
        "responded": 0,
        "failed": 0,
        "failovers": {},
        "writer": None,
        "members": list(members),
        **more,
    }


def listener(name: str, serve: str, *pools: str, **more: Any) -> dict[str, Any]:
    """One listener; it has no routes of its own, unless they are said."""
    return {
        "name": name,
        "address": "127.0.0.1:22000",
        "serve": serve,
        "pools": list(pools),
        "routes": [],
        "open": 0,
        "connections": 0,
        "requests": {"2xx": 0, "3xx": 0, "4xx": 0, "5xx": 0},
        "own": {},
        "waiting": 0,
        "parties": None,
        "writer": None,
        **more,
    }


def change(seconds_ago: float, pool: str, upstream: str, change: str, **more: Any) -> dict[str, Any]:
    """One change."""
    return {
        "at": NOW - seconds_ago,
        "pool": pool,
        "upstream": upstream,
        "change": change,
        "cause": "",
        "next": "",
    } | more


def empty() -> dict[str, Any]:
    """Of a process that has just begun, and has nothing."""
    return {
        "version": 1,
        "now": NOW,
        "quorumha": "0.1.0",
        "started": STARTED,
        "config": {"path": "/etc/quorumha.toml", "digest": "5d41402abc4b2a76", "loaded": STARTED},
        "reload": {"taken": 0, "refused": 0, "last": None},
        "draining": False,
        "drained": False,
        "listeners": [],
        "pools": [],
        "changes": [],
        "saved": {
            "failed_over": 0,
            "waited_and_served": 0,
            "false_404_prevented": 0,
            "healed": 0,
            "since": STARTED,
        },
    }


def document(**more: Any) -> dict[str, Any]:
    """One Tessera of two was killed two minutes ago, and one GoQuorum is disabled."""
    ports = ("q2t", "p2p", "third-party")
    said = {"responded": 18231, "connect_failed": 12, "timed_out": 1}
    pools = [
        pool(
            "quorum",
            member("goquorum-1", attempts={"responded": 90412}, in_flight=3),
            member("goquorum-2", "disabled", enabled_by="admin", enabled_since=NOW - 4000, in_flight=1),
            requests=90415,
            responded=90412,
        )
    ]
    pools += [
        pool(
            f"tessera-{port}",
            down("tessera-1", attempts=said),
            member("tessera-2", attempts={"responded": 20110}, in_flight=2),
            requests=38354,
            responded=38352,
            failovers={"connect": 12, "timeout": 1},
        )
        for port in ports
    ]
    requests = {"2xx": 38300, "3xx": 0, "4xx": 52, "5xx": 2}
    routes = [{"path": "/", "pool": "quorum"}, {"path": "/upcheck", "pool": "tessera-third-party"}]
    listeners = [
        listener(
            "rpc",
            "goquorum-rpc",
            "quorum",
            address="0.0.0.0:22000",
            open=41,
            connections=644,
            requests=requests,
        ),
        listener("apps", "http", "quorum", "tessera-third-party", address="0.0.0.0:8080", routes=routes),
        listener(
            "q2t",
            "tessera-q2t",
            "tessera-q2t",
            address="/var/lib/quorum/tm.ipc",
            open=3,
            requests=requests,
            own={"503": 2},
            connections=9,
        ),
        listener(
            "p2p",
            "tessera-p2p",
            "tessera-p2p",
            address="0.0.0.0:9001",
            parties=7,
            open=2,
            connections=80,
            requests=requests,
        ),
        listener("third-party", "tessera-thirdparty", "tessera-third-party", address="0.0.0.0:9081"),
    ]
    changes = [
        change(132 + place, f"tessera-{port}", "tessera-1", "down", cause="connection refused", next=NEXT)
        for place, port in enumerate(ports)
    ]
    changes.append(
        change(
            134.2,
            "tessera-q2t",
            "tessera-1",
            "ejected",
            cause="connection refused",
            next="tried again in 10 s",
        )
    )
    changes.append(change(4000, "quorum", "goquorum-2", "disabled", cause="by admin"))
    changes += [
        change(30000 + 3 * place, "tessera-p2p", NAMES[place % 2], "down" if place % 4 > 1 else "up")
        for place in range(20)
    ]
    taken = {
        "at": NOW - 7000,
        "taken": True,
        "changes": ["pools.tessera-q2t.check.interval: 400ms -> 1s"],
        "problems": [],
    }
    return {
        **empty(),
        "reload": {"taken": 3, "refused": 1, "last": taken},
        "listeners": listeners,
        "pools": pools,
        "changes": changes,
        "saved": {
            "failed_over": 39,
            "waited_and_served": 4,
            "false_404_prevented": 2,
            "healed": 1,
            "since": STARTED,
        },
        **more,
    }
