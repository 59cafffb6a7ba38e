"""How a node reads an envelope, from GOQUORUM.md 2 alone: to compare the proxy's reading with."""

from __future__ import annotations

import json
from typing import Any

_KEYS = ("jsonrpc", "id", "method", "params", "result", "error")


def go_call(text: str) -> tuple[str, Any, bool] | None:
    """What a node does with one object.

    @return: method, parameters (C{null} where none are given), and whether it answers; None: it does nothing.
    """
    found: dict[str, Any] = {}
    for key, value in json.loads(text, object_pairs_hook=list):
        name = key.lower().replace("\u017f", "s")
        if name == "method":
            # Into a string nothing else goes, and null leaves it as it is.
            found[name] = value if isinstance(value, str) else found.get(name, "")
        elif name in _KEYS:
            found[name] = value
    method, id = found.get("method", ""), found.get("id")
    if not method or isinstance(id, list):
        return None
    if "id" not in found and method.endswith("_subscription"):
        return None
    return method, found.get("params"), "id" in found
