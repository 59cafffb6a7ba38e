"""Requests with two readings: where does a chunk end?  (RFC 9112 section 7.1.)"""

from __future__ import annotations

from tests.vectors.model import HIDDEN, Allowed, RequestVector, chunked

_LAST = b"0\r\n\r\n"


def _bad(name: str, stream: bytes) -> RequestVector:
    return RequestVector(name, chunked(stream + HIDDEN))


def _size(name: str, line: bytes) -> RequestVector:
    """C{line} stands where the size of a chunk of 5 bytes should."""
    return _bad(name, line + b"\r\nhello\r\n" + _LAST)


def _good(name: str, stream: bytes, allowed: Allowed = Allowed.SERVED, *absent: str) -> RequestVector:
    return RequestVector(name, chunked(stream), allowed, b"hello", absent=absent)


#: The size, and what may stand beside it.
SIZES = (
    _size("hexadecimal_prefix", b"0x5"),
    _size("plus", b"+5"),
    _size("minus", b"-5"),
    _size("underscore", b"0_5"),
    _size("empty", b""),
    _size("extension_only", b";a=b"),
    _size("leading_space", b" 5"),
    _size("leading_tab", b"\t5"),
    _size("not_hexadecimal", b"5g"),
    _size("letters", b"five"),
    _size("two_words", b"5 5"),
    _size("overflow_17_digits", b"f" * 17),
    _size("overflow_64_bits_and_5", b"10000000000000005"),
    _size("overflow_32_bits_and_5", b"100000005"),
    _size("sixteen_digits", b"f" * 16),
    _size("forty_digits", b"1" * 40),
    _size("nul", b"5\x00"),
    _size("quoted", b'"5"'),
    _size("no_break_space", b"5\xa0"),
    _size("arabic_digit", "\u0665".encode()),
    _good("leading_zero", b"05\r\nhello\r\n" + _LAST, Allowed.EITHER),
    _good("many_leading_zeros", b"0" * 20 + b"5\r\nhello\r\n" + _LAST, Allowed.EITHER),
    _good("trailing_space", b"5 \r\nhello\r\n" + _LAST, Allowed.EITHER),
    _good("two_last_zeros", b"5\r\nhello\r\n00\r\n\r\n", Allowed.EITHER),
    _good("plain", b"5\r\nhello\r\n" + _LAST),
    _good("byte_by_byte", b"".join(b"1\r\n%c\r\n" % letter for letter in b"hello") + _LAST),
)

#: Line ends, at each place where one stands.
LINE_ENDS = (
    _bad("lf_after_size", b"5\nhello\r\n" + _LAST),
    _bad("lf_after_data", b"5\r\nhello\n" + _LAST),
    _bad("lf_after_last_size", b"5\r\nhello\r\n0\n\r\n"),
    _bad("lf_at_end", b"5\r\nhello\r\n0\r\n\n"),
    _bad("lf_everywhere", b"5\nhello\n0\n\n"),
    _bad("cr_after_size", b"5\rhello\r\n" + _LAST),
    _bad("cr_after_data", b"5\r\nhello\r" + _LAST),
    _bad("cr_after_last_size", b"5\r\nhello\r\n0\r\r\n"),
    _bad("cr_cr_lf_after_size", b"5\r\r\nhello\r\n" + _LAST),
    _bad("lf_cr_after_size", b"5\n\rhello\r\n" + _LAST),
    _bad("cr_at_end", b"5\r\nhello\r\n0\r\n\r"),
    _bad("nothing_after_data", b"5\r\nhello" + _LAST),
    _bad("two_other_bytes_after_data", b"5\r\nhelloXX" + _LAST),
    _bad("one_byte_too_many", b"5\r\nhello!\r\n" + _LAST),
    _bad("one_byte_too_few", b"5\r\nhell\r\n" + _LAST),
    _bad("no_end_after_last_size", b"5\r\nhello\r\n0\r\n"),
)

#: Extensions: dropped where they are good, refused where they hide something.
EXTENSIONS = (
    _bad("lf_inside", b"5;a\nb\r\nhello\r\n" + _LAST),
    _bad("lf_alone", b"5;\nhello\r\n" + _LAST),
    _bad("lf_at_end", b"5;a\nhello\r\n" + _LAST),
    _bad("cr_inside", b"5;a\rb\r\nhello\r\n" + _LAST),
    _bad("nul_inside", b"5;a\x00b\r\nhello\r\n" + _LAST),
    _bad("open_quote", b'5;a="b\r\nhello\r\n' + _LAST),
    _bad("lf_in_quotes", b'5;a="\n"\r\nhello\r\n' + _LAST),
    _bad("on_last_chunk_with_lf", b"5\r\nhello\r\n0;a\n\r\n"),
    _bad("a_megabyte", b"5;a=" + b"b" * 1_000_000 + b"\r\nhello\r\n" + _LAST),
    _good("name", b"5;a\r\nhello\r\n" + _LAST, Allowed.EITHER),
    _good("name_and_value", b"5;a=b\r\nhello\r\n" + _LAST, Allowed.EITHER),
    _good("quoted_value", b'5;a="b c"\r\nhello\r\n' + _LAST, Allowed.EITHER),
    _good("on_last_chunk", b"5\r\nhello\r\n0;a=b\r\n\r\n", Allowed.EITHER),
    _good("spaces_around", b"5 ; a = b\r\nhello\r\n" + _LAST, Allowed.EITHER),
)


def _trailer(name: str, lines: bytes) -> RequestVector:
    return _bad(name, b"5\r\nhello\r\n0\r\n" + lines + b"\r\n")


def _field(name: str, line: bytes, *absent: str) -> RequestVector:
    return _good(name, b"5\r\nhello\r\n0\r\n" + line + b"\r\n\r\n", Allowed.EITHER, *absent)


#: Trailers: never become fields that frame, route or identify.
TRAILERS = (
    _trailer("space_in_name", b"a b: c\r\n"),
    _trailer("space_before_colon", b"a : b\r\n"),
    _trailer("no_colon", b"abc\r\n"),
    _trailer("empty_name", b": b\r\n"),
    _trailer("folded", b"a: b\r\n c\r\n"),
    _trailer("bare_lf", b"a: b\nc: d\r\n"),
    _trailer("bare_cr", b"a: b\rc: d\r\n"),
    _trailer("nul", b"a: b\x00\r\n"),
    _trailer("high_byte_in_name", b"F\x85: b\r\n"),
    _trailer("ten_thousand", b"a: b\r\n" * 10_000),
    _trailer("a_megabyte", b"a: " + b"b" * 1_000_000 + b"\r\n"),
    _field("length", b"Content-Length: 34"),
    _field("coding", b"Transfer-Encoding: gzip"),
    _field("host", b"Host: b"),
    _field("forwarded", b"X-Forwarded-For: 10.9.8.7"),
    _field("authorization", b"Authorization: x", "authorization"),
    _field("harmless", b"X-Checksum: 1"),
)
