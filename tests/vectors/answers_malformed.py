"""Answers of an upstream that are not HTTP, not whole, or not what they seem (RFC 9112 section 6.3)."""

from __future__ import annotations

from tests.vectors.model import Ending, ResponseVector

_OK = b"HTTP/1.1 200 OK\r\n"


def _response(fields: bytes, body: bytes = b"hello", line: bytes = _OK) -> bytes:
    return line + fields + b"\r\n" + body


def _length(name: str, value: bytes) -> ResponseVector:
    return ResponseVector(name, _response(b"Content-Length: " + value + b"\r\n"))


def _line(name: str, line: bytes) -> ResponseVector:
    return ResponseVector(name, _response(b"Content-Length: 5\r\n", line=line))


def _chunks(
    name: str, stream: bytes, ending: Ending = Ending.NOT_WHOLE, keep: bool = False
) -> ResponseVector:
    return ResponseVector(name, _response(b"Transfer-Encoding: chunked\r\n", stream), ending, keep=keep)


_LENGTHS = (
    _length("length_not_a_number", b"five"),
    _length("length_plus", b"+5"),
    _length("length_minus", b"-5"),
    _length("length_hexadecimal", b"0x5"),
    _length("length_empty", b""),
    _length("length_two_words", b"5 5"),
    _length("length_overflow", b"18446744073709551621"),
    _length("length_list_different", b"5, 6"),
    _length("length_twice_different", b"5\r\nContent-Length: 6"),
    _length("length_twice_same", b"5\r\nContent-Length: 5"),
    _length("length_of_5000_digits", b"5" * 5000),
    _length("length_arabic_digit", "\u0665".encode()),
    _length("length_with_nul", b"5\x00"),
    _length("length_folded", b"\r\n 5"),
)

