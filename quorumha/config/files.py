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


def _may_write(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)


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


def make_folder(path: str) -> str | None:
    """Make a folder, with those around it, for our user alone.  None, or why it cannot be made."""
    try:
        Path(path).mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        return error.strerror
    return None


def check_folders(config: Config, problems: Problems, serves: Config | None = None) -> None:
    """Note every folder that cannot be used, and what stands where a socket shall be.

    Not for a start: a folder that is full or gone later is no reason for it to fail.

    @param serves: what this process does already: that need not be possible once more.
    """
    known = {one.listen for one in serves.listeners.values()} if serves is not None else set()
    if config.state_directory is not None and serves is None:
        why = why_no_folder(config.state_directory, made=True)
        if why:
            problems.add(("state_directory",), f"{show(config.state_directory, 4096)} cannot be used: {why}")
    if config.log.access_file is not None:
        _check_file(config.log.access_file, ("log", "access"), problems)
    for name, listener in config.listeners.items():
        if listener.listen in known:
            continue
        if listener.address is not None and listener.address.path is not None:
            _check_socket(listener.address.path, ("listeners", name, "listen"), problems)
    for address in () if config.admin is None else config.admin.addresses:
        if address is not None and address.path is not None:
            _check_socket(address.path, ("admin", "listen"), problems)


def _check_file(path: str, key: KeyPath, problems: Problems) -> None:
    folder = os.path.dirname(path) or "."
    why = why_no_folder(folder)
    if why:
        problems.add(key, f"the folder {show(folder, 4096)} cannot be used: {why}")
    elif os.path.isdir(path):
        problems.add(key, f"{show(path, 4096)} is a directory, not a file")


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
