"""How values are shown in a message, and what was probably meant.  PURE."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from quorumha.config.masking import masked_value

#: Longer values are cut in messages.
SHOWN = 60


class Substituted(str):
    """Text into which variables were put; messages show what the file has, never the environment."""

    written: str

    def __new__(cls, text: str, written: str) -> Substituted:
        """Keep C{written} beside C{text}."""
        self = super().__new__(cls, text)
        self.written = written
        return self


def show(value: object, most: int = SHOWN) -> str:
    """A value for a message: short, quoted where it is text, in TOML's words otherwise, without passwords.

    @param most: characters; longer ones are cut.
    """
    if isinstance(value, Substituted):
        value = value.written
    if isinstance(value, str):
        value = masked_value(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "an array"
    if isinstance(value, int) and value.bit_length() > 256:
        # Python refuses to write the largest ones out.
        return "a huge number"
    shown = repr(value)
    return shown if len(shown) <= most else shown[: most - 4] + "..." + shown[-1]


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice that C{word} most looks like, or None when none does."""
    plain = {choice.lower().replace("-", "_"): choice for choice in choices}
    found = difflib.get_close_matches(word.lower().replace("-", "_"), plain, n=1, cutoff=0.6)
    return plain[found[0]] if found else None


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """The end of a message: C{"; did you mean 'http'?"}, or nothing."""
    found = nearest(word, choices)
    return "" if found is None else f"; did you mean {found!r}?"
