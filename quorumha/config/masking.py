"""User and password of a URL, so that no message shows them: rather too much is hidden.  PURE."""

from __future__ import annotations

import re

#: What stands in place of what is hidden.
MASK = "***"

#: A slash, and an at sign, also as TOML and JSON may write them.
_SLASH = r"(?:\\?/|\\u002[fF]|\\U0000002[fF])"
_AT = r"(?=@|\\u0040|\\U00000040)"

#: To the last at sign: a password may hold any letter.
_USERINFO = re.compile(rf":{_SLASH}{{2}}(?P<hidden>.*){_AT}", re.DOTALL)
#: The same between spaces and quotes.
_BARE_USERINFO = re.compile(rf":{_SLASH}{{2}}(?P<hidden>[^\s\"']*){_AT}")
#: C{user:password@host} where a URL lacks its scheme; C{unix:@name} is something else, C{unix:/u:p@h} a path.
_NO_SCHEME = re.compile(rf"(?!unix:)(?:\s|{_SLASH})*(?P<hidden>[^\s:@/\\'\"]+:[^@]+){_AT}")

_STRING = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\]|\\.)*"|\'[^\']*\'', re.DOTALL)

#: Keys whose values are nobody's business; a name of a file that holds one is no secret.
_SECRET_KEY = re.compile(r"(?i)(password|passphrase|secret|token|credential)(?!.*_file$)")
#: In a line of a file, the value of such a key, which may be a slip: C{token} in place of C{token_file}.
_SECRET_VALUE = re.compile(
    r"(?i)(?:password|passphrase|secret|token|credential)(?![\w-]{0,64}_file\b)[\w-]{0,64}[\"']?\s{0,64}[=:]\s{0,64}"
    r"(?!(?:true|false)\b)(?P<hidden>\"[^\"]*\"?|'[^']*'?|[\[{].*|[^\s,}\]#]+)"
)
#: Something of this stands between two strings of TOML.
_BETWEEN = re.compile(r"[,=#\[\]{}]")


def hidden_in_value(value: str) -> list[tuple[int, int]]:
    """What is to be hidden of one value: from where to where."""
    found = _USERINFO.search(value) or _NO_SCHEME.match(value)
    return [found.span("hidden")] if found else []


def hidden_in_text(text: str) -> list[tuple[int, int]]:
    """What is to be hidden of a text with values in quotes, such as a line of a file; in order."""
    spans: list[tuple[int, int]] = []
    rest: list[str] = []
    end, doubtful = 0, False
    for string in _STRING.finditer(text):
        quote = len(string[0]) - len(string[0].lstrip(string[0][0])) or 1
        inside = string.start() + min(quote, 3)
        for start, stop in hidden_in_value(text[inside : string.end()]):
            spans.append((inside + start, inside + stop))
        doubtful = doubtful or bool(end and not _BETWEEN.search(text, end, string.start()))
        rest.append(text[end : string.start()] + " " * len(string[0]))
        end = string.end()
    outside = "".join(rest) + text[end:]
    if doubtful or '"' in outside or "'" in outside:
        # Quotes that do not match, or nothing between two strings: a string may end anywhere.
        found = _USERINFO.search(text)
        return [found.span("hidden")] if found else spans
    spans += [found.span("hidden") for found in _BARE_USERINFO.finditer(outside)]
    return sorted(spans)


def hidden_in_line(line: str) -> list[tuple[int, int]]:
    """Likewise, of a line of a file, which has keys, too."""
    spans = hidden_in_text(line) + [found.span("hidden") for found in _SECRET_VALUE.finditer(line)]
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(stop, merged[-1][1])
        else:
            merged.append((start, stop))
    return merged


def _cut(text: str, spans: list[tuple[int, int]]) -> str:
    for start, stop in reversed(spans):
        text = text[:start] + MASK + text[stop:]
    return text


def is_secret(key: str, value: object) -> bool:
    """Whether a key is called so that its value must not be shown.  That there is none may be.

    >>> is_secret("api_token", "x"), is_secret("token_file", "x"), is_secret("secret", True)
    (True, False, False)
    """
    return value is not None and not isinstance(value, bool) and bool(_SECRET_KEY.search(key))


def masked_value(value: str) -> str:
    """A value for a message."""
    return _cut(value, hidden_in_value(value))


def masked(text: str) -> str:
    """A text for a message, with values in quotes."""
    return _cut(text, hidden_in_text(text))


class MaskedLine:
    """A line for a message, and where its letters stand then."""

    def __init__(self, written: str) -> None:
        self._spans = hidden_in_line(written)
        self.text = _cut(written, self._spans)

    def shifted(self, column: int) -> int:
        """Where the letter at a column, from 0, of what is written stands in what is shown."""
        shorter = 0
        for start, stop in self._spans:
            if start <= column < stop:
                return start - shorter
            if stop <= column:
                shorter += stop - start - len(MASK)
        return column - shorter
