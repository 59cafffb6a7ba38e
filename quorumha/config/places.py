"""Where each key and each element stands in a text that is known to parse.

tomllib and json give no positions.  So the text is walked over once more, by as much grammar as it takes to
know a key from a value: U{https://toml.io/en/v1.0.0} and RFC 8259.  PURE.
"""

from __future__ import annotations

import json
import re
import tomllib

#: Keys and indexes from the root, C{("pools", "rpc", "upstreams", 1)}.
KeyPath = tuple[str | int, ...]

#: Space and comments; in JSON there are no comments, and no C{#} either where space may stand.
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
#: A number, a date, true, false: to whatever may stand behind a value.
_OTHER = re.compile(r"[^,\]}#\n]*")


def places_of(text: str, *, is_json: bool = False) -> dict[KeyPath, int]:
    """The offset of each key and each element; of a table in an array of tables that of its header."""
    walk = _Walk(text, ":" if is_json else "=")
    try:
        if is_json:
            walk.value(())
        else:
            walk.document()
    except (IndexError, RecursionError, ValueError):
        # Only in a text that is nested as deep as can be; what is left is reported at what is around it.
        pass
    return walk.places


class _Walk:
    """One way through one text."""

    def __init__(self, text: str, sign: str) -> None:
        self.places: dict[KeyPath, int] = {}
        self._text = text
        #: What stands between key and value.
        self._sign = sign
        self._at = 0
        #: How many tables each array of tables has so far.
        self._tables: dict[KeyPath, int] = {}

    def document(self) -> None:
        """Everything: headers, and keys with values."""
        base: KeyPath = ()
        while self._space() < len(self._text):
            if self._text[self._at] == "[":
                base = self._header()
            else:
                self._pair(base)

    def _space(self) -> int:
        found = _SPACE.match(self._text, self._at)
        assert found is not None
        self._at = found.end()
        return self._at

    def _take(self, sign: str) -> bool:
        """Whether C{sign} is next; then it is passed."""
        self._space()
        found = self._text.startswith(sign, self._at)
        if found:
            self._at += len(sign)
        return found

    def _must(self, sign: str) -> None:
        if not self._take(sign):
            raise ValueError(f"no {sign} at {self._at}")

    def _note(self, path: KeyPath, at: int) -> None:
        # A table that is gone on with elsewhere is where it begins.
        self.places.setdefault(path, at)

    def _header(self) -> KeyPath:
        start = self._at
        many = self._take("[[")
        if not many:
            self._must("[")
        path: KeyPath = ()
        while True:
            path = self._key(path)
            last = not self._take(".")
            if many and last:
                self._tables[path] = self._tables.get(path, 0) + 1
            if path in self._tables:
                path += (self._tables[path] - 1,)
                self._note(path, start)
            if last:
                break
        self._must("]]" if many else "]")
        return path

    def _key(self, path: KeyPath) -> KeyPath:
        """The path with the key that is next."""
        at = self._space()
        found = _STRING.match(self._text, self._at) or BARE_KEY.match(self._text, self._at)
        if found is None:
            raise ValueError(f"no key at {self._at}")
        self._at = found.end()
        key = found[0]
        if key[0] in "'\"":
            key = str(json.loads(key) if self._sign == ":" else tomllib.loads("k = " + key)["k"])
        self._note((*path, key), at)
        return (*path, key)

    def _pair(self, path: KeyPath) -> None:
        path = self._key(path)
        while self._take("."):
            path = self._key(path)
        self._must(self._sign)
        self.value(path)

    def value(self, path: KeyPath) -> None:
        """One value, and what is in it."""
        self._space()
        if self._take("["):
            index = 0
            while not self._take("]"):
                self._note((*path, index), self._at)
                self.value((*path, index))
                self._take(",")
                index += 1
        elif self._take("{"):
            while not self._take("}"):
                self._pair(path)
                self._take(",")
        else:
            found = _STRING.match(self._text, self._at) or _OTHER.match(self._text, self._at)
            if not found or not found[0]:
                raise ValueError(f"no value at {self._at}")
            self._at = found.end()
