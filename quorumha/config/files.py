"""Files and folders that a configuration names.  Nothing waits: no FIFO and no device is opened."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

from quorumha.config.model import Config
from quorumha.config.problems import KeyPath, Problems
from quorumha.config.spelling import show

#: MiB that a file may have: what a configuration is, or names, is far smaller.
_LARGEST = 16

_KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFREG: "a file",
}


def kind_of_file(mode: int) -> str:
    """What a file is, in words, from its C{st_mode}."""
    return _KINDS.get(stat.S_IFMT(mode), "something unknown")


def _must_be_regular(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise ValueError(os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise ValueError(f"it is {kind_of_file(mode)}, not a file")


def read_regular(name: str) -> bytes:
    """The bytes of an ordinary file.

    @raise ValueError: there is none, or it cannot be read; the text says why, without the name.
    """
    if not name or "\0" in name:
        raise ValueError("not a file name")
    try:
        mode = os.stat(name).st_mode
        _must_be_regular(mode)
        # What is put in its place now is not waited for either.
        with open(os.open(name, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
            _must_be_regular(os.fstat(file.fileno()).st_mode)
            data = file.read((_LARGEST << 20) + 1)
    except OSError as error:
        raise ValueError(error.strerror or str(error)) from error
    if len(data) > _LARGEST << 20:
        raise ValueError(f"it is larger than {_LARGEST} MiB")
    return data


def _may_write(path: Path) -> bool:
    # In a folder something is to be made.
    return os.access(path, os.W_OK | os.X_OK if path.is_dir() else os.W_OK)


def why_no_folder(path: str, *, made: bool = False, may_write: Callable[[Path], bool] = _may_write) -> str:
    """Why no file can be made in a folder; empty when it can.

    @param made: it is made when it is missing, with those around it.
    """
    folder = Path(path)
    try:
        mode = folder.stat().st_mode
    except FileNotFoundError:
        if not made or folder.is_symlink():
            return "it does not exist"
        around = folder.absolute().parent
        why = why_no_folder(str(around), made=True, may_write=may_write)
        return f"it does not exist and cannot be made: {around}: {why}" if why else ""
    except NotADirectoryError:
        return "a part of its path is no directory"
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or "not a file name"
    if not stat.S_ISDIR(mode):
        return f"it is {kind_of_file(mode)}, not a directory"
    if not may_write(folder):
        return "this user may not write there; check as the user that quorumha runs as"
    return ""


def why_no_file(path: str, may_write: Callable[[Path], bool] = _may_write) -> str:
    """Why nothing can be written to a file, which is made when it is missing; empty when it can."""
    if os.path.isdir(path):
        return f"{show(path, 4096)} is a directory, not a file"
    if os.path.exists(path):
        if may_write(Path(path)):
            return ""
        return f"this user may not write to {show(path, 4096)}; check as the user that quorumha runs as"
    folder = os.path.dirname(path) or "."
    why = why_no_folder(folder, may_write=may_write)
    return f"the folder {show(folder, 4096)} cannot be used: {why}" if why else ""


def make_folder(path: str) -> str | None:
    """Make a folder, with those around it, for our user alone.  None, or why it cannot be made."""
    try:
        Path(path).mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        return error.strerror
    return None


def check_folders(config: Config, problems: Problems, serves: Config | None = None) -> None:
    """Note every folder that cannot be used, what stands where a socket shall be, and what was kept and
    cannot be used.

    Not for a start: a folder that is full or gone later is no reason for it to fail.

    @param serves: what this process does already: that need not be possible once more.
    """
    known, known_admin, known_file = set[str](), set[str](), None
    if serves is not None:
        known = {one.listen for one in serves.listeners.values()}
        known_admin = set(() if serves.admin is None else serves.admin.listen)
        known_file = serves.log.access_file
    if config.state_directory is not None and serves is None:
        why = why_no_folder(config.state_directory, made=True)
        if why:
            problems.add(("state_directory",), f"{show(config.state_directory, 4096)} cannot be used: {why}")
        for listener in config.listeners.values():
            listener.kind.check_kept(listener, config, problems)
    if config.log.access_file not in (None, known_file):
        why = why_no_file(config.log.access)
        if why:
            problems.add(("log", "access"), why)
    for name, listener in config.listeners.items():
        if listener.listen in known:
            continue
        if listener.address is not None and listener.address.path is not None:
            _check_socket(listener.address.path, ("listeners", name, "listen"), problems)
    admin = config.admin
    for listen, address in () if admin is None else zip(admin.listen, admin.addresses, strict=True):
        if address is not None and address.path is not None and listen not in known_admin:
            _check_socket(address.path, ("admin", "listen"), problems)


def _check_socket(path: str, key: KeyPath, problems: Problems) -> None:
    folder = os.path.dirname(path) or "."
    why = why_no_folder(folder)
    if why:
        problems.add(key, f"the folder {show(folder, 4096)} cannot be used: {why}")
        return
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return
    if not stat.S_ISSOCK(mode):
        problems.add(key, f"{show(path, 4096)} is {kind_of_file(mode)}, and is never replaced by a socket")
