"""What a configuration says of a Tessera port: frozen values, reading, and what is risky.

The keys stand in the port's listener, beside those of any listener that understands requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from attrs import Factory, frozen

from quorumha.config.model import Config, ListenerConfig
from quorumha.config.problems import KeyPath, Problems
from quorumha.config.spelling import show
from quorumha.config.tables import array, file_fields, read_fields, table
from quorumha.config.units import seconds
from quorumha.config.values import Count, Seconds, Size, derived, matching, setting
from quorumha.http.forward.config import ForwardConfig
from quorumha.http.server.config import ClientLimits
from quorumha.tessera.decide.call_plan import CallOverride


def time_or_none(value: object) -> float:
    """A time, or "none"; 0 means none, too."""
    if value == "none":
        return 0.0
    try:
        return seconds(value)
    except ValueError as error:
        raise ValueError(f'{error}; or "none"') from None


#: A time in seconds; also "none".
ClientTimeout = Annotated[float, "time or `none`", time_or_none]
#: A version of Tessera's API.
ApiVersion = Annotated[str, "version", matching(r"[0-9]{1,4}(\.[0-9]{1,4}){1,2}", "a version such as 2.1")]


@frozen
class TesseraConfig:
    """What is known of the clients and nodes of a Tessera port: keys of its listener."""

    client_timeout: ClientTimeout | None = setting(
        None,
        "How long the clients wait for an answer: 5 s for GoQuorum, 3.75 s for other Tesseras, unless "
        "given; `none` where GoQuorum runs with `--ptm.socket` or `--ptm.url` and no `--ptm.timeout`."
        " All limits follow from it.",
    )
    store: Literal["shared", "replicated"] = setting(
        "shared", "Whether all members read one database, or each its own copy, which may lag."
    )
    party: str | None = setting(
        None,
        "A name for the party whose Tesseras these are. Listeners with the same name know the same"
        " transactions: what is pushed to one is known to exist on the other.",
    )
    existence_memory: Count = setting(
        100_000, "How many transactions are known to exist, so that a false 404 is seen; 0 means none."
    )
    api_versions: tuple[ApiVersion, ...] = setting(
        (), "What `/version/api` is answered with; what all members know unless given."
    )
    waiting_requests: Count = setting(
        256,
        "How many requests may wait at once while no member can answer; 0 means none.",
        formerly="parked_requests",
    )
    waiting_bytes: Size = setting(
        64 * 1024**2,
        "How many bytes their bodies may hold together; with 0 those without one wait.",
        formerly="parked_bytes",
    )
    hedge: Seconds = setting(
        0.0, "After so long without an answer a read is asked of a second member, too.", usual="never"
    )
    party_info_interval: Seconds = setting(
        5.0,
        "How often the members are asked which parties they know (`tessera-p2p`); 0 means never. A member"
        " that is up again may take twice as long to hear of all parties (`tessera-q2t`; 10 s with 0).",
    )
    routes: tuple[CallOverride, ...] = setting((), "Calls to be treated otherwise.")
    limits: ClientLimits = derived(Factory(ClientLimits), "What a client may ask.")
    forward: ForwardConfig = derived(Factory(ForwardConfig), "How requests are forwarded.")
    keys: dict[str, object] = derived(Factory(dict), "The keys of forwarding that were written.")


#: What decides in place of the table of calls: a matter of single calls.
_DECIDES = ("next_upstream", "non_idempotent")
#: What no call of Tessera has.
_NEVER = ("upgrade",)
_WRONG_HERE = {
    **dict.fromkeys(_NEVER, "means nothing here: no call of Tessera is upgraded"),
    **dict.fromkeys(
        _DECIDES,
        "is decided for each call here; write it in an element of `routes` for that call, or `treat_as`",
    ),
}
#: What the calls of one port alone look at, unless some are treated otherwise.
_LOOKED_AT_BY = {"store": ("tessera-q2t",), "party_info_interval": ("tessera-p2p", "tessera-q2t")}
_CALL_KEYS = tuple(k for k in file_fields(ForwardConfig) if k not in _NEVER)


def read_tessera(written: Mapping[str, Any], path: KeyPath, problems: Problems) -> TesseraConfig:
    """Read what such a listener has beside the keys of all; what is wrong is noted and left out."""
    for key, problem in _WRONG_HERE.items():
        if key in written:
            problems.add((*path, key), problem)
    if "pool" not in written:
        problems.add(path, "lacks `pool`")
    for key, serve in _LOOKED_AT_BY.items():
        if key in written and written["serve"] not in serve and "routes" not in written:
            problems.warn((*path, key), f"no call of serve = {show(written['serve'])} looks at it")
    found = read_fields(TesseraConfig, written, path, problems, skip=("routes",))
    if "routes" in written:
        found["routes"] = _read_calls(written["routes"], (*path, "routes"), problems)
    keys = read_fields(ForwardConfig, written, path, problems)
    limits = ClientLimits(**read_fields(ClientLimits, written, path, problems))
    return TesseraConfig(**found, limits=limits, forward=ForwardConfig(**keys), keys=keys)


def check_parties(listener: ListenerConfig, config: Config, problems: Problems) -> None:
    """A party of one listener shares nothing with anybody: most likely a slip of the pen."""
    party = listener.kind.party(listener, config)
    others = (one for one in config.listeners.values() if one is not listener)
    if party is not None and all(one.kind.party(one, config) != party for one in others):
        problems.warn(
            ("listeners", listener.name, "party"),
            f"no other listener has the party {show(party)}, so nothing is shared",
        )


def _read_calls(value: object, path: KeyPath, problems: Problems) -> tuple[CallOverride, ...]:
    calls: list[CallOverride] = []
    seen: dict[tuple[str, str, str], int] = {}
    for index, element in enumerate(array(value, path, problems)):
        at = (*path, index)
        keys = table(element, at, problems, CallOverride, known=_CALL_KEYS, needs=["path"])
        if keys is None:
            continue
        forward = read_fields(ForwardConfig, keys, at, problems, skip=_NEVER)
        call = CallOverride(**{"path": "", **read_fields(CallOverride, keys, at, problems), "keys": forward})
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
