"""What listeners that know Tessera's calls have: from tables to L{TesseraConfig} and L{CallConfig}."""

from __future__ import annotations

from typing import Any

from quorumha.config.model import ForwardConfig
from quorumha.config.problems import KeyPath, Problems
from quorumha.config.spelling import show
from quorumha.config.tables import array, file_fields, missing, read_fields, table, unknown_keys
from quorumha.config.tessera_model import CallConfig, TesseraConfig

TESSERA_KEYS = tuple(file_fields(TesseraConfig))
#: What decides in place of the table of calls: a matter of single calls.
_DECIDES = ("next_upstream", "non_idempotent")
#: What no call of Tessera has.
_NEVER = ("upgrade",)
#: What the calls of one port alone look at, unless some are treated otherwise.
_LOOKED_AT_BY = {"store": ("tessera-q2t",), "party_info_interval": ("tessera-p2p", "tessera-q2t")}
_CALL_KEYS = (*file_fields(CallConfig), *(k for k in file_fields(ForwardConfig) if k not in _NEVER))


def read_tessera(written: dict[str, Any], path: KeyPath, problems: Problems) -> dict[str, Any]:
    """Read what such a listener has beside the keys of others; what is wrong is noted and left out.

    @return: fields of L{ListenerConfig}.
    """
    for key in _NEVER:
        if key in written:
            problems.add((*path, key), "means nothing here: no call of Tessera is upgraded")
    for key in _DECIDES:
        if key in written:
            problems.add(
                (*path, key),
                "is decided for each call here; write it in an element of `routes` for that call, "
                "or `treat_as`",
            )
    if "pool" not in written:
        problems.add(path, "lacks `pool`")
    for key, serve in _LOOKED_AT_BY.items():
        if key in written and written["serve"] not in serve and "routes" not in written:
            problems.warn((*path, key), f"no call of serve = {show(written['serve'])} looks at it")
    found: dict[str, Any] = {
        "tessera": TesseraConfig(**read_fields(TesseraConfig, written, path, problems)),
    }
    if "routes" in written:
        found["calls"] = _read_calls(written["routes"], (*path, "routes"), problems)
    return found


def _read_calls(value: object, path: KeyPath, problems: Problems) -> tuple[CallConfig, ...]:
    calls: list[CallConfig] = []
    seen: dict[tuple[str, str, str], int] = {}
    for index, element in enumerate(array(value, path, problems)):
        at = (*path, index)
        keys = table(element, at, problems)
        if keys is None:
            continue
        unknown_keys(keys, _CALL_KEYS, at, problems)
        missing(["path"], keys, at, problems)
        forward = read_fields(ForwardConfig, keys, at, problems, skip=_NEVER)
        call = CallConfig(**{"path": "", **read_fields(CallConfig, keys, at, problems), "keys": forward})
        if call.treat_as is not None and any(key in keys for key in _DECIDES):
            problems.add((*at, "treat_as"), "decides what `next_upstream` and `non_idempotent` do; give one")
        same = (call.path, call.match, call.method)
        if call.path and same in seen:
            problems.add(
                (*at, "path"),
                f"{show(call.path)} is the path of routes[{seen[same]}] too, with the same `match`"
                " and `method`",
            )
        seen.setdefault(same, index)
        calls.append(call)
    return tuple(calls)
