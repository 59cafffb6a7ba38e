"""What is wrong with the file that says who was written to last, before a start finds that out."""

from __future__ import annotations

from quorumha.config.model import Config, ListenerConfig
from quorumha.config.problems import KeyPath, Problems
from quorumha.postgresql.config import group_of
from quorumha.postgresql.saved_writer import DISK, Disk, saved_at, why_unusable, writer_path


def check_saved(listener: ListenerConfig, config: Config, problems: Problems, disk: Disk = DISK) -> None:
    """Note that a listener's group has a file that cannot be used: the start refuses it.

    Whoever may not read it is not the user that quorumha runs as: that says nothing of the file.
    """
    pool = config.pools.get(listener.pool or "")
    if pool is None or config.state_directory is None:
        return
    group = group_of(pool)
    path = writer_path(config.state_directory, group)
    # It is said once of a group.
    first = next(one for one in config.pools.values() if group_of(one) == group)
    key: KeyPath = ("pools", first.name, "writer_group")
    try:
        saved_at(path, disk)
    except PermissionError:
        said = f"{path}: this user may not read it, so it was not looked at; check as the user that quorumha"
        problems.warn(key, f"{said} runs as")
    except (OSError, ValueError) as error:
        problems.add(key, f"{path}: {why_unusable(error)}")
