"""What a simulated Tessera says to GoQuorum."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any
from urllib.parse import quote, unquote

from attrs import evolve

from quorumha.testing.http.message_reader import Message
from quorumha.testing.http.node import NodeResponse
from quorumha.testing.tessera.payloads import Payload
from quorumha.testing.tessera.publish import publish
from quorumha.testing.tessera.state import JSON, Refusal, Route, Visit, key_text, text

OCTET_STREAM = b"application/octet-stream"


def send(visit: Visit) -> NodeResponse:
    asked = _json(visit.request)
    to = [_key(k) for k in asked.get("to") or ()]
    payload = _sealed(visit, _key(asked["payload"]), asked.get("from"), to, asked.get("privacyFlag") or 0)
    return _created(visit.request, publish(visit, payload))


def send_raw(visit: Visit) -> NodeResponse:
    sender = visit.request.get(b"c11n-from")
    to = [_key(k) for value in visit.request.all(b"c11n-to") for k in value.decode().split(",") if k]
    payload = _sealed(visit, visit.request.body, sender.decode() if sender else None, to, 0)
    return text(key_text(publish(visit, payload)))


def store_raw(visit: Visit) -> NodeResponse:
    asked = _json(visit.request)
    payload = _sealed(visit, _key(asked["payload"]), asked.get("from"), [], 0)
    return _json_response({"key": key_text(visit.insert(payload, raw=True))})


def send_signed(visit: Visit) -> NodeResponse:
    as_bytes = (visit.request.get(b"content-type") or b"").startswith(OCTET_STREAM)
    if as_bytes:
        key, flag = visit.request.body, 0
        to = [_key(k) for value in visit.request.all(b"c11n-to") for k in value.decode().split(",") if k]
    else:
        asked = _json(visit.request)
        key, to = _key(asked["hash"]), [_key(k) for k in asked.get("to") or ()]
        flag = asked.get("privacyFlag") or 0
    raw = visit.store.get(key, raw=True)
    everybody = tuple(dict.fromkeys((*to, raw.sender)))
    payload = evolve(raw, recipients=everybody, flag=flag)
    made = publish(visit, payload)
    return text(key_text(made)) if as_bytes else _created(visit.request, made)


def transaction(visit: Visit) -> NodeResponse:
    raw = b"isRaw=true" in visit.request.target.partition(b"?")[2].split(b"&")
    return _received(visit.store.get(_key(unquote(visit.argument)), raw=raw))


def is_sender(visit: Visit) -> NodeResponse:
    return text(
        "true" if visit.store.get(_key(unquote(visit.argument))).sender in visit.state.keys else "false"
    )


def participants(visit: Visit) -> NodeResponse:
    return text(",".join(map(key_text, visit.store.get(_key(unquote(visit.argument))).recipients)))


def mandatory(visit: Visit) -> NodeResponse:
    visit.store.get(_key(unquote(visit.argument)))
    return text("")


def delete_transaction(visit: Visit) -> NodeResponse:
    visit.store.delete(_key(unquote(visit.argument)))
    return NodeResponse(204)


def delete(visit: Visit) -> NodeResponse:
    visit.store.delete(_key(_json(visit.request)["key"]))
    return text("Delete successful")


def receive(visit: Visit) -> NodeResponse:
    asked = _json(visit.request)
    return _received(visit.store.get(_key(asked["key"]), raw=bool(asked.get("isRaw"))))


def receive_raw(visit: Visit) -> NodeResponse:
    key = _key((visit.request.get(b"c11n-key") or b"").decode())
    return NodeResponse(200, visit.store.get(key).open(), OCTET_STREAM)


def create(visit: Visit) -> NodeResponse:
    asked = _json(visit.request)
    to = [_key(k) for k in asked.get("to") or ()]
    sealed = _sealed(visit, _key(asked["payload"]), asked.get("from"), to, asked.get("privacyFlag") or 0)
    return _json_response(
        {
            "senderKey": key_text(sealed.sender),
            "cipherText": key_text(sealed.cipher_text),
            "cipherTextNonce": key_text(sealed.nonce),
            "recipientBoxes": [key_text(box) for box in sealed.boxes],
            "recipientNonce": key_text(sealed.recipient_nonce),
            "recipientKeys": [key_text(key) for key in sealed.recipients],
            "privacyMode": sealed.flag,
            "affectedContractTransactions": {},
            "execHash": "",
        }
    )


def decrypt(visit: Visit) -> NodeResponse:
    asked = _json(visit.request)
    sealed = Payload(b"", _key(asked["cipherText"]), _key(asked["cipherTextNonce"]), (), b"", ())
    return _received(sealed)


_HASH = "/transaction/([^/]+)"

ROUTES: tuple[Route, ...] = (
    (b"POST", "/send", send),
    (b"POST", "/sendraw", send_raw),
    (b"POST", "/storeraw", store_raw),
    (b"POST", "/sendsignedtx", send_signed),
    (b"GET", _HASH, transaction),
    (b"DELETE", _HASH, delete_transaction),
    (b"GET", _HASH + "/isSender", is_sender),
    (b"GET", _HASH + "/participants", participants),
    (b"GET", _HASH + "/mandatory", mandatory),
    (b"POST", "/delete", delete),
    (b"GET", "/receive", receive),
    (b"GET", "/receiveraw", receive_raw),
    (b"POST", "/encodedpayload/create", create),
    (b"POST", "/encodedpayload/decrypt", decrypt),
)


def _json(request: Message) -> dict[str, Any]:
    asked = json.loads(request.body)
    if not isinstance(asked, dict):
        raise TypeError("an object was expected")
    return asked


def _key(written: str) -> bytes:
    return b64decode(written, validate=True)


def _json_response(value: dict[str, Any], status: int = 200, *headers: tuple[bytes, bytes]) -> NodeResponse:
    return NodeResponse(status, json.dumps(value, separators=(",", ":")).encode(), JSON, headers)


def _created(request: Message, key: bytes) -> NodeResponse:
    # Absolute, built from the request's Host: a proxy that changes Host changes this.
    host = (request.get(b"host") or b"").decode("latin-1")
    where = f"http://{host}/transaction/{quote(key_text(key), safe='')}".encode("latin-1")
    return _json_response({"key": key_text(key)}, 201, (b"Location", where))


def _received(payload: Payload) -> NodeResponse:
    return _json_response(
        {
            "payload": key_text(payload.open()),
            "affectedContractTransactions": [],
            "execHash": "",
            "privacyFlag": payload.flag,
        }
    )


def _sealed(visit: Visit, clear: bytes, sender: str | None, to: list[bytes], flag: int) -> Payload:
    own = visit.state.keys[0] if sender is None else _key(sender)
    if own not in visit.state.keys:
        raise Refusal(404, f"Private key not found for public key {key_text(own)}")
    everybody = dict.fromkeys((*to, own))
    return Payload.seal(clear, own, everybody, visit.store.next_salt(), flag)
