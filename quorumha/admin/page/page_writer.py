"""A pool of which one member is written to: who that is, and what each member says of itself.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quorumha.admin.page.page_words import sentence, shown, since


def writer_sentences(pool: Mapping[str, Any], now: float) -> list[str]:
    """Who is written to since when; or that new sessions wait, why, and what follows.  Of others nothing."""
    writer = pool["writer"]
    if writer is None:
        return []
    began = f"since {since(writer['since'], now)}"
    found = []
    if writer["upstream"] is not None:
        found.append(f"Written to: {shown(writer['upstream'])}, on timeline {writer['timeline']}, {began}.")
    elif not writer["split"]:
        found.append(f"Nobody is written to, {began}.")
    else:
        found.append(f"Split: nobody is written to, {began}.")
    if writer["cause"]:
        why = [sentence(shown(writer[key])) for key in ("cause", "next") if writer[key]]
        found.append(f"New sessions wait. {' '.join(why)}")
    if not writer["saved"]:
        found.append("This could not be kept on disk yet: the log says why.")
    for proxy in writer["proxies"]:
        if proxy["fault"]:
            fault = sentence(shown(proxy["fault"]))
            found.append(f"The proxy at {shown(proxy['address'])} does not say what it has seen. {fault}")
    return found


def role_tags(member: Mapping[str, Any], writer: Mapping[str, Any] | None) -> list[str]:
    """What a member says of itself, in a word or two each."""
    if writer is None:
        return []
    found = [f"{member['role']}, timeline {member['timeline']}" if member["timeline"] else member["role"]]
    if member["role"] == "primary" and member["read_only"]:
        found.append("read-only")
    if member["name"] == writer["upstream"]:
        found.append("silent" if writer["paused"] else "written to")
        if member["synchronous"] is False:
            found.append("not synchronous")
    elif member["role"] == "primary" and _is_left_alone(member, writer):
        found.append("gets no session")
    return found


def _is_left_alone(member: Mapping[str, Any], writer: Mapping[str, Any]) -> bool:
    """Whether a primary is an old one, or was decided against: it is not to be taken for a second writer."""
    if member["name"] in writer["split"]:
        return False
    return writer["upstream"] is not None or 0 < (member["timeline"] or 0) < (writer["timeline"] or 0)


def may_be_used(member: Mapping[str, Any], writer: Mapping[str, Any] | None) -> bool:
    """Whether a person may have to decide for it."""
    return writer is not None and member["name"] in writer["split"]
