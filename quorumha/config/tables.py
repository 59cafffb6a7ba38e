"""Tables of a configuration: from what the parser gave to the fields of the model.

What could not be read is left out, and the rest is there for the checks that look at more than one key: so
all problems are found in one run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, get_args, get_origin

from attrs import Attribute, fields, fields_dict, has, resolve_types

from quorumha.config.problems import KeyPath, Problems
from quorumha.config.spelling import did_you_mean
from quorumha.config.values import kind_of, reader_of


def table(
    value: object,
    path: KeyPath,
    problems: Problems,
    *models: type,
    known: Iterable[str] = (),
    needs: Iterable[str] = (),
) -> dict[str, Any] | None:
    """C{value} if it is a table; every key that nobody reads, and that it lacks, is noted.

    @param models: whose keys it has, by their old names as well; none: it has any.
    @param known: keys beside theirs.
    """
    if not isinstance(value, dict):
        problems.add(path, f"must be a table, not {kind_of(value)}")
        return None
    known = [*known, *(name for model in models for name in file_fields(model))]
    former = {name for model in models for name in former_names(model)}
    for key in value if models else ():
        if key not in known and key not in former:
            hint = problems.belongs(key) or did_you_mean(key, known) or f"; known keys: {', '.join(known)}"
            problems.add((*path, key), f"unknown key{hint}")
    missing(needs, value, path, problems)
    return value


def array(value: object, path: KeyPath, problems: Problems) -> list[Any]:
    """C{value} if it is an array, else an empty one."""
    if isinstance(value, list):
        return value
    problems.add(path, f"must be an array in [ ], not {kind_of(value)}")
    return []


def file_fields(model: type) -> Mapping[str, Attribute[Any]]:
    """The fields of a model class that a file may set."""
    return _file_fields(model)


# Asked for each key of each table, and a class has the same ones for ever.
@cache
def _file_fields(model: type) -> Mapping[str, Attribute[Any]]:
    return {n: a for n, a in fields_dict(resolve_types(model)).items() if not a.metadata.get("derived")}


def element_models(models: Iterable[type]) -> dict[str, list[type]]:
    """The keys of some models that are arrays of tables, with the models of their elements."""
    found: dict[str, list[type]] = {}
    for model in models:
        for name, attribute in file_fields(model).items():
            inner = get_args(attribute.type)[:1] if get_origin(attribute.type) is tuple else ()
            if inner and has(inner[0]):
                found.setdefault(name, []).append(inner[0])
    return found


@cache
def former_names(model: type) -> Mapping[str, str]:
    """What keys of a model were called, and what they are called now."""
    return {a.metadata["formerly"]: n for n, a in file_fields(model).items() if "formerly" in a.metadata}


def read_fields(
    model: type, written: Mapping[str, Any], path: KeyPath, problems: Problems, *, skip: Iterable[str] = ()
) -> dict[str, Any]:
    """Read the keys of one table that C{model} has a field for.

    @param skip: fields that somebody else reads.
    @return: values by the name of their field; of keys that can be read.
    """
    found: dict[str, Any] = {}
    for name, attribute in file_fields(model).items():
        if name in skip:
            continue
        former = attribute.metadata.get("formerly", "")
        if name in written:
            _read_into(found, name, attribute.type, written[name], (*path, name), problems)
        elif former in written:
            problems.warn((*path, former), f"is now called `{name}`; the next release takes that name alone")
            _read_into(found, name, attribute.type, written[former], (*path, former), problems)
        if name in written and former in written:
            problems.add((*path, former), f"is the old name of `{name}`, which is given too; leave this out")
    return found


def value_of(model: type, read: Mapping[str, Any]) -> Any:
    """The value of a model, from what was read of its keys; the others are as unless given.

    @param read: values by the name of their field; other models' may stand there, too.
    """
    return model(**{name: read[name] for name in file_fields(model) if name in read})


def _read_into(
    found: dict[Any, Any], name: Any, kind: Any, value: Any, path: KeyPath, problems: Problems
) -> None:
    if get_origin(kind) is tuple:
        elements: dict[int, Any] = {}
        for index, element in enumerate(array(value, path, problems)):
            _read_into(elements, index, get_args(kind)[0], element, (*path, index), problems)
        if isinstance(value, list):
            found[name] = tuple(elements.values())
        return
    try:
        found[name] = reader_of(kind)(value)
    except ValueError as error:
        problems.add(path, str(error))


def missing(names: Iterable[str], written: Mapping[str, Any], path: KeyPath, problems: Problems) -> None:
    """Note keys that must be there and are not."""
    lacking = [f"`{name}`" for name in names if name not in written]
    if lacking:
        problems.add(path, f"lacks {' and '.join(lacking)}")


def changed_keys(said: Any, *names: str) -> list[str]:
    """Which of these keys of a value of a model are not as they are unless given."""
    defaults = {one.name: one.default for one in fields(type(said))}
    return [name for name in names if getattr(said, name) != defaults[name]]


def note_unlimited(said: object, texts: dict[str, str], path: KeyPath, problems: Problems) -> None:
    """Note each key that is 0.

    @param texts: by key, what then has no limit.
    """
    for key, text in texts.items():
        if getattr(said, key) == 0:
            problems.warn((*path, key), f"no limit: {text}")
