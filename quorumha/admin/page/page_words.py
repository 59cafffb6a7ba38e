"""Times, counts and foreign texts, as the page says them.  Pure."""

from __future__ import annotations

from datetime import UTC, datetime

#: Longer ones end so: a node may say much.
LONGEST_TEXT = 400

#: Of this and the next larger unit an age is said: its name, and in seconds.
_UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def shown(text: object) -> str:
    """What came from a file or a node, fit to be shown: control characters and halves of surrogate pairs are
    replaced, and it is cut where it is too long.

    >>> shown("no\\x00thing")
    'no\\ufffdthing'
    """
    said = "" if text is None else str(text)
    if len(said) > LONGEST_TEXT:
        said = said[: LONGEST_TEXT - 1] + "\N{HORIZONTAL ELLIPSIS}"
    if said.isprintable():
        return said
    return "".join(one if one.isprintable() or one == " " else "\N{REPLACEMENT CHARACTER}" for one in said)


def age(seconds: float) -> str:
    """How long, in one unit or two.

    >>> age(4), age(724), age(93784)
    ('4 s', '12 min', '1 d 2 h')
    """
    left = max(0, int(seconds))
    for (name, unit), smaller in zip(_UNITS, (*_UNITS[1:], None), strict=True):
        if left >= unit or smaller is None:
            whole, rest = divmod(left, unit)
            # Minutes say no seconds: the page is read, not timed.
            more = rest // smaller[1] if smaller is not None and unit > 60 else 0
            return f"{whole} {name} {more} {smaller[0]}" if more and smaller else f"{whole} {name}"
    raise AssertionError("the last unit is taken whatever is left")


def at(moment: float, now: float) -> str:
    """When, in UTC; with the day, unless it is that of C{now}.

    >>> at(1764539990.0, 1764540000.0), at(1764400000.0, 1764540000.0)
    ('21:59:50', '29 Nov 07:06:40')
    """
    then = _utc(moment)
    time = f"{then:%H:%M:%S}"
    if then.date() == _utc(now).date():
        return time
    return f"{then.day} {then:%b} {time}"


def since(moment: float, now: float) -> str:
    """When it began, and how long ago that is.

    >>> since(1764539990.0, 1764540000.0)
    '21:59:50 (10 s ago)'
    """
    return f"{at(moment, now)} ({age(now - moment)} ago)"


def iso(moment: float) -> str:
    """As programs read it.

    >>> iso(1764539990.5)
    '2025-11-30T21:59:50Z'
    """
    return f"{_utc(moment):%Y-%m-%dT%H:%M:%SZ}"


def _utc(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC)


def count(number: int) -> str:
    """With thin gaps between thousands.

    >>> count(1234567) == "1\\u202f234\\u202f567"
    True
    """
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def several(number: int, one: str, more: str = "") -> str:
    """A count of things.

    >>> several(1, "member"), several(2, "member"), several(2, "query", "queries")
    ('1 member', '2 members', '2 queries')
    """
    return f"{count(number)} {one if number == 1 else more or one + 's'}"


def sentence(text: str) -> str:
    """With a capital and a full stop.

    >>> sentence("checked again every 1 s")
    'Checked again every 1 s.'
    """
    said = text.strip()
    return f"{said[:1].upper()}{said[1:].rstrip('.')}." if said else ""
