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
from quorumha.tessera.decide.lookup import NO_ANSWERS
from quorumha.tessera.decide.send import REPEAT_WITHIN, ROLLED_BACK
from quorumha.tessera.knowledge.calls import PROFILES, Call, Treatment

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

_STATUSES: dict[Treatment, frozenset[int]] = {
    Treatment.READ: NO_ANSWERS,
    Treatment.LOOKUP: NO_ANSWERS | {404},
    Treatment.START_UP: NO_ANSWERS | {403, 404},
    Treatment.NEW: ROLLED_BACK,
    Treatment.SIGNED: ROLLED_BACK,
    Treatment.DELETE: NO_ANSWERS | {404},
    # 403: in recovery mode a member takes no pushes with enhanced privacy.
    Treatment.PUSH: NO_ANSWERS | {403},
    Treatment.PARTY_INFO: NO_ANSWERS,
    # Where nobody recovers there is no such path.
    Treatment.PUSH_BATCH: frozenset({404}),
    Treatment.RESEND: NO_ANSWERS,
}
#: Sent, and no answer: never again.
_NEVER_AGAIN = {Treatment.SIGNED, Treatment.ONCE, Treatment.JOB, Treatment.PUSH_BATCH}
#: What changes something, and is waited for.
_WRITES = {Treatment.NEW, Treatment.SIGNED, Treatment.DELETE, Treatment.PUSH, Treatment.ONCE}
_READS_A_COPY = {Treatment.LOOKUP, Treatment.SIGNED, Treatment.DELETE}
#: After a 500 those that are put aside are asked, too: the one who said it may only lack its database.  What
#: makes something new each time is not sent to who may only sleep.
_DOUBTING = _READS_A_COPY | {Treatment.READ}
_LASTING = {Treatment.JOB, Treatment.PUSH_BATCH}
#: What goes on at the next member when checks put down the one that it was sent to.
OVERTAKEN = frozenset({Treatment.NEW, Treatment.SIGNED})
#: What is not sent to a member that its checks put down for silence: it would act on that when it wakes.
WAIT_FOR_WHO_SLEEPS = OVERTAKEN | {Treatment.DELETE, Treatment.PUSH}
#: What no Tessera answers without its database, but with a 5xx.
NEED_DATABASE = WAIT_FOR_WHO_SLEEPS | {Treatment.LOOKUP}
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
class Wish:
    """What an operator wrote for some calls.

    @ivar method: C{"*"} for all that the path has.
    @ivar treatment: or None to leave it as it is.
    @ivar keys: of forwarding, as written.
    """

    path: str
    exact: bool = False
    method: str = "*"
    treatment: Treatment | None = None
    keys: Mapping[str, object] = field(factory=dict)


