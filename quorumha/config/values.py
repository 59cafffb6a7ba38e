"""Single values of a configuration: readers, and the types of the models that they read.  PURE.

A reader takes what the parser gave, or raises C{ValueError} with a text that needs only the key before it.  A
type is annotated with what the reference calls it, and with its reader; a kind may bring its own.  Times are
seconds and sizes are bytes; 0 means no limit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Any, Literal, get_args, get_origin

from attrs import field

from quorumha.config.spelling import did_you_mean, show
from quorumha.config.units import seconds, size

#: A larger count is a slip of the pen.
MOST = 10**6

#: RFC 3986 section 3.3.
_PATH = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@/%-]*")
_HOST = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")
_TYPES: dict[type, str] = {
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "text",
    list: "an array",
    dict: "a table",
    type(None): "nothing",
}


def kind_of(value: object) -> str:
    """What a value is, in words."""
    return _TYPES.get(type(value), "text" if isinstance(value, str) else "a date or time")


def text(value: object) -> str:
    """Text that is not empty.

    @raise ValueError: it is something else.
    """
    if not isinstance(value, str):
        raise ValueError(f"must be text in quotes, not {kind_of(value)}")
    if not value:
        raise ValueError("is empty")
    return value


def shown_name(value: object) -> str:
    """Text for logs, tables and terminals, in one line: nothing in it moves a cursor.

    @raise ValueError: it is something else.
    """
    if not text(value).isprintable():
        raise ValueError(f"{show(value)} has characters that cannot be printed")
    return str(value)


def boolean(value: object) -> bool:
    """True or false, and nothing that merely looks so."""
    if not isinstance(value, bool):
        hint = "" if not isinstance(value, str) else ", without quotes"
        raise ValueError(f"must be true or false{hint}, not {kind_of(value)}")
    return value


def whole(value: object, least: int) -> int:
    """A whole number, C{least} or more."""
    if isinstance(value, bool) or not isinstance(value, int):
        point = " with a point" if isinstance(value, float) else ""
        raise ValueError(f"must be a whole number, not {kind_of(value)}{point}")
    if value < least:
        raise ValueError(f"{value} is less than {least}")
    if value > MOST:
        raise ValueError(f"{show(value)} is more than {MOST}")
    return value


def one_of(value: object, choices: Sequence[str]) -> str:
    """One of some words."""
    word = value if isinstance(value, str) else None
    if word in choices:
        return str(word)
    hint = "" if word is None else did_you_mean(word, choices)
    raise ValueError(f"{show(value)} is not one of {', '.join(choices)}{hint}")


def url_path(value: object) -> str:
    """The path of a request, in the characters that a request line may hold."""
    path = text(value)
    if not path.startswith("/"):
        raise ValueError(f'{show(value)} does not begin with "/"')
    if "?" in path or "#" in path:
        raise ValueError(f"{show(value)} is more than a path; a query or fragment is never matched")
    if not {".", ".."}.isdisjoint(path.split("/")):
        raise ValueError(f"{show(value)} holds a dot segment; such requests are refused, not matched")
    if not _PATH.fullmatch(path):
        raise ValueError(f"{show(value)} holds a character that no path may hold; write it as %XX")
    return path


def one_or_more(value: object) -> tuple[str, ...]:
    """Text, or an array of it, that is not empty."""
    if not isinstance(value, list):
        return (text(value),)
    if not value:
        raise ValueError("is empty")
    return tuple(map(text, value))


def host_names(value: object) -> tuple[str, ...]:
    """Names and addresses of hosts, without ports, in lower case."""
    for one in one_or_more(value):
        if not _HOST.fullmatch(one):
            raise ValueError(f"{show(one)} is not a host; write it without a port, an IPv6 address in [ ]")
    return tuple(one.lower() for one in one_or_more(value))


def matching(pattern: str, what: str) -> Callable[[object], str]:
    """A reader for text of a form; C{what}: in words."""

    def read(value: object) -> str:
        if not re.fullmatch(pattern, text(value)):
            raise ValueError(f"{show(value)} is not {what}")
        return str(value)

    return read


READERS: dict[Any, Callable[[object], Any]] = {str: text, bool: boolean}


def reader_of(kind: Any) -> Callable[[object], Any]:
    """The reader for a type of the model; for C{X | None} that of C{X}.

    @raise KeyError: the model has a type that nobody can read: a bug.
    """
    if type(None) in get_args(kind) and get_origin(kind) is not Literal:
        (kind,) = (part for part in get_args(kind) if part is not type(None))
    if get_origin(kind) is Literal:
        choices = get_args(kind)
        return lambda value: one_of(value, choices)
    if get_origin(kind) is Annotated:
        reader: Callable[[object], Any] = get_args(kind)[-1]
        return reader
    return READERS[kind]


#: A time in seconds; in a file also "250ms".
Seconds = Annotated[float, "time", seconds]
#: A size in bytes; in a file also "64KiB".
Size = Annotated[int, "size", size]
#: A whole number, 0 or more.
Count = Annotated[int, "whole number", partial(whole, least=0)]
#: A whole number, 1 or more.
Weight = Annotated[int, "whole number from 1", partial(whole, least=1)]
#: The path of a request, from its first slash.
UrlPath = Annotated[str, "path", url_path]
#: The value of a Host field.
Authority = Annotated[str, "authority", matching(r"[A-Za-z0-9._~%:\[\]-]+", "a host with or without a port")]
#: What a thing is called in logs and tables.
ShownName = Annotated[str, "text", shown_name]
#: The name of a file.
FileName = Annotated[str, "file name", text]
#: Endpoint strings; in a file also one alone.
EndpointStrings = Annotated[tuple[str, ...], "text, or array of text", one_or_more]
#: What a Host field may say, without a port.
HostNames = Annotated[tuple[str, ...], "array of text", host_names]

Balance = Literal["round-robin", "least-connections", "primary-first"]
Match = Literal["prefix", "exact"]
OnDown = Literal["keep", "close"]


def setting(default: Any, description: str, **more: object) -> Any:
    """A field that a file may set.

    @param default: what holds unless given; C{NOTHING}: it must be given.
    @param description: the sentence of the reference.
    @param more: C{usual}: the default, in words; C{formerly}: what it was called: that name is taken for one
        release more, with a warning.
    """
    return field(default=default, metadata={"description": description, **more})


def derived(default: Any, description: str, *, eq: bool = True) -> Any:
    """A field that follows from others, and that no file sets."""
    return field(default=default, metadata={"derived": description}, eq=eq)
