"""As much of JSON Schema as docs/reference/status.schema.json uses; any other word of it is an error."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
#: Words that say nothing of a value.
_SAID = {"$schema", "title", "description"}
_KNOWN = {"type", "properties", "required", "additionalProperties", "items", "enum", "const", "minimum"}


def faults(value: Any, schema: dict[str, Any], place: str = "") -> Iterator[str]:
    """What is wrong with a value, each with its place.

    @raise ValueError: the schema has a word that is not looked at here.
    """
    if unknown := schema.keys() - _KNOWN - _SAID:
        raise ValueError(f"{place}: {unknown} is not looked at")
    if "const" in schema and value != schema["const"]:
        yield f"{place} is {value!r}, not {schema['const']!r}"
    if "type" in schema and not _is_a(value, schema["type"]):
        yield f"{place} is {value!r}, not {schema['type']}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place} is {value!r}, not one of {schema['enum']}"
    if isinstance(value, int | float) and value < schema.get("minimum", value):
        yield f"{place} is {value!r}, less than {schema['minimum']}"
    if isinstance(value, dict):
        yield from _table_faults(value, schema, place)
    for index, inner in enumerate(value if isinstance(value, list) else ()):
        yield from faults(inner, schema["items"], f"{place}[{index}]")


def _table_faults(value: dict[str, Any], schema: dict[str, Any], place: str) -> Iterator[str]:
    known, more = schema.get("properties", {}), schema.get("additionalProperties", True)
    yield from (f"{place} lacks {name}" for name in schema.get("required", ()) if name not in value)
    for name, inner in value.items():
        if name in known:
            yield from faults(inner, known[name], f"{place}.{name}")
        elif more is False:
            yield f"{place}.{name} is nothing that there is"
        elif isinstance(more, dict):
            yield from faults(inner, more, f"{place}.{name}")


def _is_a(value: Any, types: str | list[str]) -> bool:
    names = [types] if isinstance(types, str) else types
    # True is an int for Python alone.
    return any(
        isinstance(value, _TYPES[name]) and (not isinstance(value, bool) or name == "boolean")
        for name in names
    )
