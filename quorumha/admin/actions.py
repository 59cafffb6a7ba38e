"""What changes the process: each a path that takes POST, and calls L{Operations}."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from attrs import asdict, frozen
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from quorumha.admin.replies import Branch, Leaf, Missing, error_body, json_body, query
from quorumha.admin.running import NotNow, ReloadResult, Running, Switched, UnknownName
from quorumha.admin.writer_page import WriterPage
from quorumha.admin.writer_status import writer_document
from quorumha.config.spelling import did_you_mean, show
from quorumha.config.units import seconds

log = Logger()

T = TypeVar("T")

#: A status, and a document.
Done = tuple[int, object]

_YES = {"": True, "1": True, "true": True, "0": False, "false": False}


@frozen
class Parameters:
    """What stands behind the question mark of a URL.

    @ivar force: do it although it does harm.
    @ivar dry_run: only say what would come of it.
    @ivar within: seconds.
    """

    force: bool = False
    dry_run: bool = False
    within: float = 30.0


def parameters(asked: dict[str, list[str]], known: Collection[str]) -> Parameters:
    """Read them.  What nobody knows is refused: C{dryrun} would do what C{dry_run} only tries.

    @raise ValueError: one cannot be read; the text says why.
    """
    found: dict[str, Any] = {}
    for name, values in asked.items():
        if name not in known:
            hint = did_you_mean(name, known) or f"; there is {', '.join(known) or 'none'}"
            raise ValueError(f"unknown parameter {show(name)}{hint}")
        if len(values) > 1:
            raise ValueError(f"{name} is there {len(values)} times")
        if name == "within":
            try:
                found[name] = seconds(values[0])
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from error
        elif values[0] in _YES:
            found[name] = _YES[values[0]]
        else:
            raise ValueError(f"{name}: {show(values[0])} is not 1 or 0")
    return Parameters(**found)


class Action(Leaf):
    """Does one thing when it is posted to."""

    def __init__(self, do: Callable[[Parameters], Done | Deferred[Done]], *known: str) -> None:
        """
        @param do: returns, or its Deferred gives, a status and a document.
        @param known: the parameters that it takes.
        """
        super().__init__()
        self._do, self._known = do, known

    def render_POST(self, request: Any) -> bytes | int:
        """Do it; what its body says does not matter."""
        try:
            asked = parameters(query(request), self._known)
        except ValueError as error:
            return error_body(request, 400, str(error))
        left: list[object] = []
        # Who leaves is not written to; what was begun goes on.
        request.notifyFinish().addErrback(left.append)

        def respond(result: Done | Failure) -> None:
            if not left:
                body = _body(request, result)
                request.setHeader(b"Content-Length", b"%d" % len(body))
                request.write(body)
                request.finish()

        doing: Deferred[Any] = maybeDeferred(self._do, asked)
        doing.addBoth(respond)
        doing.addErrback(lambda failure: log.failure("a response could not be sent", failure))
        return NOT_DONE_YET


def _body(request: Any, result: Done | Failure) -> bytes:
    if not isinstance(result, Failure):
        status, document = result
        return json_body(request, document, status)
    if result.check(UnknownName):
        return error_body(request, 404, result.getErrorMessage())
    if result.check(NotNow):
        return error_body(request, 409, result.getErrorMessage())
    log.failure("what the admin was asked to do failed", result)
    return error_body(request, 500, "quorumha itself failed, which is a bug: the log has more")


def process_actions(running: Running) -> dict[str, Resource]:
    """C{drain}, C{undrain} and C{reload} of the process, by name."""

    def drain(_: Parameters) -> Done:
        running.operations.drain()
        return 200, {"draining": running.draining}

    def undrain(_: Parameters) -> Done:
        running.operations.undrain()
        return 200, {"draining": running.draining}

    def reload(asked: Parameters) -> Deferred[Done]:
        def done(result: ReloadResult) -> Done:
            return 200 if result.taken else 422, asdict(result)

        return running.operations.reload(dry_run=asked.dry_run).addCallback(done)

    return {"drain": Action(drain), "undrain": Action(undrain), "reload": Action(reload, "dry_run")}


class PoolActions(Branch):
    """C{POOL/upstreams/NAME/disable}, C{enable}, C{drain} and C{use}; C{POOL/writer}, and C{forget} there."""

    def __init__(self, running: Running) -> None:
        super().__init__()
        self._running = running

    def getChild(self, path: bytes, request: Any) -> Resource:
        """What is done there with a pool or a member, whether there is such a one or not."""
        segments = [path, *request.postpath]
        pool = path.decode("utf-8", "replace")
        found: Resource | None = None
        match segments[1:]:
            case [b"writer"]:
                found = WriterPage(self._running, pool)
            case [b"writer", b"forget"]:
                found = Action(lambda _: self._forget(pool))
            case [b"upstreams", upstream, word]:
                found = self._action(pool, upstream.decode("utf-8", "replace"), word)
        if found is None:
            return Missing()
        request.prepath += request.postpath
        request.postpath = []
        return found

    def _action(self, pool: str, upstream: str, word: bytes) -> Action | None:
        do = self._running.operations

        def done(switched: Switched) -> Done:
            return 200, asdict(switched)

        match word:
            case b"enable":
                return Action(lambda _: done(do.enable(pool, upstream)))
            case b"disable":
                return Action(lambda asked: done(do.disable(pool, upstream, force=asked.force)), "force")
            case b"drain":
                return Action(
                    lambda asked: done(
                        do.drain_member(pool, upstream, within=asked.within, force=asked.force)
                    ),
                    "force",
                    "within",
                )
            case b"use":
                return Action(lambda _: self._use(pool, upstream))
        return None

    def _use(self, pool: str, upstream: str) -> Done:
        self._running.operations.use(pool, upstream)
        return 200, writer_document(self._running.pools[pool])

    def _forget(self, pool: str) -> Done:
        self._running.operations.forget_writer(pool)
        return 200, writer_document(self._running.pools[pool])
