"""How the demo's verdict becomes the exit status of C{twistd}.

C{twistd} has no way for a service to say it: an ordinary end of the reactor is status 0, it catches what
C{reactor.run} raises, SystemExit included, and after Ctrl-C it ends by the signal.  So the demo takes
Ctrl-C itself, which stops the reactor in the ordinary way, and a status other than 0 is given by an exit
hook at the very end, when everything is stopped, closed and flushed.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
from collections.abc import Callable
from typing import Any


def leave_with(
    status: Callable[[], int],
    register: Callable[[Callable[[], None]], object] = atexit.register,
    leave: Callable[[int], object] = os._exit,
) -> None:
    """End the process, when it ends by itself, with a status that is asked for then.

    @param status: 0 leaves the interpreter's own way alone.
    @param register: takes the exit hook.
    @param leave: ends the process; nothing else can set a status from an exit hook.
    """

    def end() -> None:
        value = status()
        if value:
            sys.stdout.flush()
            sys.stderr.flush()
            leave(value)

    register(end)


def on_interrupt(reactor: Any, call: Callable[[], object]) -> None:
    """Have SIGINT make a call in the reactor's thread, instead of ending by the signal.

    Called while the reactor runs, because starting it sets its own.
    """
    signal.signal(signal.SIGINT, lambda *_: reactor.callFromThread(call))
