"""L{in_thread}: lets something be done that takes long, such as reading a file, and nobody waits for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, execute, maybeDeferred
from twisted.internet.interfaces import IReactorThreads
from twisted.internet.threads import deferToThreadPool

T = TypeVar("T")


def in_thread(reactor: Any) -> Callable[[Callable[[], T]], Deferred[T]]:
    """What calls things in a thread of a reactor's; at once where it has none, as a clock of tests.

    @return: what it returns fails with C{RuntimeError} where the system gives no thread.
    """
    if not IReactorThreads.providedBy(reactor):
        return execute
    return lambda call: maybeDeferred(deferToThreadPool, reactor, reactor.getThreadPool(), call)
