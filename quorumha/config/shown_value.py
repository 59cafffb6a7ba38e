"""A value of a configuration as a file would have it, with its unit, and without secrets.  PURE."""

from __future__ import annotations

from typing import Annotated, Any, get_args, get_origin

from quorumha.config.masking import masked_value

_TIMES = (("h", 3600), ("m", 60))
_SIZES = (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024), ("GB", 1000**3), ("MB", 1000**2))
#: What stands where a file says nothing, and nothing follows from that.
NOT_GIVEN = "not given"


def time_text(seconds: float) -> str:
    """
    >>> time_text(0.4), time_text(1.0), time_text(5400), time_text(7200)
    ('400ms', '1s', '90m', '2h')
    """
    if 0 < seconds < 1:
        return f"{seconds * 1000:g}ms"
    unit, scale = next((one for one in _TIMES if seconds and not seconds % one[1]), ("s", 1))
    return f"{seconds / scale:.10g}{unit}" if seconds else "0"


def size_text(size: int) -> str:
    """
    >>> size_text(64 * 1024), size_text(3), size_text(5 * 1000**2)
    ('64KiB', '3', '5MB')
    """
    unit, scale = next((one for one in _SIZES if size and not size % one[1]), ("", 1))
    return f"{size // scale}{unit}"


def shown_value(value: object, kind: Any = None) -> str:
    """What stands for a value.

    @param kind: the type of its field; without it the value says what it is.
    """
    if get_origin(kind) is not Annotated:
        # C{X | None}, or an array of them.
        kind = next((one for one in get_args(kind) if get_origin(one) is Annotated), None)
    label = str(get_args(kind)[1]) if kind is not None else ""
    match value:
        case None:
            return NOT_GIVEN
        case bool():
            return str(value).lower()
        case tuple() | list():
            return f"[{', '.join(shown_value(one, kind) for one in value)}]"
        case int() | float() if label.startswith("time"):
            return "none" if not value and "none" in label else time_text(value)
        case int() if label == "size":
            return size_text(value)
        case str():
            return masked_value(value)
    return str(value)