_CODINGS = (
    ResponseVector(
        "length_and_chunked",
        _response(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
    ),
    ResponseVector(
        "chunked_and_length",
        _response(b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
    ),
    ResponseVector(
        "coding_with_vertical_tab",
        _response(b"Transfer-Encoding: \x0bchunked\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
    ),
    ResponseVector(
        "coding_folded", _response(b"Transfer-Encoding:\r\n chunked\r\n", b"5\r\nhello\r\n0\r\n\r\n")
    ),
    ResponseVector(
        "coding_space_before_colon",
        _response(b"Content-Length: 5\r\nTransfer-Encoding : chunked\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
    ),
    ResponseVector("coding_unknown", _response(b"Transfer-Encoding: wonders\r\n")),
    ResponseVector(
        "coding_twice",
        _response(
            b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"5\r\nhello\r\n0\r\n\r\n"
        ),
    ),
    ResponseVector(
        "coding_list", _response(b"Transfer-Encoding: chunked, identity\r\n", b"5\r\nhello\r\n0\r\n\r\n")
    ),
    ResponseVector(
        "coding_in_http_1_0",
        _response(b"Transfer-Encoding: chunked\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"HTTP/1.0 200 OK\r\n"),
    ),
)

_HEADS = (
    ResponseVector("no_status_line", b"hello, world\r\n\r\n"),
    ResponseVector("body_without_head", b"hello"),
    ResponseVector("tls_bytes", b"\x15\x03\x01\x00\x02\x02\x28" + bytes(64)),
    ResponseVector("nothing", b""),
    ResponseVector("half_a_status_line", b"HTTP/1.1 20"),
    ResponseVector("half_a_head", _OK + b"Content-Length: 5\r\nX-Ha"),
    ResponseVector("head_without_end", _OK + b"Content-Length: 5\r\n"),
    ResponseVector("head_of_8_mib", _response(b"A: " + b"b" * (8 << 20) + b"\r\nContent-Length: 5\r\n")),
    ResponseVector("head_of_100_000_fields", _response(b"A: b\r\n" * 100_000 + b"Content-Length: 5\r\n")),
    ResponseVector("nul_in_value", _response(b"Content-Length: 5\r\nA: b\x00c\r\n")),
    ResponseVector("nul_in_name", _response(b"Content-Length: 5\r\nA\x00: b\r\n")),
    ResponseVector("space_before_colon", _response(b"Content-Length : 5\r\n")),
    ResponseVector("field_without_colon", _response(b"Content-Length: 5\r\nwonders\r\n")),
    ResponseVector("bare_cr_in_value", _response(b"Content-Length: 5\r\nA: b\rSet-Cookie: c\r\n")),
    _line("nul_in_reason", b"HTTP/1.1 200 O\x00K\r\n"),
    _line("escape_in_reason", b"HTTP/1.1 200 \x1b[2J\r\n"),
    _line("bare_cr_in_reason", b"HTTP/1.1 200 O\rK\r\n"),
    _line("cr_before", b"\rHTTP/1.1 200 OK\r\n"),
    _line("status_signed", b"HTTP/1.1 +20 OK\r\n"),
    _line("status_two_digits", b"HTTP/1.1 20 OK\r\n"),
    _line("status_four_digits", b"HTTP/1.1 2000 OK\r\n"),
    _line("status_letters", b"HTTP/1.1 abc OK\r\n"),
    _line("status_zero", b"HTTP/1.1 000 OK\r\n"),
    _line("version_2", b"HTTP/2.0 200 OK\r\n"),
    _line("rtsp", b"RTSP/1.0 200 OK\r\n"),
    _line("ice", b"ICE/1.0 200 OK\r\n"),
    _line("delete_in_reason", b"HTTP/1.1 200 O\x7fK\r\n"),
    _line("another_protocol", b"ICY 200 OK\r\n"),
    ResponseVector("a_request", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ResponseVector(
        "unasked_101",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello",
    ),
)

_BODIES = (
    ResponseVector("length_short", _response(b"Content-Length: 10\r\n"), Ending.TRUNCATED),
    _chunks("chunks_without_last", b"5\r\nhello\r\n", Ending.TRUNCATED),
    _chunks("chunk_short", b"5\r\nhel", Ending.TRUNCATED),
    _chunks("chunks_without_final_line", b"5\r\nhello\r\n0\r\n", Ending.TRUNCATED),
    _chunks("chunk_size_prefixed", b"0x5\r\nhello\r\n0\r\n\r\n"),
    _chunks("chunk_size_signed", b"+5\r\nhello\r\n0\r\n\r\n"),
    _chunks("chunk_size_letters", b"five\r\nhello\r\n0\r\n\r\n"),
    _chunks("chunk_size_overflow", b"f" * 17 + b"\r\nhello\r\n0\r\n\r\n"),
    _chunks("chunk_line_bare_lf", b"5\nhello\r\n0\r\n\r\n"),
    _chunks("chunk_data_bare_lf", b"5\r\nhello\n0\r\n\r\n"),
    _chunks("chunk_data_too_long", b"5\r\nhello!\r\n0\r\n\r\n"),
    _chunks("chunk_other_bytes_after_data", b"5\r\nhelloXX0\r\n\r\n"),
    _chunks("chunk_extension_lf", b"5;a\nhello\r\n0\r\n\r\n"),
    _chunks("chunk_extension_nul", b"5;\x00\r\nhello\r\n0\r\n\r\n"),
    _chunks("trailer_bad_name", b"5\r\nhello\r\n0\r\na b: c\r\n\r\n"),
)

_SERVED = (
    ResponseVector("plain", _response(b"Content-Length: 5\r\n"), Ending.SERVED, keep=True),
    ResponseVector("until_close", _response(b""), Ending.SERVED),
    ResponseVector("http_1_0", _response(b"", line=b"HTTP/1.0 200 OK\r\n"), Ending.SERVED),
    ResponseVector(
        "no_reason", _response(b"Content-Length: 5\r\n", line=b"HTTP/1.1 200 \r\n"), Ending.SERVED, keep=True
    ),
    _chunks("chunked", b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", Ending.SERVED, keep=True),
    _chunks("chunked_with_extension", b"5;a=b\r\nhello\r\n0\r\n\r\n", Ending.SERVED, keep=True),
    _chunks("chunked_with_trailer", b"5\r\nhello\r\n0\r\nX-A: b\r\n\r\n", Ending.SERVED, keep=True),
    ResponseVector(
        "surplus_after_length",
        _response(b"Content-Length: 5\r\n", b"hello" + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"),
        Ending.SERVED,
        keep=True,
    ),
    _chunks(
        "surplus_after_last_chunk",
        b"5\r\nhello\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        Ending.SERVED,
        keep=True,
    ),
    ResponseVector(
        "hint_103_first",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + _response(b"Content-Length: 5\r\n"),
        Ending.SERVED,
        keep=True,
    ),
    ResponseVector(
        "unasked_100_first",
        b"HTTP/1.1 100 Continue\r\n\r\n" + _response(b"Content-Length: 5\r\n"),
        Ending.SERVED,
        keep=True,
    ),
    ResponseVector(
        "three_1xx_first",
        b"HTTP/1.1 102 Processing\r\n\r\n" * 3 + _response(b"Content-Length: 5\r\n"),
        Ending.SERVED,
        keep=True,
    ),
    ResponseVector(
        "head_with_length", _response(b"Content-Length: 5\r\n", b""), Ending.SERVED, "HEAD", True, 200, b""
    ),
    ResponseVector(
        "head_with_chunked",
        _response(b"Transfer-Encoding: chunked\r\n", b""),
        Ending.SERVED,
        "HEAD",
        True,
        200,
        b"",
    ),
    ResponseVector(
        "head_with_body", _response(b"Content-Length: 5\r\n", b"hello"), Ending.SERVED, "HEAD", True, 200, b""
    ),
    ResponseVector(
        "status_204_with_body",
        _response(b"Content-Length: 5\r\n", b"hello", b"HTTP/1.1 204 No Content\r\n"),
        Ending.SERVED,
        keep=True,
        status=204,
        body=b"",
    ),
    ResponseVector(
        "status_204_with_chunked",
        _response(b"Transfer-Encoding: chunked\r\n", b"", b"HTTP/1.1 204 No Content\r\n"),
        Ending.SERVED,
        keep=True,
        status=204,
        body=b"",
    ),
    ResponseVector(
        "status_304_with_length",
        _response(b"Content-Length: 5\r\n", b"", b"HTTP/1.1 304 Not Modified\r\n"),
        Ending.SERVED,
        keep=True,
        status=304,
        body=b"",
    ),
    ResponseVector("endless_1xx", b"HTTP/1.1 100 Continue\r\n\r\n" * 100_000, Ending.REFUSED),
)

FAMILIES: dict[str, tuple[ResponseVector, ...]] = {
    "length": _LENGTHS,
    "coding": _CODINGS,
    "head": _HEADS,
    "body": _BODIES,
    "served": _SERVED,
}
