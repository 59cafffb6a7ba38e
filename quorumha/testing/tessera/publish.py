"""How a simulated Tessera sends a payload to its recipients, and keeps it."""

from __future__ import annotations

from quorumha.testing.tessera.payloads import Payload
from quorumha.testing.tessera.state import Refusal, TesseraState, Visit, key_text


def publish(visit: Visit, payload: Payload) -> bytes:
    """Push to every recipient elsewhere, and keep.

    One after the other, inside one database transaction, as in Tessera: where a push fails no row is
    left here, but who took the payload before keeps it.

    @raise Refusal: a recipient is not known (404), cannot be reached (410), did not take it (500), or is too
        old for it (403).
    @raise DuplicateKey: it is kept already.
    @raise StoreDead: nothing was done.
    """
    state = visit.state
    visit.store.require_absent(payload.hash)
    for key in payload.recipients:
        if key not in state.keys:
            _push(state, _found(state, key, payload.flag), payload.encode())
    return visit.insert(payload)


def _push(state: TesseraState, url: str, data: bytes) -> None:
    if url in state.offline:
        # The node drops who cannot be reached, and knows it again only when it posts its party info.
        state.forget(url)
        raise Refusal(410, f"Connection error while communicating with {url}")
    if url in state.refusing:
        raise Refusal(500, f"Unable to push payload to recipient url {url}")
    state.pushed.append((url, data))


def _found(state: TesseraState, key: bytes, flag: int) -> str:
    for url, party in state.parties.items():
        if key in party.keys:
            if flag and "v2" not in party.versions.split(","):
                error = "Transactions with enhanced privacy are not currently supported on recipient"
                raise Refusal(403, f"{error} {url}")
            return url
    raise Refusal(404, f"Recipient not found for key: {key_text(key)}")
