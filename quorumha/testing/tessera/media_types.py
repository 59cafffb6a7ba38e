"""Versioned content types of a simulated Tessera.

GoQuorum that has chosen API 2.1 or later says C{application/vnd.tessera-2.1+json}; a node that
does not have that version answers 500 (WIRE A1.6, A2), and one that has it answers in it.
"""

from __future__ import annotations

import re

from attrs import evolve

from quorumha.testing.http.message_reader import Message
from quorumha.testing.http.node import NodeResponse
from quorumha.testing.tessera.state import JSON, Refusal

_VERSIONED = re.compile(rb"application/vnd\.tessera-([0-9.]+)\+json")


def require_known_types(request: Message, versions: tuple[str, ...]) -> None:
    """@raise Refusal: the request speaks a version that is not among these."""
    for name, phrase in ((b"content-type", "415 Unsupported Media Type"), (b"accept", "406 Not Acceptable")):
        asked = [found.decode() for value in request.all(name) for found in _VERSIONED.findall(value)]
        if asked and not set(asked) & set(versions):
            raise Refusal(500, f"HTTP {phrase}")


def in_asked_type(request: Message, said: NodeResponse) -> NodeResponse:
    """JSON goes back in the versioned type that the request accepts."""
    accepted = [match for value in request.all(b"accept") if (match := _VERSIONED.search(value))]
    if accepted and said.content_type == JSON:
        return evolve(said, content_type=accepted[0].group())
    return said
