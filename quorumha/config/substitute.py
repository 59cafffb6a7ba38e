"""Variables in the string values of a configuration, in the forms of Compose files.  PURE.

  - C{${NAME}}: the variable; an error when it is not set
  - C{${NAME:-default}}: C{default} when it is not set, or empty
  - C{${NAME:?message}}: an error that says C{message} when it is not set, or empty
  - C{$$}: one dollar sign

They are put into values that are parsed already, so a variable can add no key and break no quote.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from attrs import evolve, fields, has

from quorumha.config.problems import KeyPath, Problems
from quorumha.config.spelling import Substituted

_DOLLAR = re.compile(r"\$(\$|\{([^}]*)\})?")
_INSIDE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:(:-|:\?)(.*))?", re.DOTALL)


def substitute(text: str, environ: Mapping[str, str]) -> str:
    """Put variables into one value.

    @raise ValueError: the text says why, and never shows another variable's value.
    """

    def put(found: re.Match[str]) -> str:
        if found[1] == "$":
            return "$"
        if found[1] is None:
            raise ValueError("a dollar sign that begins no ${NAME}; write $$ for a plain one")
        inside = _INSIDE.fullmatch(found[2])
        if inside is None or "${" in found[2]:
            raise ValueError(
                f"{found[0]!r} is not ${{NAME}}, ${{NAME:-default}} or ${{NAME:?message}}, without nesting"
            )
        name, form, rest = inside.groups()
        value = environ.get(name)
        if value is None and form is None:
            raise ValueError(f"the variable {name} is not set; set it, or write ${{{name}:-default}}")
        if value or (value is not None and form is None):
            return value
        if form == ":?":
            raise ValueError(f"the variable {name} is not set: {rest or 'it must be'}")
        return rest or ""

    return _DOLLAR.sub(put, text)


def substitute_all(
    tree: object, environ: Mapping[str, str], problems: Problems, path: KeyPath = ()
) -> object:
    """Put variables into every string value of a parsed tree; one with a problem stays as written."""
    match tree:
        case dict():
            return {k: substitute_all(v, environ, problems, (*path, k)) for k, v in tree.items()}
        case list():
            return [substitute_all(v, environ, problems, (*path, n)) for n, v in enumerate(tree)]
        case str() if "$" in tree:
            try:
                return Substituted(substitute(tree, environ), tree)
            except ValueError as error:
                problems.add(path, str(error))
                return tree
    return tree


def plain(value: Any) -> Any:
    """The same value with C{str} itself where L{Substituted} stood: Twisted wants that."""
    if isinstance(value, Substituted):
        return str(value)
    if isinstance(value, tuple):
        return tuple(map(plain, value))
    if isinstance(value, dict):
        return {plain(key): plain(inner) for key, inner in value.items()}
    if has(type(value)):
        # A class of keys: what a field holds beside text, tables and arrays is somebody's object.
        return evolve(value, **{a.name: plain(getattr(value, a.name)) for a in fields(type(value))})
    return value
