"""What a simulated Tessera says to other Tessera nodes."""

from __future__ import annotations

import json

from quorumha.testing.http.node import NodeResponse
from quorumha.testing.tessera import groups as tessera_groups
from quorumha.testing.tessera import resend as tessera_recovery
from quorumha.testing.tessera.payloads import PartyInfo, Payload
from quorumha.testing.tessera.state import JSON, Party, Refusal, Route, Visit, key_text, text


def take_party_info(visit: Visit) -> NodeResponse:
    info = PartyInfo.decode(visit.request.body)
    versions = visit.request.all(b"tesseraSupportedApiVersions")
    for key, url in info.keys:
        if key not in visit.state.keys:
            party = visit.state.parties.setdefault(url.decode(), Party())
            party.keys.add(key)
            if url == info.url:
                party.versions = ",".join(value.decode() for value in versions)
    return NodeResponse(200)


def give_party_info(visit: Visit) -> NodeResponse:
    others = [(key, url) for url, party in visit.state.parties.items() for key in sorted(party.keys)]
    keys = [*others, *((key, visit.state.url) for key in visit.state.keys)]
    said = {
        "url": visit.state.url,
        "peers": [{"url": url} for url in (*visit.state.parties, visit.state.url)],
        "keys": [{"key": key_text(key), "url": url} for key, url in keys],
    }
    return NodeResponse(200, json.dumps(said, separators=(",", ":")).encode(), JSON)


def validate(visit: Visit) -> NodeResponse:
    # The sender encrypted a word for one of our keys; whoever can say it has the key.
    return text(Payload.decode(visit.request.body).open().decode("latin-1"))


def push(visit: Visit) -> NodeResponse:
    payload = Payload.decode(visit.request.body)
    if visit.state.recover and payload.flag:
        raise Refusal(403, "Transactions with enhanced privacy are not accepted during recovery mode")
    key = visit.insert(payload)
    accepted = (visit.request.get(b"accept") or b"text/plain").split(b",")[0].split(b";")[0].strip()
    return NodeResponse(201, key_text(key).encode(), accepted if b"*" not in accepted else b"text/plain")


ROUTES: tuple[Route, ...] = (
    (b"POST", "/partyinfo", take_party_info),
    (b"GET", "/partyinfo", give_party_info),
    (b"POST", "/partyinfo/validate", validate),
    (b"POST", "/push", push),
    *tessera_groups.P2P_ROUTES,
    *tessera_recovery.ROUTES,
)
