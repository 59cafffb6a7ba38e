"""Recovery between simulated Tesseras: a node that lost its rows asks others to send them again.

A node started with C{--recover} has C{/pushBatch}, and none of the paths that send (RecoveryResource.java
stands in for TransactionResource.java of its peer-to-peer port).
"""

from __future__ import annotations

import json
from base64 import b64decode

from quorumha.testing.http.node import NodeResponse
from quorumha.testing.tessera.payloads import Payload
from quorumha.testing.tessera.state import JSON, Refusal, Route, TesseraState, Visit, key_text


def not_while_recovering(state: TesseraState) -> None:
    """@raise Refusal: the path is not there in recovery mode."""
    if state.recover:
        raise Refusal(404, "HTTP 404 Not Found")


def resend(visit: Visit) -> NodeResponse:
    not_while_recovering(visit.state)
    asked = json.loads(visit.request.body)
    kind, key = asked["type"], asked.get("key") or ""
    if kind not in ("ALL", "INDIVIDUAL"):
        raise Refusal(400, "type must be ALL or INDIVIDUAL")
    visit.state.resends.append((kind, key))
    if kind == "ALL":
        _push_all(visit, asked["publicKey"])
        return NodeResponse(200)
    return NodeResponse(
        200, visit.store.get(b64decode(key, validate=True)).encode(), b"application/octet-stream"
    )


def resend_batch(visit: Visit) -> NodeResponse:
    not_while_recovering(visit.state)
    key = json.loads(visit.request.body)["publicKey"]
    visit.state.resends.append(("BATCH", key))
    return NodeResponse(
        200, json.dumps({"total": _push_all(visit, key)}, separators=(",", ":")).encode(), JSON
    )


def push_batch(visit: Visit) -> NodeResponse:
    if not visit.state.recover:
        raise Refusal(404, "HTTP 404 Not Found")
    for written in json.loads(visit.request.body)["encodedPayloads"]:
        payload = Payload.decode(b64decode(written, validate=True))
        if payload.hash not in visit.store.transactions:
            visit.insert(payload)
    return NodeResponse(200)


def _push_all(visit: Visit, key: str) -> int:
    """Push every payload for a key to where that key is found; how many."""
    urls = [url for url, party in visit.state.parties.items() if key in {key_text(own) for own in party.keys}]
    wanted = [row for row in visit.store.rows() if key in {key_text(one) for one in row.recipients}]
    visit.state.pushed.extend((url, row.encode()) for row in wanted for url in urls)
    return len(wanted)


ROUTES: tuple[Route, ...] = (
    (b"POST", "/resend", resend),
    (b"POST", "/resendBatch", resend_batch),
    (b"POST", "/pushBatch", push_batch),
)
