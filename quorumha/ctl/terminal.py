"""Text for a terminal: nothing that the process says can move the cursor; colour only where it is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

#: What begins each style.
STYLES = {"good": "\x1b[32m", "fair": "\x1b[33m", "bad": "\x1b[31m", "off": "\x1b[36m", "bold": "\x1b[1m"}
_PLAIN = "\x1b[0m"


def visible(text: object) -> str:
    r"""Text in which every character that cannot be printed is written out.

    >>> visible("a\x1b[2J\n")
    'a\\x1b[2J\\n'
    """
    said = str(text)
    if said.isprintable():
        return said
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in said)


def visible_lines(text: object) -> list[str]:
    r"""The lines of a text, each with every character that cannot be printed written out.

    >>> visible_lines("a\x1b\n  b")
    ['a\\x1b', '  b']
    """
    return [visible(line) for line in str(text).split("\n")]


def wants_colour(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether a stream is a terminal whose user did not say otherwise (no-color.org)."""
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


class Painter:
    """Puts styles around texts, or does not.

    @ivar colour: whether it does.
    """

    def __init__(self, colour: bool) -> None:
        self.colour = colour

    def __call__(self, text: str, style: str) -> str:
        """The text in a style of L{STYLES}; C{""}: in none."""
        return f"{STYLES[style]}{text}{_PLAIN}" if self.colour and style else text


#: A cell of a table: its text, and the style of it.
Cell = tuple[str, str]


def columns(rows: Sequence[Sequence[Cell]], paint: Painter, indent: str = "") -> Iterable[str]:
    """Lines in which the cells of each column stand below each other.  Nothing pads the last one."""
    widths = [
        max(len(row[i][0]) for row in rows if i < len(row)) for i in range(max(map(len, rows), default=0))
    ]
    for row in rows:
        last = len(row) - 1
        cells = [
            paint(text, style) + ("" if i == last else " " * (widths[i] - len(text)))
            for i, (text, style) in enumerate(row)
        ]
        yield (indent + "  ".join(cells)).rstrip()
