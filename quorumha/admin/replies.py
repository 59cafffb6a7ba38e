"""What the admin's resources have in common: where there is none, and JSON, text and errors as bodies."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

import msgspec
from twisted.web.iweb import IRequest
from twisted.web.resource import Resource

# Twisted leaves it without types.
_Resource: Any = Resource


class Leaf(_Resource):  # type: ignore[misc]  # see there
    """One of ours, with nothing below it."""

    def __init__(self) -> None:
        super().__init__()

    def render_HEAD(self, request: Any) -> bytes | int:
        """What GET would say, without its body.  Twisted's own leaves a line in the log each time."""
        body: bytes | int = self.render_GET(request)
        if isinstance(body, int):
            return body
        request.setHeader(b"Content-Length", b"%d" % len(body))
        return b""

    def getChild(self, path: bytes, request: IRequest) -> Resource:
        """There is nothing below it."""
        return Missing()


class Missing(Leaf):
    """Stands where there is nothing: the guard refuses it."""

    isLeaf = True


class Branch(Leaf):
    """A part of paths, and nothing itself."""

    def __init__(self, **children: Resource) -> None:
        super().__init__()
        for name, child in children.items():
            self.putChild(name.encode("ascii"), child)


def query(request: Any) -> dict[str, list[str]]:
    """The parameters of a request's URL, those without a value, too.

    @raise ValueError: they cannot be read.
    """
    text = request.uri.partition(b"?")[2].decode("ascii", "replace")
    return parse_qs(text, keep_blank_values=True, max_num_fields=100)


def _set(request: Any, status: int) -> None:
    request.setResponseCode(status, HTTPStatus(status).phrase.encode("ascii"))


def json_body(request: IRequest, value: object, status: int = 200) -> bytes:
    """A value as the body of a response."""
    _set(request, status)
    request.setHeader(b"Content-Type", b"application/json")
    return msgspec.json.encode(value) + b"\n"


def text_body(request: IRequest, text: str, status: int = 200) -> bytes:
    """A text, likewise."""
    _set(request, status)
    request.setHeader(b"Content-Type", b"text/plain; charset=utf-8")
    return f"{text}\n".encode("utf-8", "replace")


def error_body(request: Any, status: int, cause: str, *, plain: bool = False) -> bytes:
    """Why not, as text or as JSON."""
    return text_body(request, cause, status) if plain else json_body(request, {"error": cause}, status)
