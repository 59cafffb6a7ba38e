"""C{/livez}, C{/readyz} and C{/startupz}: whether the process lives, is ready, and has started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from twisted.internet.interfaces import IReactorTime

from quorumha.admin.ready import findings, is_ready, is_started
from quorumha.admin.replies import Leaf, query, text_body
from quorumha.admin.running import Running, UnknownName
from quorumha.config.spelling import did_you_mean, show

#: What may stand behind the question mark of C{/readyz}.
_KNOWN = ("pools", "pool", "verbose")


class LivePage(Leaf):
    """C{/livez}: while the reactor turns, this is said."""

    def render_GET(self, request: Any) -> bytes:
        """Say it."""
        return text_body(request, "alive")


class _Page(Leaf):
    def __init__(self, running: Running, clock: IReactorTime) -> None:
        super().__init__()
        self._running, self._clock = running, clock


class ReadyPage(_Page):
    """C{/readyz}: one line for each reason why the process is not ready.

    With C{?pools=all} or C{?pool=NAME} pools count, with C{?verbose} everything is shown.
    """

    def render_GET(self, request: Any) -> bytes:
        """Look."""
        try:
            asked = query(request)
            found = findings(self._running, self._clock.seconds(), pools_of(asked))
        except UnknownName as error:
            return text_body(request, str(error), 404)
        except ValueError as error:
            return text_body(request, f"the query cannot be read: {error}", 400)
        ready = is_ready(found)
        if "verbose" in asked:
            lines = [
                f"{'ok ' if one.good else 'not'} {one.text}{'' if one.counts else ' (does not count)'}"
                for one in found
            ]
        else:
            lines = [one.text for one in found if one.counts and not one.good] or ["ready"]
        return text_body(request, "\n".join(lines), 200 if ready else 503)


def pools_of(asked: Mapping[str, Sequence[str]]) -> Sequence[str] | None:
    """The pools that count; None: all.

    @param asked: the parameters.
    @raise ValueError: one is unknown, and who asked would believe that it counts.
    """
    for name in asked:
        if name not in _KNOWN:
            raise ValueError(f"unknown parameter {show(name)}{did_you_mean(name, _KNOWN)}")
    pools = asked.get("pools", ())
    if any(one != "all" for one in pools):
        raise ValueError("pools: there is `pools=all`, and `pool=NAME` for one")
    return None if pools else asked.get("pool", ())


class StartPage(_Page):
    """C{/startupz}: whether the start is over."""

    def render_GET(self, request: Any) -> bytes:
        """Look."""
        if is_started(self._running):
            return text_body(request, "started")
        return text_body(request, "listening, or the first checks, are not done", 503)
