"""Limits that a file takes away: C{0} means none, and C{check} says what then has none."""

from __future__ import annotations

from quorumha.config.model import Config
from quorumha.config.problems import KeyPath, Problems

_PROCESS = {
    "replay_budget": "bodies that are kept to be sent again may fill the memory",
    "mirror_budget": "copies for a mirror that reads slowly may fill the memory",
    "max_connections": "clients may use up the memory, and all descriptors but the reserve",
    "stop_timeout": "a stop waits for as long as anything is under way",
}
_POOL = {"connect_timeout": "a dial that nobody responds to lasts as long as its client waits"}


def check_unlimited(config: Config, problems: Problems) -> None:
    """Note what may last or grow without end because a limit of the process or of a pool is 0."""
    note_unlimited(config, _PROCESS, (), problems)
    for name, pool in config.pools.items():
        note_unlimited(pool, _POOL, ("pools", name), problems)


def note_unlimited(said: object, texts: dict[str, str], path: KeyPath, problems: Problems) -> None:
    """Note each key that is 0.

    @param texts: by key, what then has no limit.
    """
    for key, text in texts.items():
        if getattr(said, key) == 0:
            problems.warn((*path, key), f"no limit: {text}")
