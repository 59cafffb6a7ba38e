"""L{MethodRules}: from a call to its class, or to a refusal.  Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from attrs import evolve, frozen

from quorumha.goquorum.decide.call import Call, OwnResponse
from quorumha.goquorum.decide.parameters import Tag, block_of, is_private
from quorumha.goquorum.decide.rule import Rule
from quorumha.goquorum.knowledge.method_table import METHODS, Variant, entries, matches, method_of

#: Classes that need to know which parameter it is that names the block or the account.
NEEDS_PARAMETER = frozenset({"read-at", "count", "account", "sign"})


@frozen
class Refused:
    """A method that is not served.

    @ivar reason: C{denied}: by C{allow} or C{deny}; C{never}: it is one node's administration.
    """

    reason: str


class Override(Protocol):
    """Methods that are treated otherwise than the table says."""

    @property
    def name(self) -> str: ...

    @property
    def treat_as(self) -> str: ...

    @property
    def parameter(self) -> int | None: ...

    @property
    def secret(self) -> bool: ...


class Settings(Protocol):
    """What a listener's configuration says of methods."""

    @property
    def methods(self) -> Sequence[Override]: ...

    @property
    def allow(self) -> Sequence[str]: ...

    @property
    def deny(self) -> Sequence[str]: ...


class MethodRules:
    """The rules of one listener: C{methods} before the table, then C{allow} and C{deny}."""

    def __init__(self, settings: Settings) -> None:
        self._overrides = settings.methods
        self._allow = settings.allow
        self._deny = settings.deny
        # A pattern that is there for other methods, too, does not say that administration is meant.
        self._opening = [
            one
            for one in settings.allow
            if all(self._before(name).call_class == "never" for name in known_names() if matches(one, name))
        ]
        self._known = {name: self.found(name) for name in METHODS}

    def of(self, method: str) -> Rule:
        """The rule of a method, by its name alone.

        @raise OwnResponse: it is not served.
        """
        rule = self._known.get(method) or self.found(method)
        if isinstance(rule, Refused):
            raise not_served(method, rule.reason)
        return rule

    def for_call(self, call: Call) -> Rule:
        """The rule of a call: of some methods the class depends on their parameters.

        @raise OwnResponse: it is not served, or the parameters have no clear reading.
        """
        rule = self._known.get(call.method)
        if rule is None or isinstance(rule, Refused):
            rule = self.of(call.method)
        variant = rule.variant
        if variant is not None and _is_so(variant, call, rule):
            return evolve(rule, call_class=variant.call_class, parameter=variant.parameter, variant=None)
        return rule

    def found(self, method: str) -> Rule | Refused:
        """What becomes of a method, or of all that a pattern of the table means."""
        rule = self._before(method)
        if any(matches(one, method) for one in self._deny):
            return Refused("denied")
        if rule.call_class == "never":
            opened = any(one == method or matches(one, method) for one in self._opening)
            return evolve(rule, call_class=rule.allowed) if opened else Refused("never")
        if self._allow and not any(matches(one, method) for one in self._allow):
            return Refused("denied")
        return rule

    def _before(self, method: str) -> Rule:
        """Before C{allow} and C{deny}."""
        known = method_of(method)
        for one in self._overrides:
            if matches(one.name, method):
                secret = one.secret or (known is not None and known.secret)
                return Rule(one.treat_as, one.parameter, secret, one.name)
        if known is None:
            return Rule("once")
        return Rule(known.call_class, known.parameter, known.secret, known.name, known.allowed, known.variant)


def known_names() -> list[str]:
    """Every method and pattern of the table, in its order."""
    return [one.name for one in entries()]


def not_served(method: str, reason: str) -> OwnResponse:
    """As a node says it of a method that it does not have."""
    return OwnResponse(-32601, f"the method {method} does not exist/is not available", reason)


def _is_so(variant: Variant, call: Call, rule: Rule) -> bool:
    if variant.when == "pending":
        return block_of(call, rule) is Tag.PENDING
    return is_private(call, rule)
