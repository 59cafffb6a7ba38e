"""The bytes of GoQuorum's requests to Tessera, as captured from 24.4.1.

Over the unix socket: C{Host: c}, and no C{Accept-Encoding}.  What goes through its JSON client says
C{quorum-v24.4.1}; the rest is made by Go's own.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable

from attrs import frozen

_JSON = "application/json"
_GO, _QUORUM = "Go-http-client/1.1", "quorum-v24.4.1"


def escaped(key: bytes) -> str:
    """A hash as it stands in a path: C{/} is escaped, C{+} and C{=} stay (Go's C{url.PathEscape})."""
    return b64encode(key).decode().replace("/", "%2F")


@frozen
class GethRequests:
    """Makes them.

    @ivar host: of the C{Host} field; all but C{c} is taken for TCP, where gzip is offered.
    """

    host: str = "c"

    def plain(self, path: str) -> bytes:
        """C{/upcheck}, C{/version}, C{/version/api}."""
        return self._made("GET", path, _GO)

    def about(self, key: bytes, what: str) -> bytes:
        """C{isSender}, C{participants}, C{mandatory}."""
        return self.plain(f"/transaction/{escaped(key)}/{what}")

    def delete(self, key: bytes) -> bytes:
        """Not captured: GoQuorum itself deletes nothing."""
        return self._made("DELETE", f"/transaction/{escaped(key)}", _GO)

    def transaction(self, key: bytes, api: str) -> bytes:
        """What a block import asks for."""
        kind = _json_type(api)
        return self._made("GET", f"/transaction/{escaped(key)}?isRaw=false", _QUORUM, kind)

    def send(self, payload: bytes, to: Iterable[bytes], flag: int, api: str) -> bytes:
        """C{POST /send}."""
        return self._posted(
            "/send", {"payload": _b64(payload), **_recipients(to, flag)}, _json_type(api, True)
        )

    def store_raw(self, payload: bytes, api: str) -> bytes:
        """C{POST /storeraw}."""
        return self._posted("/storeraw", {"payload": _b64(payload)}, _json_type(api))

    def send_signed(self, key: bytes, to: Iterable[bytes], flag: int, api: str) -> bytes:
        """C{POST /sendsignedtx}."""
        return self._posted(
            "/sendsignedtx", {"hash": _b64(key), **_recipients(to, flag)}, _json_type(api, True)
        )

    def _posted(self, path: str, asked: dict[str, object], kind: str) -> bytes:
        body = json.dumps(asked, separators=(",", ":")).encode() + b"\n"
        return self._made("POST", path, _QUORUM, kind, body)

    def _made(self, method: str, path: str, agent: str, kind: str = "", body: bytes = b"") -> bytes:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}", f"User-Agent: {agent}"]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        if kind:
            lines += [f"Accept: {kind}", f"Content-Type: {kind}"]
        if self.host != "c":
            lines.append("Accept-Encoding: gzip")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _b64(data: bytes) -> str:
    return b64encode(data).decode()


def _recipients(to: Iterable[bytes], flag: int) -> dict[str, object]:
    keys = [_b64(key) for key in to]
    return {
        "to": keys,
        "affectedContractTransactions": [],
        "privacyFlag": flag,
        "mandatoryRecipients": None,
    }


def _json_type(api: str, sends: bool = False) -> str:
    """The type for the chosen API version; only what sends to recipients knows that of 4.0."""
    number = [int(part) for part in api.split(".")]
    if sends and number >= [4, 0]:
        return "application/vnd.tessera-4.0+json"
    return "application/vnd.tessera-2.1+json" if number >= [2, 1] else _JSON