def plan_calls(
    serve: str,
    members: int,
    client_timeout: float | None = None,
    replicated: bool = False,
    keys: Mapping[str, object] | None = None,
    wishes: Iterable[Wish] = (),
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
    for wish in sorted(wishes, key=lambda wish: wish.method != "*"):
        path = wish.path if wish.exact else wish.path.rstrip("/") or "/"
        touched = [c for c in calls.values() if (c.path, c.exact) == (path, wish.exact)]
        touched = [c for c in touched if wish.method in ("*", c.method)]
        for call in touched or _new_calls(calls.values(), wish, path):
            place = call.method, call.path, call.exact
            calls[place] = evolve(call, treatment=wish.treatment or call.treatment)
            written.setdefault(place, {}).update(wish.keys)
    return [
        _plan(call, members, patience, replicated, keys or {}, written.get(place, {}), checked)
        for place, call in calls.items()
    ]


def looking(planned: Planned) -> Planned:
    """Where members can be asked for a transaction: a 500 to what pushes is looked into first."""
    call, policy = planned.call, planned.policy
    if call.treatment is not Treatment.NEW or call.path == "/storeraw" or not isinstance(policy, WriteClass):
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
    read = Call("GET", "/", False, Treatment.READ)
    return _plan(read, members, _patience(serve, client_timeout), False, keys or {}, {})


def _patience(serve: str, client_timeout: float | None) -> float:
    return PATIENCE[serve] if client_timeout is None else client_timeout


def _new_calls(calls: Iterable[Call], wish: Wish, path: str) -> list[Call]:
    """What the table does not name: as the paths above it have it, unless it is to be otherwise."""
    if wish.treatment is not None:
        return [Call(wish.method, path, wish.exact, wish.treatment)]
    above = [c for c in calls if not c.exact and f"{path}/".startswith(f"{c.path.rstrip('/')}/")]
    methods = {c.method: c.treatment for c in sorted(above, key=lambda c: len(c.path))}
    if wish.method != "*":
        methods = {wish.method: methods.get(wish.method, methods["*"])}
    return [Call(method, path, wish.exact, treatment) for method, treatment in methods.items()]


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
        call = evolve(call, treatment=Treatment.PLAIN)
    if call.treatment in _LASTING:
        # Whoever writes limits for all means calls that somebody waits for.
        for_all = {name: value for name, value in for_all.items() if name not in _ENDS}
    keys = {**for_all, **own}
    limits = _limits(call.treatment, members, patience, keys, checked)
    return Planned(
        call,
        _policy(call.treatment, replicated, keys),
        limits,
        tuple(sorted(keys)),
        WRITE_WAIT if call.treatment in _WRITES and not limits.total else 0.0,
    )


def resend_all(planned: Planned) -> Planned:
    """How C{/resend} is treated whose type is C{ALL}: it runs for hours, and is never repeated.

    @param planned: for the call, so for the type C{INDIVIDUAL}.
    """
    return evolve(
        planned,
        call=evolve(planned.call, treatment=Treatment.JOB),
        policy=WriteClass(repeat_within=0.0),
        limits=Limits(0.0, 0.0, 0.0, planned.limits.send),
    )


def _policy(treatment: Treatment, replicated: bool, keys: Mapping[str, object]) -> IRetryPolicy:
    tries = keys.get("tries", 0)
    assert isinstance(tries, int)
    if treatment is Treatment.PLAIN:
        conditions = keys.get("next_upstream", ("error", "timeout", "404"))
        assert isinstance(conditions, tuple)
        return NextUpstream(
            error="error" in conditions,
            timeout="timeout" in conditions,
            statuses=frozenset(int(c) for c in conditions if c.isdecimal()),
            non_idempotent=bool(keys.get("non_idempotent", True)),
            tries=tries,
        )
    within = 0.0 if treatment in _NEVER_AGAIN else REPEAT_WITHIN if treatment is Treatment.NEW else inf
    return WriteClass(
        statuses=_STATUSES.get(treatment, frozenset()),
        repeat_within=within,
        # A member that is put aside may have what the others' copies lack.
        ask_all=replicated and treatment in _READS_A_COPY,
        ask_all_after=frozenset({500}) if treatment in _DOUBTING else frozenset(),
        tries=tries,
    )


def _limits(
    treatment: Treatment, members: int, patience: float, keys: Mapping[str, object], checked: bool
) -> Limits:
    total = _seconds(keys, "total_timeout", patience * (1 - MARGIN))
    if treatment in _LASTING:
        total = _seconds(keys, "total_timeout", 0.0)
        first = between = 0.0
    else:
        between = 10.0
        whole = total or WITHOUT_LIMIT
        share = min(LONGEST_TRY, 0.9 * whole / max(members, 1))
        # What is never repeated, or not before it was looked up, has more time to be answered.
        first = {Treatment.NEW: whole, Treatment.ONCE: whole, Treatment.SIGNED: 0.6 * whole}.get(
            treatment, share
        )
        if checked and treatment in OVERTAKEN:
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
