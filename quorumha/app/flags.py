"""What C{--tcp} and C{--http} stand for, as the text of a configuration.  PURE.

--tcp 22000=a:8545,b:8545:backup
--http unix:/run/tm.ipc=a:9101,b:9101
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from quorumha.config.addresses import read_server
from quorumha.config.masking import masked, masked_value
from quorumha.config.upstreams import read_target
from quorumha.errors import ConfigError

_BACKUP = ":backup"
_HOST = re.compile(r"\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+")
_HOST_PORT = re.compile(rf"({_HOST.pattern}):([0-9]+)")


def flags_to_toml(tcp: Iterable[str], http: Iterable[str]) -> str:
    """Write the TOML for the values of C{--tcp} and C{--http}, C{"LISTEN=UPSTREAM,UPSTREAM:backup"}.

    @raise ConfigError: with one problem for each flag that cannot be read.
    """
    parts: list[str] = []
    problems: list[str] = []
    for serve, values in (("tcp", tcp), ("http", http)):
        for number, value in enumerate(values, 1):
            try:
                parts.append(_one(serve, value, f"{serve}-{number}"))
            except ValueError as error:
                problems.append(f"--{serve} {masked_value(value)}: {masked(str(error))}")
    if problems:
        raise ConfigError(problems)
    return "\n".join(parts)


def _one(serve: str, value: str, name: str) -> str:
    listen, upstreams = _split(serve, value)
    members = ", ".join(
        f"{{ endpoint = {_quoted(text)}, backup = true }}" if backup else _quoted(text)
        for text, backup in upstreams
    )
    return (
        f"[pools.{name}]\nupstreams = [{members}]\n\n"
        f"[listeners.{name}]\nlisten = {_quoted(listen)}\nserve = {_quoted(serve)}\npool = {_quoted(name)}\n"
    )


def _split(serve: str, value: str) -> tuple[str, list[tuple[str, bool]]]:
    """Listening address and upstreams; the sign between them may be part of either."""
    if "=" not in value:
        raise ValueError("there is no = ; write LISTEN=UPSTREAM,UPSTREAM:backup")
    reason: ValueError | None = None
    for found in re.finditer("=", value):
        left, right = value[: found.start()], value[found.end() :]
        try:
            return _listen(left), [_upstream(serve, text) for text in right.split(",")]
        except ValueError as error:
            reason = reason or error
    raise reason or ValueError("it cannot be read")


def _listen(text: str) -> str:
    if not text:
        raise ValueError("before the = stands no address to listen on")
    if re.fullmatch("[0-9]+", text):
        text = f"tcp:{text}"
    elif found := _HOST_PORT.fullmatch(text):
        host, port = found.groups()
        if host not in ("unix", "tcp", "tcp6"):
            bare = host.strip("[]").replace(":", "\\:")
            text = f"{'tcp6' if host.startswith('[') else 'tcp'}:{port}:interface={bare}"
    elif text.startswith("/"):
        text = f"unix:{text}"
    elif _HOST.fullmatch(text):
        raise ValueError(f"the address to listen on has no port; write {text}:PORT, or a port alone")
    read_server(text)
    return text


def _upstream(serve: str, text: str) -> tuple[str, bool]:
    """The endpoint or URL, and whether it is a backup."""
    backup = text.endswith(_BACKUP)
    text = text.removesuffix(_BACKUP)
    if not text:
        raise ValueError("an upstream is empty; write HOST:PORT, a URL, unix:/path or an endpoint string")
    if _HOST_PORT.fullmatch(text) and not text.startswith(("tcp:", "unix:")):
        text = f"{'http://' if serve == 'http' else 'tcp:'}{text}"
    elif text.startswith("/"):
        text = f"unix:{text}"
    elif _HOST.fullmatch(text):
        raise ValueError(f"the upstream has no port; write {text}:PORT")
    read_target(text)
    return text, backup


def _quoted(text: str) -> str:
    """A TOML string.  The shell put its variables in already, so dollar signs are plain."""
    return json.dumps(text.replace("$", "$$"), ensure_ascii=False).replace("\x7f", "\\u007f")
