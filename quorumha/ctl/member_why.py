"""Why a member is not simply up, in words.  PURE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from quorumha.ctl.ages import age
from quorumha.ctl.terminal import visible


def member_why(member: Mapping[str, Any], now: float) -> str:
    """What is said of a member of a status document that is not simply up.  Empty: nothing.

    @param now: the document's, seconds since the epoch.
    """
    return "; ".join(_why(member, now))


def _why(member: Mapping[str, Any], now: float) -> Iterator[str]:
    if member.get("enabled_by") == "admin":
        word = "enabled" if member.get("enabled") else "disabled"
        since = member.get("enabled_since")
        yield f"{word} by admin" + (f" {age(now - float(since))} ago" if since else "")
    elif member.get("enabled") is False:
        yield "disabled by the file"
    state = member.get("state")
    if state in ("disabled", "draining"):
        # That its operator says so is said already.
        keys: tuple[str, ...] = ("next",)
    elif state != "up":
        keys = ("cause", "next")
    else:
        return
    for key in keys:
        if member.get(key):
            yield visible(member[key])
        said = (member.get("check") or {}).get("said")
        if key == "cause" and state == "down" and said and said != member.get("cause"):
            # Why it went down is one thing, what is wrong by now another.
            yield f"now {visible(said)}"
