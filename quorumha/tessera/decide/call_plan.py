"""From what a listener serves, and a client's patience, to how each call is treated.  Pure.

Everything an operator may override is applied here, so that what is explained is what is done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf

from attrs import evolve, field, frozen

from quorumha.http.forward.forwarder import Limits
from quorumha.http.forward.retry_policy import NextUpstream
from quorumha.http.forward.write_class import WriteClass
from quorumha.interfaces import IRetryPolicy
from quorumha.tessera.decide.lookup import NO_RESPONSES
from quorumha.tessera.decide.send import REPEAT_WITHIN, ROLLED_BACK
from quorumha.tessera.knowledge.calls import PROFILES, Call, CallClass

#: What a client waits that sets no limit of its own, where something must end some time.
WITHOUT_LIMIT = 30.0
#: A try at one member takes no longer, however patient the client is: a hang is found fast.
LONGEST_TRY = 2.0
#: What a write waits at most that finds no member, where its client waits for ever: GoQuorum holds the
#: account's nonce lock meanwhile, and what is sent after its own client left is a surprise to that client.
WRITE_WAIT = 5.0
#: What is left of a client's patience for the way back.
MARGIN = 0.1

#: How long clients wait, in seconds.  GoQuorum: 5 s (common/http/config.go).  Tessera's own client:
#: three quarters of its partyInfoInterval, so 3.75 s (IntervalPropertyHelper).
PATIENCE = {"tessera-q2t": 5.0, "tessera-p2p": 3.75, "tessera-thirdparty": 5.0}

_STATUSES: dict[CallClass, frozenset[int]] = {
    CallClass.READ: NO_RESPONSES,
    CallClass.LOOKUP: NO_RESPONSES | {404},
    CallClass.START_UP: NO_RESPONSES | {403, 404},
    CallClass.NEW: ROLLED_BACK,
    CallClass.SIGNED: ROLLED_BACK,
    CallClass.DELETE: NO_RESPONSES | {404},
    # 403: in recovery mode a member takes no pushes with enhanced privacy.
    CallClass.PUSH: NO_RESPONSES | {403},
    CallClass.PARTY_INFO: NO_RESPONSES,
    # Where nobody recovers there is no such path.
    CallClass.PUSH_BATCH: frozenset({404}),
    CallClass.RESEND: NO_RESPONSES,
}
#: Sent, and no answer: never again.
_NEVER_AGAIN = {CallClass.SIGNED, CallClass.ONCE, CallClass.JOB, CallClass.PUSH_BATCH}
#: What changes something, and is waited for.
_WRITES = {CallClass.NEW, CallClass.SIGNED, CallClass.DELETE, CallClass.PUSH, CallClass.ONCE}
_READS_A_COPY = {CallClass.LOOKUP, CallClass.SIGNED, CallClass.DELETE}
#: After a 500 those that are put aside are asked, too: the one who said it may only lack its database.  What
#: makes something new each time is not sent to who may only sleep.
_DOUBTING = _READS_A_COPY | {CallClass.READ}
_LASTING = {CallClass.JOB, CallClass.PUSH_BATCH}
#: What goes on at the next member when checks put down the one that it was sent to.
OVERTAKEN = frozenset({CallClass.NEW, CallClass.SIGNED})
#: What is not sent to a member that its checks put down for silence: it would act on that when it wakes.
WAIT_FOR_WHO_SLEEPS = OVERTAKEN | {CallClass.DELETE, CallClass.PUSH}
#: What no Tessera answers without its database, but with a 5xx.
NEED_DATABASE = WAIT_FOR_WHO_SLEEPS | {CallClass.LOOKUP}
#: The limits that what runs for hours has only where they are written for it.
_ENDS = {"total_timeout", "first_byte_timeout", "read_timeout"}


@frozen
class Planned:
    """How one call is treated.

    @ivar overridden: the keys that the operator wrote for it.
    @ivar wait: seconds that it waits at most while it finds no member; 0: as long as its limits say.
    """

    call: Call
    policy: IRetryPolicy
    limits: Limits
    overridden: tuple[str, ...] = ()
    wait: float = 0.0


@frozen
class CallOverride:
    """What an operator wrote for some calls.

    @ivar method: C{"*"} for all that the path has.
    @ivar treatment: or None to leave it as it is.
    @ivar keys: of forwarding, as written.
    """

    path: str
    exact: bool = False
    method: str = "*"
    call_class: CallClass | None = None
    keys: Mapping[str, object] = field(factory=dict)


def plan_calls(
    serve: str,
    members: int,
    client_timeout: float | None = None,
    replicated: bool = False,
    keys: Mapping[str, object] | None = None,
    overrides: Iterable[CallOverride] = (),
    *,
    checked: bool = False,
) -> list[Planned]:
    """How each call of a listener is treated, in the order of the table.

    @param serve: a name in L{PROFILES}.
    @param members: how many may answer.
    @param client_timeout: seconds that the clients wait; 0: for ever; None: as clients of this port do.
    @param replicated: each member reads its own copy of the database.
    @param keys: of forwarding, as the operator wrote them for all calls.
    @param wishes: and for some.
    @param checked: active checks find a member that hangs.
    """
    patience = _patience(serve, client_timeout)
    calls = {(c.method, c.path, c.exact): c for c in PROFILES[serve]}
    written: dict[tuple[str, str, bool], dict[str, object]] = {}
    # What is written for one method beats what is written for all that a path has.
    for override in sorted(overrides, key=lambda override: override.method != "*"):
        path = override.path if override.exact else override.path.rstrip("/") or "/"
        touched = [c for c in calls.values() if (c.path, c.exact) == (path, override.exact)]
        touched = [c for c in touched if override.method in ("*", c.method)]
        for call in touched or _new_calls(calls.values(), override, path):
            place = call.method, call.path, call.exact
            calls[place] = evolve(call, call_class=override.call_class or call.call_class)
            written.setdefault(place, {}).update(override.keys)
    return [
        _plan(call, members, patience, replicated, keys or {}, written.get(place, {}), checked)
        for place, call in calls.items()
    ]


def looking(planned: Planned) -> Planned:
    """Where members can be asked for a transaction: a 500 to what pushes is looked into first."""
    call, policy = planned.call, planned.policy
    if call.call_class is not CallClass.NEW or call.path == "/storeraw" or not isinstance(policy, WriteClass):
        return planned
    return evolve(planned, policy=evolve(policy, looked_into=frozenset({500})))


def looks_into(planned: Planned) -> bool:
    """Whether the policy leaves some responses to a judge that looks into them."""
    return isinstance(planned.policy, WriteClass) and bool(planned.policy.looked_into)


def plan_question(
    serve: str,
    members: int,
    client_timeout: float | None = None,
    keys: Mapping[str, object] | None = None,
) -> Planned:
    """How the proxy asks by itself: as a read is, whatever is written for single calls.

    The parameters are those of L{plan_calls}.
    """
    read = Call("GET", "/", False, CallClass.READ)
    return _plan(read, members, _patience(serve, client_timeout), False, keys or {}, {})


def _patience(serve: str, client_timeout: float | None) -> float:
    return PATIENCE[serve] if client_timeout is None else client_timeout


def _new_calls(calls: Iterable[Call], override: CallOverride, path: str) -> list[Call]:
    """What the table does not name: as the paths above it have it, unless it is to be otherwise."""
    if override.call_class is not None:
        return [Call(override.method, path, override.exact, override.call_class)]
    above = [c for c in calls if not c.exact and f"{path}/".startswith(f"{c.path.rstrip('/')}/")]
    methods = {c.method: c.call_class for c in sorted(above, key=lambda c: len(c.path))}
    if override.method != "*":
        methods = {override.method: methods.get(override.method, methods["*"])}
    return [Call(method, path, override.exact, call_class) for method, call_class in methods.items()]


def _plan(
    call: Call,
    members: int,
    patience: float,
    replicated: bool,
    for_all: Mapping[str, object],
    own: Mapping[str, object],
    checked: bool = False,
) -> Planned:
    """
    @param for_all: keys of forwarding that are written for all calls.
    @param own: and for this one.
    """
    if {"next_upstream", "non_idempotent"} & (for_all.keys() | own.keys()):
        call = evolve(call, call_class=CallClass.PLAIN)
    if call.call_class in _LASTING:
        # Whoever writes limits for all means calls that somebody waits for.
        for_all = {name: value for name, value in for_all.items() if name not in _ENDS}
    keys = {**for_all, **own}
    limits = _limits(call.call_class, members, patience, keys, checked)
    return Planned(
        call,
        _policy(call.call_class, replicated, keys),
        limits,
        tuple(sorted(keys)),
        WRITE_WAIT if call.call_class in _WRITES and not limits.total else 0.0,
    )


def resend_all(planned: Planned) -> Planned:
    """How C{/resend} is treated whose type is C{ALL}: it runs for hours, and is never repeated.

    @param planned: for the call, so for the type C{INDIVIDUAL}.
    """
    return evolve(
        planned,
        call=evolve(planned.call, call_class=CallClass.JOB),
        policy=WriteClass(repeat_within=0.0),
        limits=Limits(0.0, 0.0, 0.0, planned.limits.send),
    )


def _policy(call_class: CallClass, replicated: bool, keys: Mapping[str, object]) -> IRetryPolicy:
    tries = keys.get("tries", 0)
    assert isinstance(tries, int)
    if call_class is CallClass.PLAIN:
        conditions = keys.get("next_upstream", ("error", "timeout", "404"))
        assert isinstance(conditions, tuple)
        return NextUpstream(
            error="error" in conditions,
            timeout="timeout" in conditions,
            statuses=frozenset(int(c) for c in conditions if c.isdecimal()),
            non_idempotent=bool(keys.get("non_idempotent", True)),
            tries=tries,
        )
    within = 0.0 if call_class in _NEVER_AGAIN else REPEAT_WITHIN if call_class is CallClass.NEW else inf
    return WriteClass(
        statuses=_STATUSES.get(call_class, frozenset()),
        repeat_within=within,
        # A member that is put aside may have what the others' copies lack.
        ask_all=replicated and call_class in _READS_A_COPY,
        ask_all_after=frozenset({500}) if call_class in _DOUBTING else frozenset(),
        tries=tries,
    )


def _limits(
    call_class: CallClass, members: int, patience: float, keys: Mapping[str, object], checked: bool
) -> Limits:
    total = _seconds(keys, "total_timeout", patience * (1 - MARGIN))
    if call_class in _LASTING:
        total = _seconds(keys, "total_timeout", 0.0)
        first = between = 0.0
    else:
        between = 10.0
        whole = total or WITHOUT_LIMIT
        share = min(LONGEST_TRY, 0.9 * whole / max(members, 1))
        # What is never repeated, or not before it was looked up, has more time to be answered.
        first = {CallClass.NEW: whole, CallClass.ONCE: whole, CallClass.SIGNED: 0.6 * whole}.get(
            call_class, share
        )
        if checked and call_class in OVERTAKEN:
            # Checks say when a member hangs.  One that does not may take long: it pushes to each recipient.
            first = total
    return Limits(
        total,
        _seconds(keys, "first_byte_timeout", first),
        _seconds(keys, "read_timeout", between),
        _seconds(keys, "send_timeout", 10.0),
    )


def _seconds(keys: Mapping[str, object], name: str, usual: float) -> float:
    value = keys.get(name, usual)
    assert isinstance(value, int | float)
    return round(float(value), 3)
