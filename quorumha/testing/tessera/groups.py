"""Privacy groups of a simulated Tessera (PrivacyGroupResource.java).

The octets in which nodes tell each other of groups are made up: JSON.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode
from typing import Any

from quorumha.testing.http.node import NodeResponse
from quorumha.testing.tessera.state import JSON, Refusal, Route, Visit, key_text, text


def create(visit: Visit) -> NodeResponse:
    asked = json.loads(visit.request.body)
    members = sorted({*asked.get("addresses", ()), asked.get("from") or key_text(visit.state.keys[0])})
    # Without a seed each call makes another group: why it must not be repeated.
    seed = asked.get("seed") or key_text(visit.store.next_salt())
    name = key_text(hashlib.sha3_256(json.dumps([members, seed]).encode()).digest())
    group = {
        "privacyGroupId": name,
        "name": asked.get("name") or "",
        "description": asked.get("description") or "",
        "type": "PANTHEON",
        "members": members,
    }
    _live_groups(visit)[name] = group
    for url, party in visit.state.parties.items():
        if {key_text(key) for key in party.keys} & set(members):
            visit.state.pushed.append((url, json.dumps(group).encode()))
    return _said(group)


def take(visit: Visit) -> NodeResponse:
    group = json.loads(visit.request.body)
    _live_groups(visit)[group["privacyGroupId"]] = group
    return NodeResponse(200)


def find(visit: Visit) -> NodeResponse:
    wanted = set(json.loads(visit.request.body)["addresses"])
    return _said([group for group in _live_groups(visit).values() if set(group["members"]) == wanted])


def retrieve(visit: Visit) -> NodeResponse:
    return _said(_asked_for(visit))


def delete(visit: Visit) -> NodeResponse:
    name = _asked_for(visit)["privacyGroupId"]
    del visit.store.groups[name]
    return _said(name)


def of_a_type(visit: Visit) -> NodeResponse:
    kind = visit.argument.upper()
    if kind == "RESIDENT" and "3.0" not in (visit.state.api_versions or ()):
        # For good: the node is none the worse for it.
        return text("Multiple private state feature is not available on this privacy manager", 503)
    return _said([group for group in _live_groups(visit).values() if group["type"] == kind])


ROUTES: tuple[Route, ...] = (
    (b"POST", "/createPrivacyGroup", create),
    (b"POST", "/findPrivacyGroup", find),
    (b"POST", "/retrievePrivacyGroup", retrieve),
    (b"POST", "/deletePrivacyGroup", delete),
    (b"GET", "/groups/([^/]+)", of_a_type),
)

#: On the port for other Tesseras.
P2P_ROUTES: tuple[Route, ...] = ((b"POST", "/pushPrivacyGroup", take),)


def _live_groups(visit: Visit) -> dict[str, dict[str, Any]]:
    visit.store.rows()  # Says so where the database is dead.
    return visit.store.groups


def _asked_for(visit: Visit) -> dict[str, Any]:
    name = json.loads(visit.request.body)["privacyGroupId"]
    b64decode(name, validate=True)
    try:
        return _live_groups(visit)[name]
    except KeyError:
        raise Refusal(404, f"Privacy group {name} not found") from None


def _said(value: object) -> NodeResponse:
    return NodeResponse(200, json.dumps(value, separators=(",", ":")).encode(), JSON)
