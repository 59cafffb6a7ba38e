"""L{splice_bytes}: move bytes from one socket to another through a pipe, without a copy in this process.

Linux's C{splice(2)}.  One pipe is enough for a process: it is empty again whenever L{splice_bytes} returns.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from typing import Any

#: Bytes that the pipe is asked to hold: what Linux lets everyone have (C{fs.pipe-max-size}).
PIPE_SIZE = 1 << 20

_SPLICE = getattr(os, "splice", None)
# SPLICE_F_MOVE and SPLICE_F_NONBLOCK: it is the pipe that must not block, the sockets do not anyway.
_FLAGS = 3
_F_SETPIPE_SZ = 1031
#: What a kernel says that cannot splice such sockets.
_UNABLE = frozenset({errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM})


class CannotSplice(Exception):
    """There is no splicing here, or no pipe for it: copy."""


class _Pipe:
    """The one pipe, made at its first use: its ends to read and to write."""

    def __init__(self) -> None:
        self.ends: tuple[int, int] | None = None
        self._process = 0

    def open(self) -> tuple[int, int]:
        if self.ends is None or self._process != os.getpid():
            if _SPLICE is None:
                raise CannotSplice
            try:
                ends = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
            except OSError:
                raise CannotSplice from None
            # It works with less, too, where others of this user have taken all that they may.
            with contextlib.suppress(OSError):
                fcntl.fcntl(ends[1], _F_SETPIPE_SZ, PIPE_SIZE)
            self.ends, self._process = ends, os.getpid()
        return self.ends

    def close(self) -> None:
        ends, self.ends = self.ends, None
        if ends is not None and self._process == os.getpid():
            os.close(ends[0])
            os.close(ends[1])


_pipe = _Pipe()


def splice_bytes(source: int, sink: int, most: int, splice: Any = _SPLICE) -> tuple[int, bytes]:
    """Move what is there from one socket to another.

    @param source: the descriptor of a socket that does not block; C{sink} of another.
    @return: how many went, and what came besides and the sink did not take: its buffer is full, or it is
        broken.  Without either the source has ended.
    @raise BlockingIOError: nothing is there.
    @raise OSError: the source is broken.
    @raise CannotSplice: copy instead; nothing was read.
    """
    out, into = _pipe.open()
    empty = False
    try:
        try:
            there: int = splice(source, into, most, flags=_FLAGS)
        except OSError as error:
            empty = True
            if error.errno in _UNABLE:
                raise CannotSplice from None
            raise
        gone, rest = 0, b""
        while gone < there and not rest:
            try:
                gone += splice(out, sink, there - gone, flags=_FLAGS)
            except OSError:
                # Full, or broken: then whoever writes the rest meets the same error.
                rest = _rest(out, there - gone)
        empty = True
        return gone, rest
    finally:
        if not empty:
            # Whatever broke off here: not a byte of this source may be left for another's sink.
            _pipe.close()


def _rest(out: int, size: int) -> bytes:
    pieces = []
    while size:
        piece = os.read(out, size)
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
