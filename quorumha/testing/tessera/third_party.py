"""What a simulated Tessera says to applications, and what every one of its ports says."""

from __future__ import annotations

import json
import re

from quorumha.testing.http.node import NodeResponse
from quorumha.testing.tessera.q2t import store_raw
from quorumha.testing.tessera.state import JSON, Refusal, Route, Visit, key_text, text


def own_keys(visit: Visit) -> NodeResponse:
    return _keys(visit.state.keys)


def known_keys(visit: Visit) -> NodeResponse:
    others = [key for party in visit.state.parties.values() for key in sorted(party.keys)]
    return _keys((*others, *visit.state.keys))


def upcheck(visit: Visit) -> NodeResponse:
    # The status is 200 all the same.
    sees = looks_at_database(visit.state.version)
    return text("Database unavailable" if sees and visit.store.dead else "I'm up!")


def version(visit: Visit) -> NodeResponse:
    return text(visit.state.version)


def api_versions(visit: Visit) -> NodeResponse:
    if visit.state.api_versions is None:
        raise Refusal(404, "HTTP 404 Not Found")
    return NodeResponse(200, json.dumps(visit.state.api_versions, separators=(",", ":")).encode(), JSON)


def looks_at_database(version: str) -> bool:
    """Before 21.10: since pull request 1333 of September 2021 it says "I'm up!" whatever happens."""
    numbers = [int(part) for part in re.findall(r"\d+", version)[:2]]
    return numbers < [21, 10]


def _keys(keys: tuple[bytes, ...]) -> NodeResponse:
    said = {"keys": [{"key": key_text(key)} for key in keys]}
    return NodeResponse(200, json.dumps(said, separators=(",", ":")).encode(), JSON)


ROUTES: tuple[Route, ...] = (
    (b"GET", "/keys", own_keys),
    (b"GET", "/partyinfo/keys", known_keys),
    (b"POST", "/storeraw", store_raw),
)

#: On every port.
EVERYWHERE: tuple[Route, ...] = (
    (b"GET", "/upcheck", upcheck),
    (b"GET", "/version", version),
    (b"GET", "/version/distribution", version),
    (b"GET", "/version/api", api_versions),
)
