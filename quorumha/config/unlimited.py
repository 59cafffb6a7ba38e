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
_LISTENER = {
    "header_timeout": "a client that falls silent in its head keeps its connection for ever",
    "body_timeout": "a client may take for ever to send a body",
    "body_rate": "a client may take for ever to send a body",
    "client_send_timeout": "a client that reads nothing keeps its connection, and the upstream's, for ever",
}
_FORWARD = {
    "read_timeout": "an upstream that falls silent in its response keeps its client for ever",
    "send_timeout": "an upstream that reads nothing of a request's body keeps its client for ever",
}


def check_unlimited(config: Config, problems: Problems) -> None:
    """Note what may last or grow without end because a limit is 0."""
    _note(config, _PROCESS, (), problems)
    for name, pool in config.pools.items():
        _note(pool, _POOL, ("pools", name), problems)
    for name, listener in config.listeners.items():
        if listener.serve != "tcp":
            _note(listener, _LISTENER, ("listeners", name), problems)
            # A route that has no limit is meant: some calls take hours.
            _note(listener.forward, _FORWARD, ("listeners", name), problems)


def _note(said: object, texts: dict[str, str], path: KeyPath, problems: Problems) -> None:
    for key, text in texts.items():
        if getattr(said, key) == 0:
            problems.warn((*path, key), f"no limit: {text}")
