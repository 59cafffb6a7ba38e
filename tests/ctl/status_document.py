"""A status document, with all that is shown of one."""

from __future__ import annotations

from typing import Any

NOW = 1764540000.0


def member(name: str, state: str = "up", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "address": f"tcp:{name}:9101",
        "state": state,
        "since": NOW - 70,
        "cause": "connection refused",
        "next": "checked again every 1 s",
        "in_flight": 0,
        "backup": False,
        "enabled": True,
        "enabled_by": "file",
        "enabled_since": None,
        **more,
    }


def database(name: str = "db", group: str = "db", **more: Any) -> dict[str, Any]:
    """A pool of two databases, of which the first is written to."""
    said = {"timeline": 3, "read_only": False, "said_at": NOW - 1}
    return {
        "name": name,
        "writer": {
            "group": group,
            "upstream": "a",
            "timeline": 3,
            "since": NOW - 7300,
            "paused": False,
            "cause": "",
            "next": "all sessions go there",
            "split": [],
            "switches": 1,
            "cut": 4,
            "saved": True,
            "proxies": [],
            **more,
        },
        "members": [
            member("a", role="primary", synchronous=True, in_flight=10, **said),
            member("b", role="standby", synchronous=None, in_flight=0, **said),
        ],
    }


#: What else is so while nobody is written to, as two members claim one timeline.
SPLIT = {"upstream": None, "cause": "a, b claim it", "next": "a person decides", "split": ["a", "b"]}


def document(*members: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "version": 1,
        "now": NOW,
        "quorumha": "0.1.0",
        "started": NOW - 7300,
        "config": {"path": "/etc/q.toml", "digest": "0123456789abcdef", "loaded": NOW - 7300},
        "reload": {"taken": 0, "refused": 0, "last": None},
        "draining": False,
        "listeners": [
            {
                "name": "rpc",
                "address": "127.0.0.1:22000",
                "serve": "http",
                "pools": ["t"],
                "open": 3,
                "requests": {"2xx": 7, "3xx": 0, "4xx": 1, "5xx": 2},
                "waiting": 0,
            }
        ],
        "pools": [
            {
                "name": "t",
                "requests": 10,
                "responded": 9,
                "failed": 1,
                "failovers": {"connect": 1, "timeout": 2},
                "members": list(members) or [member("a"), member("b", "down", backup=True)],
            },
            {"name": "q", "members": [member("c")]},
        ],
        **more,
    }
