"""The configuration reference, written from the model: it cannot drift."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args, get_origin

from attrs import NOTHING, Attribute, Factory

from quorumha.config.model import (
    CheckConfig,
    ClientTLS,
    Config,
    ForwardConfig,
    ListenerConfig,
    PoolConfig,
    RouteConfig,
    ServerTLS,
    UpstreamConfig,
)
from quorumha.config.tables import file_fields
from quorumha.config.tessera_model import CallConfig, TesseraConfig

#: The example that the reference begins with.
STARTING_EXAMPLE = """\
stop_timeout = "5s"

[pools.tessera-q2t]
upstreams = ["http://10.0.0.11:9101", "http://10.0.0.12:9101"]

[pools.tessera-p2p]
upstreams = ["http://10.0.0.11:9001", "http://10.0.0.12:9001"]

[pools.tessera-p2p-first]
upstreams = ["http://10.0.0.11:9001", { endpoint = "http://10.0.0.12:9001", backup = true }]

[pools.quorum]
upstreams = ["tcp:10.0.0.21:22000", { endpoint = "tcp:10.0.0.22:22000", backup = true }]

[listeners.q2t]
listen = "unix:/var/lib/quorum/tm.ipc:mode=600"
serve = "http"
pool = "tessera-q2t"
next_upstream = ["error", "timeout", "404"]

[listeners.rpc]
listen = "tcp:22000"
serve = "tcp"
pool = "quorum"

[listeners.p2p]
listen = "tcp:9001"
serve = "http"
routes = [
  { path = "/partyinfo", match = "exact", pool = "tessera-p2p-first", mirror = "others" },
  { path = "/push", pool = "tessera-p2p" },
]
"""

_INTRODUCTION = """\
# Configuration

<!-- Written by `python -m quorumha.config.describe`; a test compares the two. -->

A configuration is TOML, or JSON with the same tree where the file's name ends in `.json`.
`quorumha check FILE` reads it and tells every problem at once, with file, line and column;
its exit status is then 78. It looks at the files and folders that are named, too: run it as the user
that quorumha runs as. The folder of a unix socket must be there. Only ordinary files are read, no FIFO and
no device. User and password of a URL are refused, and no message shows them.

```toml
{example}```

