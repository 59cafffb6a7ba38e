"""How upstreams misbehave, as scripts for L{tests.integration.upstream_process}.

A script says when it begins (C{at}: once connected, after the head, after the whole
request) and its steps.
"""

from __future__ import annotations

from typing import Any

Script = dict[str, Any]

_OK = "HTTP/1.1 200 OK\r\n"


def script(at: str, *steps: list[Any]) -> Script:
    """C{at} is C{"accept"}, C{"head"} or C{"request"}; see the process for the steps."""
    return {"at": at, "steps": list(steps)}


#: Nothing went down yet: the next node answers, for GET and, with non_idempotent, for POST.
NEXT: dict[str, Script] = {
    "closes_once_connected": script("accept", ["close"]),
    "resets_once_connected": script("accept", ["reset"]),
    "closes_after_the_head": script("head", ["close"]),
    "resets_after_the_head": script("head", ["reset"]),
    "closes_after_the_request": script("request", ["close"]),
    "resets_after_the_request": script("request", ["reset"]),
    "closes_in_the_status_line": script("request", ["send", "HTTP/1.1 2"], ["close"]),
    "closes_in_the_head": script("request", ["send", _OK + "Content-Le"], ["close"]),
    "resets_in_the_head": script("request", ["send", _OK + "Content-Le"], ["reset"]),
    "speaks_nonsense": script("request", ["send", "wonders\r\n\r\n"], ["close"]),
    "head_without_end": script("request", ["send", _OK + "A: b\r\n"], ["hang"]),
    "hangs_before_the_answer": script("request", ["hang"]),
    "hangs_once_connected": script("accept", ["hang"]),
    "answers_404": script("request", ["send", "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"]),
}

#: The answer was under way: never tried again, and never looks whole.
CUT: dict[str, Script] = {
    "closes_in_the_body": script("request", ["send", _OK + "Content-Length: 10\r\n\r\nhello"], ["close"]),
    "resets_in_the_body": script(
        "request", ["send", _OK + "Content-Length: 10\r\n\r\nhello"], ["wait", 0.1], ["reset"]
    ),
    "closes_between_chunks": script(
        "request", ["send", _OK + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"], ["close"]
    ),
    "resets_between_chunks": script(
        "request",
        ["send", _OK + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"],
        ["wait", 0.1],
        ["reset"],
    ),
    "resets_before_the_end": script("request", ["send", _OK + "\r\nhello"], ["wait", 0.1], ["reset"]),
    "is_silent_in_the_body": script("request", ["send", _OK + "Content-Length: 10\r\n\r\nhello"], ["hang"]),
    "is_silent_between_chunks": script(
        "request", ["send", _OK + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"], ["hang"]
    ),
}

#: What a mirror may do and the client must not notice.
MIRROR: dict[str, Script] = {
    "closes": script("accept", ["close"]),
    "resets": script("request", ["reset"]),
    "hangs": script("request", ["hang"]),
    "hangs_once_connected": script("accept", ["hang"]),
    "answers_500": script("request", ["send", "HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno"]),
    "speaks_nonsense": script("request", ["send", "wonders\r\n\r\n"]),
    "is_truncated": script("request", ["send", _OK + "Content-Length: 10\r\n\r\nhello"], ["close"]),
    "sends_half_a_head": script("request", ["send", _OK + "Content-Le"], ["hang"]),
    "answers_80_mb": script(
        "request", ["send", _OK + "Content-Length: 80000000\r\n\r\n"], ["fill", 80_000_000]
    ),
    "answers_without_end": script("request", ["send", _OK + "\r\n"], ["fill", 1_000_000_000]),
}
