"""From a file to L{Config}, or to everything that is wrong with it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from os import PathLike, fspath
from os.path import abspath
from typing import Any, NoReturn

from attrs import evolve

from quorumha.config.admin import read_admin
from quorumha.config.cross_checks import check_member_keys, check_pool_keys, check_whole
from quorumha.config.files import check_folders, read_regular
from quorumha.config.kind import Kinds
from quorumha.config.listeners import read_listener
from quorumha.config.log import LogConfig, read_log
from quorumha.config.model import (
    AdminConfig,
    CheckConfig,
    Config,
    ListenerConfig,
    PoolConfig,
    UpstreamConfig,
)
from quorumha.config.pool_tables import read_pool, with_checks, with_places, with_settings
from quorumha.config.problems import KeyPath, Locator, Problems, located
from quorumha.config.substitute import plain, substitute_all
from quorumha.config.tables import element_models, file_fields, read_fields, table
from quorumha.config.unused_keys import check_unused_keys
from quorumha.errors import ConfigError

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
#: What is nested deeper can only be an attack; the deepest that means anything are five.
_DEEPEST = 50
_AT_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$| \(at end of document\)$")


def load_config(
    path: str | PathLike[str],
    environ: Mapping[str, str],
    kinds: Kinds,
    *,
    folders: bool = False,
    serves: Config | None = None,
) -> Config:
    """Read and check a configuration file, and the certificates and keys that it names.

    @param path: TOML; JSON with the same tree where the name ends in C{.json}.
    @param environ: the variables that C{${NAME}} means, as C{os.environ}.
    @param kinds: what listeners may serve, and how pools may be checked.
    @param folders: look at folders, too: of what is remembered, and of unix sockets.
    @param serves: what this process does already: that is not looked at once more.
    @raise ConfigError: with every problem.
    """
    source = fspath(path)
    try:
        data = read_regular(source)
    except ValueError as error:
        raise ConfigError([f"{source}: cannot be read: {error}"]) from error
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8")) + 1
        raise ConfigError([f"{source}:{line}:{column}: is not UTF-8 text"]) from error
    config = parse_config(text, source, environ, kinds, folders=folders, serves=serves)
    # Problems name it as the operator did; who asks a running process may be in another folder.
    return evolve(config, source=abspath(source))


def parse_config(
    text: str,
    source: str,
    environ: Mapping[str, str],
    kinds: Kinds,
    *,
    folders: bool = False,
    serves: Config | None = None,
) -> Config:
    """Read and check the text of a configuration; see L{load_config}.

    @param source: what messages call it; JSON where it ends in C{.json}.
    @raise ConfigError: with every problem.
    """
    text = text.removeprefix("\ufeff")
    is_json = source.lower().endswith(".json")
    try:
        tree = _parse_json(text, source) if is_json else _parse_toml(text, source)
        too_deep = _depth(tree) > _DEEPEST
    except RecursionError:
        too_deep = True
    if too_deep:
        raise ConfigError([f"{source}:1:1: nested too deep"])
    problems = Problems(belongs=partial(belongs, kinds))
    config = read_config(substitute_all(tree, environ, problems), problems, kinds)
    if folders:
        check_folders(config, problems, serves)
    locator = Locator(text, is_json=is_json)
    if problems.errors:
        raise ConfigError(problems.as_text(problems.errors, source, locator))
    usable: Config = plain(config)
    warnings = tuple(problems.as_text(problems.warnings, source, locator))
    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return evolve(usable, warnings=warnings, source=source, digest=digest)


def read_config(tree: Any, problems: Problems, kinds: Kinds) -> Config:
    """Read a parsed tree; what is wrong is noted, and the rest is there."""
    root = table(tree, (), problems, Config)
    if root is None:
        return Config()
    found = read_fields(Config, root, (), problems, skip=("pools", "listeners", "log", "admin"))
    if "log" in root:
        found["log"] = read_log(root["log"], ("log",), problems)
    named: dict[str, dict[str, Any]] = {"pools": {}, "listeners": {}}
    for key, read in (("pools", read_pool), ("listeners", read_listener)):
        for name, value in (table(root.get(key, {}), (key,), problems) or {}).items():
            _check_name(key, name, problems)
            named[key][name] = read(name, value, (key, name), problems, kinds)
    if "admin" in root:
        found["admin"] = read_admin(root["admin"], problems)
    if not named["listeners"] and not problems.errors:
        problems.add(("listeners",), "no listener is defined; write [listeners.NAME]")
    config = Config(pools=named["pools"], listeners=named["listeners"], **found)
    config = with_settings(with_places(with_checks(config, kinds)))
    check_pool_keys(config, problems, kinds)
    check_member_keys(config, problems, kinds)
    check_unused_keys(config, problems)
    check_whole(config, problems)
    return config


def belongs(kinds: Kinds, key: str) -> str:
    """The end of a message that says where there is such a key; empty where there is none."""
    listener = [ListenerConfig, *kinds.listener_models()]
    tables: tuple[tuple[str, list[type]], ...] = (
        ("at the top", [Config]),
        ("in [log]", [LogConfig]),
        ("in [pools.NAME]", [PoolConfig, *kinds.pool_models()]),
        ("in an element of `upstreams`", [UpstreamConfig, *kinds.member_models()]),
        ("in `check` of a pool", [CheckConfig, *kinds.check_models()]),
        ("in [listeners.NAME]", listener),
        ("in [admin]", [AdminConfig]),
        *((f"in an element of `{name}`", models) for name, models in element_models(listener).items()),
    )
    places = [place for place, models in tables if any(key in file_fields(model) for model in models)]
    return f"; it belongs {' or '.join(places)}" if places else ""


def _depth(tree: Any) -> int:
    """Tables and arrays within each other, and a value in them: dotted keys have no end in TOML."""
    inside = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return 1 + max(map(_depth, inside), default=0)


def _check_name(kind: str, name: str, problems: Problems) -> None:
    path: KeyPath = (kind, name)
    if not _NAME.fullmatch(name):
        problems.add(path, "a name has letters, digits, and . _ - between them")
    elif kind == "pools" and name == "others":
        problems.add(path, "'others' is a word of `mirror`; choose another name")


def _parse_toml(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except ValueError as error:
        # Not only TOMLDecodeError: a number too long for int() is one as well.
        message = str(error)
        found = _AT_PLACE.search(message)
        lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
        line, column = len(lines), len(lines[-1]) + 1
        if found is not None and found[1]:
            line, column = int(found[1]), int(found[2])
        _refuse(source, (line, column), f"not TOML: {_AT_PLACE.sub('', message)}", text, error)


def _parse_json(text: str, source: str) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        tree = dict(pairs)
        if len(tree) != len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise ValueError(f"the key {twice!r} is there twice in one table")
        return tree

    try:
        return json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        _refuse(source, (error.lineno, error.colno), f"not JSON: {error.msg}", text, error)
    except ValueError as error:
        _refuse(source, (1, 1), str(error), "", error)


def _refuse(source: str, place: tuple[int, int], reason: str, text: str, cause: Exception) -> NoReturn:
    raise ConfigError([located(source, place, (), reason, Locator(text))]) from cause
