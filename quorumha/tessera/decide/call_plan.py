"""From a port's calls, and its client's timeout, to how each call is forwarded.  Pure.

Everything an operator may override is applied here, so that what is explained is what is done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Annotated, Any

from attrs import NOTHING, Factory, evolve, frozen

from quorumha.config.values import Match, UrlPath, derived, matching, one_of, setting
from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.http.upstream.limits import Limits
from quorumha.tessera.decide.call_class import CALL_CLASSES, JOB, WRITABLE, CallClass, Flow
from quorumha.tessera.knowledge.calls import Call, Port

#: What a client waits that sets no limit of its own, where something must end some time.
WITHOUT_LIMIT = 30.0
#: A try at one member takes no longer, however long the client waits: a hang is found fast.
LONGEST_TRY = 2.0
#: What a write waits at most that finds no member, where its client waits for ever: GoQuorum holds the
#: account's nonce lock meanwhile, and what is sent after its own client left is a surprise to that client.
WRITE_WAIT = 5.0
#: What is left of a client's time for the way back.
MARGIN = 0.1

#: The limits that what runs for hours has only where they are written for it.
_ENDS = {"total_timeout", "first_byte_timeout", "read_timeout"}

#: An HTTP method, or "*".
Method = Annotated[
    str, "method", matching(r"[A-Z]{1,20}|\*", 'a method in capitals, such as POST, and not "*"')
]
#: A name in L{WRITABLE}.
TreatAs = Annotated[str, ", ".join(f"`{name}`" for name in WRITABLE), partial(one_of, choices=(*WRITABLE,))]


@frozen
class CallOverride:
    """Calls of Tessera to be treated otherwise: an element of such a listener's `routes`."""

    path: UrlPath = setting(NOTHING, "The path, from its first slash.")
    match: Match = setting(
        "exact", "Whether `path` is the whole path (`exact`), or every path below it too (`prefix`)."
    )
    method: Method = setting("*", "The method; `*` means all that the path has.")
    treat_as: TreatAs | None = setting(None, "What may be done with it; see the table of calls.")
    keys: dict[str, object] = derived(Factory(dict), "The keys of forwarding that it has.")

    @property
    def exact(self) -> bool:
        """Only this path; else every path below it, too."""
        return self.match == "exact"


@frozen
class Planned:
    """How one call is forwarded.

    @ivar keys: of forwarding, as the operator wrote them for it, or for all.
    @ivar client_timeout: seconds that the client waits; 0: for ever.
    @ivar replicated: each member reads its own copy of the database.
    @ivar checked: active checks find a member that hangs.
    @ivar looks: the retry policy leaves a 500 to the round policy, which asks the member for its database.
    """

    call: Call
    call_class: CallClass
    keys: Mapping[str, Any]
    client_timeout: float
    replicated: bool = False
    checked: bool = False
    looks: bool = False

    @property
    def total(self) -> float:
        """Seconds for the whole of it; 0: no limit."""
        usual = 0.0 if self.call_class.is_job else self.client_timeout * (1 - MARGIN)
        return self._seconds("total_timeout", usual)

    @property
    def wait(self) -> float:
        """Seconds that it waits at most while it finds no member; 0: as long as its limits say."""
        return WRITE_WAIT if self.call_class.is_write and not self.total else 0.0

    def limits(self, members: int) -> Limits:
        """The limits of one try, and of all.

        @param members: how many are enabled now: each shall have its turn in the client's time.
        """
        one, total = self.call_class, self.total
        whole = total or WITHOUT_LIMIT
        if one.is_job:
            first = 0.0
        elif self.checked and one.moves_on:
            # Checks say when a member hangs.  One that does not may take long: it pushes to each recipient.
            first = total
        elif one.share is not None:
            # What is never repeated, or not before it was looked up, has more time for a response.
            first = one.share * whole
        else:
            first = min(LONGEST_TRY, 0.9 * whole / max(members, 1))
        return Limits(
            total,
            self._seconds("first_byte_timeout", first),
            self._seconds("read_timeout", 0.0 if one.is_job else 10.0),
            self._seconds("send_timeout", 10.0),
        )

    @property
    def policy(self) -> RetryPolicy:
        """When the next member is asked."""
        one, keys = self.call_class, self.keys
        tries: int = keys.get("tries", 0)
        if one.flow is Flow.PLAIN:
            conditions = keys.get("next_upstream", ("error", "timeout", "404"))
            return RetryPolicy.on_conditions(conditions, keys.get("non_idempotent", True), tries)
        return RetryPolicy(
            statuses=one.statuses,
            repeat_within=one.repeat_within,
            ask_all=self.replicated and one.reads_copy,
            ask_all_after=one.doubts,
            tries=tries,
            examined=frozenset({500}) if self.looks else frozenset(),
        )

    def resend_all(self) -> Planned:
        """How C{/resend} is forwarded whose type is C{ALL}, if this is the plan for C{INDIVIDUAL}."""
        keys = {"send_timeout": self.keys["send_timeout"]} if "send_timeout" in self.keys else {}
        return evolve(self, call_class=JOB, keys=keys)

    def _seconds(self, name: str, usual: float) -> float:
        return round(float(self.keys.get(name, usual)), 3)


