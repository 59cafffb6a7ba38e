"""The configuration as it was loaded, as a document.  What is secret is not in it.  PURE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import fields, has

from quorumha.config.masking import MASK, is_secret, masked_value
from quorumha.config.model import CheckConfig, Config
from quorumha.config.tables import file_fields


def config_document(config: Config) -> dict[str, Any]:
    """All keys, written or not: times in seconds, sizes in bytes."""
    return _table(config)


def _table(value: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    known = file_fields(type(value))
    for one in fields(type(value)):
        inner = getattr(value, one.name)
        if one.name in known:
            found[one.name] = _value(one.name, inner)
        elif one.eq and has(type(inner)):
            # The keys of its kind stand in the same table.
            found.update(_table(inner))
        elif one.eq and isinstance(inner, tuple):
            for part in inner:
                found.update(_table(part) if has(type(part)) else {})
    if isinstance(value, CheckConfig) and value.asked is not None and value.asked.model is not None:
        found.update(_table(value.asked.settings(value)))
    written = getattr(value, "keys", None)
    for name, inner in written.items() if isinstance(written, Mapping) else ():
        found.setdefault(name, _value(name, inner))
    return found


def _value(name: str, value: Any) -> Any:
    if is_secret(name, value):
        return MASK
    if has(type(value)):
        return _table(value)
    if isinstance(value, Mapping):
        return {str(key): _value(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_value(name, inner) for inner in value]
    if isinstance(value, str):
        return masked_value(value)
    return value if value is None or isinstance(value, bool | int | float) else str(value)
