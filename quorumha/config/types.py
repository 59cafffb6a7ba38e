"""The types that keys of a configuration have.  Times are seconds and sizes are bytes; 0 means no limit.

A type is annotated with what the reference calls it, and with what reads it: a function that raises
C{ValueError} with a text that needs only the key before it.  A kind may bring its own.
"""

from functools import partial
from typing import Annotated, Any, Literal

from attrs import field

from quorumha.config.units import seconds, size
from quorumha.config.values import matching, text, url_path, whole

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
#: The name of a file.
FileName = Annotated[str, "file name", text]

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