def plan_calls(
    port: Port,
    client_timeout: float | None = None,
    replicated: bool = False,
    keys: Mapping[str, Any] | None = None,
    overrides: Iterable[CallOverride] = (),
    *,
    checked: bool = False,
) -> list[Planned]:
    """How each call of a listener is forwarded, in the order of the table.

    @param client_timeout: seconds that the clients wait; 0: for ever; None: as clients of this port do.
    @param keys: of forwarding, as the operator wrote them for all calls.
    @param overrides: and for some.
    """
    timeout = port.client_timeout if client_timeout is None else client_timeout
    calls = {(c.method, c.path, c.exact): c for c in port.calls}
    written: dict[tuple[str, str, bool], dict[str, Any]] = {}
    # What is written for one method beats what is written for all that a path has.
    for override in sorted(overrides, key=lambda override: override.method != "*"):
        path = override.path if override.exact else override.path.rstrip("/") or "/"
        touched = [c for c in calls.values() if (c.path, c.exact) == (path, override.exact)]
        touched = [c for c in touched if override.method in ("*", c.method)]
        for call in touched or _new_calls(calls.values(), override, path):
            place = call.method, call.path, call.exact
            calls[place] = _overridden(call, override.treat_as)
            written.setdefault(place, {}).update(override.keys)
    planned = []
    for place, call in calls.items():
        for_all, own = keys or {}, written.get(place, {})
        if {"next_upstream", "non_idempotent"} & (for_all.keys() | own.keys()):
            call = evolve(call, call_class="plain")
        one = CALL_CLASSES[call.call_class]
        if one.is_job:
            # Whoever writes limits for all means calls that somebody waits for.
            for_all = {name: value for name, value in for_all.items() if name not in _ENDS}
        looks = one.looks and port.has_transactions
        planned.append(Planned(call, one, {**for_all, **own}, timeout, replicated, checked, looks))
    return planned


def plan_subrequest(
    port: Port, client_timeout: float | None = None, keys: Mapping[str, Any] | None = None
) -> Planned:
    """How the proxy asks by itself: as a read is, whatever is written for single calls.

    The parameters are those of L{plan_calls}.
    """
    only = evolve(port, calls=(Call("GET", "/", False, "read"),))
    return plan_calls(only, client_timeout, keys=keys)[0]


def _overridden(call: Call, treat_as: str | None) -> Call:
    """As an operator wants it; what one path alone has of its class stays."""
    if treat_as is None or treat_as == CALL_CLASSES[call.call_class].treat_as:
        return call
    return evolve(call, call_class=treat_as)


def _new_calls(calls: Iterable[Call], override: CallOverride, path: str) -> list[Call]:
    """What the table does not name: as the paths above it have it, unless it is to be otherwise."""
    if override.treat_as is not None:
        return [Call(override.method, path, override.exact, override.treat_as)]
    above = [c for c in calls if not c.exact and f"{path}/".startswith(f"{c.path.rstrip('/')}/")]
    methods = {c.method: c.call_class for c in sorted(above, key=lambda c: len(c.path))}
    if override.method != "*":
        methods = {override.method: methods.get(override.method, methods["*"])}
    return [Call(method, path, override.exact, call_class) for method, call_class in methods.items()]
