"""Whether the folders of a configuration can be used: where state is kept, and where unix sockets stand.

For C{quorumha check} alone: a folder that is full or gone later is no reason for a start to fail.
"""

from __future__ import annotations

import os
import stat

from quorumha.config.files import kind_of_file, why_no_folder
from quorumha.config.model import Config
from quorumha.config.problems import KeyPath, Problems
from quorumha.config.spelling import show


def check_folders(config: Config, problems: Problems) -> None:
    """Note every folder that cannot be used, and what stands where a socket shall be."""
    if config.state_directory is not None:
        why = why_no_folder(config.state_directory, made=True)
        if why:
            problems.add(("state_directory",), f"{show(config.state_directory, 4096)} cannot be used: {why}")
    for name, listener in config.listeners.items():
        if listener.address is not None and listener.address.path is not None:
            _check_socket(listener.address.path, ("listeners", name, "listen"), problems)


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
