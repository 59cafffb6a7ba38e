"""What stands at the path of a unix socket, and how a socket gets its name there.

Only sockets that nobody listens at are ever removed.
"""

from __future__ import annotations

import errno
import os
import secrets
import socket
import stat
import struct

from quorumha.config.addresses import check_path
from quorumha.errors import ListenError

#: Opens what stands at a name, and not what a link leads to, for nothing but to know it.
_LOOK = getattr(os, "O_PATH", 0) | os.O_NOFOLLOW | os.O_CLOEXEC


def check_name(path: str) -> None:
    """Look at the name alone.

    @raise ListenError: no socket can have it, or not the one that it has before.
    """
    try:
        check_path(path)
        check_path(temporary_name(path))
    except ValueError as error:
        raise ListenError(f"unix socket {path!r}: {error}") from None


def temporary_name(path: str) -> str:
    """A hidden name in the same folder, another one each time."""
    return os.path.join(os.path.dirname(path), "." + secrets.token_hex(3))


def give_name(temporary: str, path: str) -> None:
    """Give the socket its name, never over anything else."""
    try:
        os.link(temporary, path, follow_symlinks=False)
        os.unlink(temporary)
    except FileExistsError:
        raise taken(path) from None
    except OSError:
        # Some file systems have no hard links, and some kernels forbid them.
        if os.path.lexists(path):
            raise taken(path) from None
        os.rename(temporary, path)


def look_at(path: str) -> bool:
    """Whether a stale socket stands there.

    @raise ListenError: something else does.
    """
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        folder = os.path.dirname(path) or "."
        if not os.path.isdir(folder):
            raise ListenError(f"unix socket {path}: the folder {folder} does not exist") from None
        return False
    kind = found.st_mode
    if stat.S_ISLNK(kind):
        raise ListenError(f"unix socket {path}: a symbolic link stands there; it is not followed or replaced")
    if not stat.S_ISSOCK(kind):
        what = "folder" if stat.S_ISDIR(kind) else "file"
        raise ListenError(f"unix socket {path}: a {what} that is no socket stands there; it is not replaced")
    if is_live(path):
        raise taken(path)
    return True


def is_live(path: str) -> bool:
    """Whether somebody listens there.

    @raise OSError: it cannot be known: the socket may not be opened.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError as error:
            # A full backlog, or a socket of another type: somebody is there.
            if error.errno in (errno.EAGAIN, errno.EINPROGRESS, errno.EPROTOTYPE):
                return True
            raise
    return True


def remove_stale(path: str) -> None:
    """Remove a stale socket, unless another process put its own there since we looked.

    It is renamed first, so that what is removed is what was looked at.
    """
    renamed = temporary_name(path)
    try:
        os.rename(path, renamed)
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(os.lstat(renamed).st_mode) or is_live(renamed):
        give_name(renamed, path)
        raise taken(path)
    os.unlink(renamed)


def set_owner(path: str, user: int, group: int, mode: int | None = None) -> None:
    """Set who owns a socket, and then who may open it.

    Whoever may write in its folder may put something else in its place between any two steps of ours.  So
    what is there is opened once, looked at, and changed through that.

    @param user, group: numeric; -1 leaves it as it is.
    @param mode: permission bits; None leaves them as they are.
    @raise ListenError: something else stands there.
    """
    opened = os.open(path, _LOOK)
    try:
        if not stat.S_ISSOCK(os.fstat(opened).st_mode):
            raise ListenError(f"unix socket {path}: something else was put in its place")
        # The kernel's name for what is open (proc(5)), because no call takes such a descriptor itself.
        itself = f"/proc/self/fd/{opened}"
        if not os.path.exists(itself):
            itself = path
        if (user, group) != (-1, -1):
            os.chown(itself, user, group, follow_symlinks=itself != path)
        if mode is not None:
            os.chmod(itself, mode)
    finally:
        os.close(opened)


def identity_of(path: str) -> tuple[int, int] | None:
    """What tells it from any other file; None when there is none."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def taken(path: str) -> ListenError:
    """The error for a name that is somebody else's."""
    pid = listening_pid(path)
    who = "" if pid is None else f" (its pid is {pid})"
    return ListenError(
        f"unix socket {path}: another process listens there{who}; stop it, or use another path"
    )


def listening_pid(path: str) -> int | None:
    """Who listens there; None: nobody, or it is not known."""
    wanted = getattr(socket, "SO_PEERCRED", None)
    if wanted is None:
        return None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
            # struct ucred (unix(7)): pid, uid, gid; 0: of a process that we cannot see.
            found = probe.getsockopt(socket.SOL_SOCKET, wanted, struct.calcsize("3i"))
        except OSError:
            return None
    pid: int = struct.unpack("3i", found)[0]
    return pid or None


def reason_of(error: object) -> str:
    """Why the system says no, in words."""
    if not isinstance(error, OSError):
        return str(error)
    match error.errno:
        case errno.EACCES | errno.EPERM:
            return f"not permitted ({error.strerror}); look at who owns the folder and the socket"
        case errno.ENOENT | errno.ENOTDIR:
            return "the folder does not exist"
    return error.strerror or str(error)
