"""All that the page shows of a status document, piece by piece.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quorumha.admin.page.page_flow import flow
from quorumha.admin.page.page_history import changes, changes_count, last_reload, reloads, saved
from quorumha.admin.page.page_verdict import headline, notices, tiles
from quorumha.admin.page.page_words import at, shown, since
from quorumha.admin.page.piece import MARK, Piece


def whole(document: Mapping[str, Any]) -> Piece:
    """All that the page shows of a status document."""
    now, config = document["now"], document["config"]
    lanes = flow(document)
    return Piece(
        {
            **headline(document),
            **reloads(document),
            "version": shown(document["quorumha"]),
            "now": f"{at(now, now)} UTC",
            "started": since(document["started"], now),
            "file": shown(config["path"]),
            "loaded": f"({shown(config['digest'])}), loaded {since(config['loaded'], now)}",
            "saved_since": f"since {since(document['saved']['since'], now)}",
            "changes_count": changes_count(document),
        },
        {
            "buttons": [_RELOAD, _UNDRAIN if document["draining"] else _DRAIN],
            "notices": notices(document),
            "tiles": tiles(document),
            "lanes": lanes,
            "nothing": [] if lanes else [MARK],
            "saved": saved(document),
            "reload": last_reload(document),
            **changes(document),
        },
    )


_RELOAD = Piece(
    {
        "id": "reload",
        "post": "api/v1/reload",
        "label": "Reload the file",
        "ask": "Reload the configuration?",
        "then": "The file is read and checked, and taken or refused as a whole. No connection is closed.",
        "done": "The configuration was reloaded.",
    }
)
_DRAIN = Piece(
    {
        "id": "process",
        "post": "api/v1/drain",
        "label": "Drain the proxy",
        "ask": "Drain this proxy?",
        "then": "It says that it is not ready, then takes no new clients, and lets those who are there go.",
        "done": "The proxy drains.",
    }
)
_UNDRAIN = Piece(
    {
        "id": "process",
        "post": "api/v1/undrain",
        "label": "Undrain the proxy",
        "ask": "Take clients again?",
        "then": "It is ready again, and takes new clients.",
        "done": "The proxy takes clients again.",
    }
)
