"""What a configuration says of how requests are forwarded, as frozen values."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from attrs import frozen

from quorumha.config.spelling import did_you_mean, show
from quorumha.config.values import Authority, Count, Seconds, Size, setting, text


def condition(value: object) -> str:
    """When the next upstream is asked: "error", "timeout" or a status such as "404"."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError(f'{value} is a number; write "{value}"')
    word = text(value)
    if word in ("error", "timeout"):
        return word
    if re.fullmatch(r"http_[0-9]{3}", word):
        raise ValueError(f"{show(value)} is nginx's word; did you mean '{word[5:]}'?")
    if re.fullmatch(r"[0-9]+", word):
        if len(word) != 3 or not 100 <= int(word) <= 599:
            raise ValueError(f"{show(value)} is not a status from 100 to 599")
        return word
    raise ValueError(
        f"{show(value)} is not error, timeout or a status such as 404"
        f"{did_you_mean(word, ('error', 'timeout'))}"
    )


#: "error", "timeout", or a status as "404".
Condition = Annotated[str, "condition", condition]


@frozen
class ForwardConfig:
    """How requests are forwarded: keys of a listener, and of a route over its listener's."""

    next_upstream: tuple[Condition, ...] = setting(
        ("error", "timeout", "404"),
        "When the next upstream is asked: `error` (no connection, or a broken one), `timeout`, "
        "and statuses such as `404`.",
    )
    non_idempotent: bool = setting(
        True, "Whether POST and the like may be sent again after a byte of them was sent."
    )
    tries: Count = setting(0, "At most so many attempts for one request; 0 means one for each member.")
    total_timeout: Seconds = setting(
        4.5,
        "How long a request may take until the first byte of its answer goes to the client: less than the"
        " client waits (GoQuorum 5 s, another Tessera 3.75 s).",
    )
    first_byte_timeout: Seconds = setting(
        2.0, "How long one upstream may take until the first byte of its answer."
    )
    read_timeout: Seconds = setting(
        10.0, "How long an upstream may be silent between two reads of its answer."
    )
    send_timeout: Seconds = setting(10.0, "How long an upstream may take nothing of the request's body.")
    replay_limit: Size = setting(
        8 * 1024**2,
        "A body up to this size is read whole before an upstream is asked, and kept in memory to be sent"
        " again; a larger one streams, and is sent once.",
    )
    forwarded: Literal["replace", "append", "off"] = setting(
        "replace",
        "What becomes of `X-Forwarded-*`: written anew, added to, or the client's own are passed on as"
        " they are, which lets a client claim any address.",
    )
    host: Authority = setting(
        "keep", "The `Host` that is sent: `keep` the client's, the `upstream`'s own, or this text."
    )
    upgrade: bool = setting(False, "Whether a WebSocket upgrade is carried, as a relay from then on.")