The example says in full what `serve = "http"` does, to show routes and copies. In front of Tessera
`serve = "tessera-q2t"` or `"tessera-p2p"` needs a `pool` and nothing else: see [Tessera](#tessera) below.

Times are seconds, or text with a unit: `"250ms"`, `"5s"`, `"2m"`, `"2h"`. Sizes are bytes, or text
with a unit: `"64KiB"` and `"1MiB"` count by 1024, `"64KB"` and `"1MB"` by 1000. For times and
sizes, 0 means no limit.

In every string value, `${{NAME}}` is a variable of the environment, `${{NAME:-default}}` one with a
default, `${{NAME:?message}}` one that must be there, and `$$` a plain dollar sign. A variable that
is not set is an error. Errors quote what the file says, not what the variable holds.

A name of a pool or listener has letters, digits, and `.`, `_`, `-` between them. Relative file
names start at the directory the process runs in.

An abstract unix name (`unix:@name`) is refused, to listen and to connect: it has no owner and no
mode, so any local user could take it.
"""

_TABLES: tuple[tuple[str, str, type], ...] = (
    ("At the top", "", Config),
    ("`[pools.NAME]`", "A named set of upstreams.", PoolConfig),
    (
        "An element of `upstreams`",
        "Text is the same as a table with `endpoint` alone. IPv6 stands in brackets: `tcp:[::1]:8545`.",
        UpstreamConfig,
    ),
    (
        "`check` of a pool",
        'Active checks. `check = "off"` is the same as `check = { kind = "off" }`.'
        " See [health of a pool](health.md).",
        CheckConfig,
    ),
    (
        "`tls` of a pool",
        "With this table every upstream of the pool is spoken to by TLS; `https://` URLs are without it too.",
        ClientTLS,
    ),
    (
        "`[listeners.NAME]`",
        'An address that is listened on. With `serve = "tcp"` only `listen`, `serve`, `pool`, '
        "`idle_timeout` and `tls` mean anything, and others are refused.\n\n"
        "`haproxy:tcp:8545` listens for a load balancer that speaks the PROXY protocol, version 1 or 2:"
        " it says with each connection who its client is, and that address stands in `X-Forwarded-For`."
        " Whoever reaches such a listener can claim any address, so it must be reachable by the balancer"
        " alone: give it an `interface=` of its own, or a packet filter. A connection whose header is bad,"
        ' or does not come within `header_timeout` (10 s with `serve = "tcp"`), is closed; the log tells'
        " the first at once, then a number every 10 s (`proxy-header`). A balancer's own checks"
        " (`UNKNOWN`, `LOCAL`) are served under its own address.",
        ListenerConfig,
    ),
    ("`tls` of a listener", "", ServerTLS),
    (
        "ForwardedRequest",
        'Keys of a listener with `serve = "http"`. A route may have them too, and then its own hold.',
        ForwardConfig,
    ),
    (
        "An element of `routes`",
        "A listener with routes answers other paths with 404, and with 400 a path that a node may read as"
        " that of another route.",
        RouteConfig,
    ),
    (
        "Tessera",
        'Keys of a listener with `serve = "tessera-q2t"`, `"tessera-p2p"` or `"tessera-thirdparty"`. It needs'
        " a `pool` and nothing else; [Tessera's calls](tessera-calls.md) says what follows, and"
        " `quorumha check --explain FILE` says it of a file. Keys of forwarding hold for all calls, but"
        " `next_upstream` and `non_idempotent`, which are a matter of each.",
        TesseraConfig,
    ),
    (
        "An element of `routes` with Tessera",
        "Changes how some calls are treated; the other calls stay as they are. With `next_upstream` or"
        ' `non_idempotent` a call is forwarded as `serve = "http"` would.',
        CallConfig,
    ),
)


def reference() -> str:
    """The reference as Markdown."""
    text = _INTRODUCTION.format(example=STARTING_EXAMPLE)
    for title, introduction, model in _TABLES:
        text += f"\n## {title}\n\n"
        text += f"{introduction}\n\n" if introduction else ""
        text += "| Key | Value | Unless given | Meaning |\n| --- | --- | --- | --- |\n"
        for name, attribute in file_fields(model).items():
            told = attribute.metadata["description"]
            text += f"| `{name}` | {kind_in_words(attribute.type)} | {_usual(model, attribute)} | {told} |\n"
    return text


def kind_in_words(kind: Any) -> str:
    """A type of the model, for a reader who knows no Python."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        words = {
            "status": "status",
            "count": "whole number",
            "weight": "whole number from 1",
            "file": "file name",
        }
        return words.get(inner[1], str(inner[1]))
    if origin is Literal:
        return ", ".join(f"`{choice}`" for choice in inner)
    if origin is tuple:
        return f"array of {kind_in_words(inner[0])}"
    if type(None) in inner:
        return kind_in_words(next(part for part in inner if part is not type(None)))
    plain = {str: "text", bool: "`true` or `false`", dict: "tables"}
    return plain.get(origin or kind, "table")


def _usual(model: type, attribute: Attribute[Any]) -> str:
    if "default" in attribute.metadata:
        return str(attribute.metadata["default"])
    default: Any = attribute.default
    if default is NOTHING:
        return "" if (model, attribute.name) == (UpstreamConfig, "name") else "must be given"
    if default is None or default == () or isinstance(default, Factory):  # type: ignore[arg-type]
        return ""
    if (model, attribute.name) == (UpstreamConfig, "authority") or default == "":
        return ""
    kind = get_args(attribute.type)[1:] if get_origin(attribute.type) is Annotated else ()
    if kind == ("time",):
        return f'`"{default:g}s"`' if default >= 1 else f'`"{default * 1000:g}ms"`'
    if kind == ("size",):
        unit, scale = ("MiB", 1024**2) if default >= 1024**2 else ("KiB", 1024)
        return f'`"{default // scale}{unit}"`'
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, tuple):
        return "`[" + ", ".join(f'"{one}"' if isinstance(one, str) else str(one) for one in default) + "]`"
    return f'`"{default}"`' if isinstance(default, str) else f"`{default}`"


if __name__ == "__main__":
    print(reference(), end="")
