"""The tables of the configuration reference, written from the models of keys: they cannot drift.

    python -m tests.configuration_tables docs/reference/configuration.md

fills each table of a page that stands between C{<!-- keys: NameOfTheModel -->} and C{<!-- end of keys -->}.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from attrs import NOTHING, Attribute, Factory

from quorumha.app.kinds import KINDS
from quorumha.config.kind import Kinds
from quorumha.config.log import LogConfig
from quorumha.config.model import (
    AdminConfig,
    CheckConfig,
    ClientTLS,
    Config,
    ListenerConfig,
    PoolConfig,
    ServerTLS,
    UpstreamConfig,
)
from quorumha.config.tables import element_models, file_fields

_MARK = re.compile(r"(<!-- keys: (\w+) -->\n).*?(<!-- end of keys -->)", re.DOTALL)


def models(kinds: Kinds) -> dict[str, type]:
    """The classes whose fields are keys, by name."""
    own = [Config, LogConfig, AdminConfig, PoolConfig, UpstreamConfig, CheckConfig, ClientTLS]
    own += [ListenerConfig, ServerTLS]
    found = [
        *own,
        *kinds.check_models(),
        *kinds.pool_models(),
        *kinds.member_models(),
        *kinds.listener_models(),
    ]
    elements = [one for inner in element_models(found).values() for one in inner]
    return {one.__name__: one for one in [*found, *elements]}


def filled(page: str, kinds: Kinds) -> str:
    """A page with its tables as the models have them.

    @raise KeyError: it names a model that no kind has.
    """
    known = models(kinds)
    return _MARK.sub(lambda found: f"{found[1]}{table(known[found[2]], kinds)}{found[3]}", page)


def table(model: type, kinds: Kinds) -> str:
    """The keys of one model as Markdown."""
    rows = ["| Key | Value | Unless given | Meaning |", "| --- | --- | --- | --- |"]
    # Names of kinds are the values of these keys; the first is meant where none is given.
    words: dict[tuple[type, str], list[str]] = {
        (ListenerConfig, "serve"): [kind.name for kind in kinds.listeners],
        (CheckConfig, "kind"): ["auto", *(kind.name for kind in kinds.checks), "off"],
    }
    for name, attribute in file_fields(model).items():
        choices = words.get((model, name))
        value = kind_in_words(Literal[tuple(choices)] if choices else attribute.type)
        usual = f'`"{choices[0]}"`' if choices else _usual(attribute)
        told = attribute.metadata["description"]
        if former := attribute.metadata.get("formerly"):
            told += f" It was called `{former}`: that is still taken, with a warning."
        rows.append(f"| `{name}` | {value} | {usual} | {told} |")
    return "\n".join(rows) + "\n"


def kind_in_words(kind: Any) -> str:
    """A type of the model, for a reader who knows no Python."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return str(inner[1])
    if origin is Literal:
        return ", ".join(f"`{choice}`" for choice in inner)
    if origin is tuple:
        return f"array of {kind_in_words(inner[0])}"
    if type(None) in inner:
        return kind_in_words(next(part for part in inner if part is not type(None)))
    plain = {str: "text", bool: "`true` or `false`", dict: "tables"}
    return plain.get(origin or kind, "table")


def _usual(attribute: Attribute[Any]) -> str:
    if "usual" in attribute.metadata:
        return str(attribute.metadata["usual"])
    default: Any = attribute.default
    if default is NOTHING:
        return "must be given"
    if default is None or default in ((), "") or isinstance(default, Factory):  # type: ignore[arg-type]
        return ""
    kind = get_args(attribute.type)[1] if get_origin(attribute.type) is Annotated else ""
    if kind == "time":
        return f'`"{default:g}s"`' if default >= 1 else f'`"{default * 1000:g}ms"`'
    if kind == "size":
        unit, scale = ("MiB", 1024**2) if default >= 1024**2 else ("KiB", 1024)
        return f'`"{default // scale}{unit}"`'
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, tuple):
        return "`[" + ", ".join(f'"{one}"' if isinstance(one, str) else str(one) for one in default) + "]`"
    return f'`"{default}"`' if isinstance(default, str) else f"`{default}`"


if __name__ == "__main__":
    _page = Path(sys.argv[1])
    _page.write_text(filled(_page.read_text(encoding="utf-8"), KINDS), encoding="utf-8")
