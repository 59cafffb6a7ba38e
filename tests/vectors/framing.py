"""Requests with two readings: how long is the body?  (RFC 9112 section 6.)

Content-Length against Transfer-Encoding, and lengths that parsers read differently.
"""

from __future__ import annotations

from tests.vectors.model import HIDDEN, Allowed, RequestVector, get, post

_END = b"0\r\n\r\n"


def _coding(name: str, fields: bytes) -> RequestVector:
    """Chunked to one reader, of length 5 to another; the hidden request follows the last chunk."""
    return RequestVector(name, post(fields, _END + HIDDEN))


def _coded(name: str, fields: bytes, allowed: Allowed = Allowed.SERVED) -> RequestVector:
    return RequestVector(name, post(fields, b"5\r\nhello\r\n" + _END), allowed, b"hello")


#: Transfer-Encoding: alone, with a length, disguised.
CODINGS = (
    _coding("length_then_chunked", b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
    _coding("chunked_then_length", b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
    _coding("chunked_with_zero_length", b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"),
    _coding("list_identity_chunked", b"Transfer-Encoding: identity, chunked\r\n"),
    _coding("list_chunked_identity", b"Transfer-Encoding: chunked, identity\r\n"),
    _coding("list_chunked_chunked", b"Transfer-Encoding: chunked, chunked\r\n"),
    _coding("list_gzip_chunked", b"Transfer-Encoding: gzip, chunked\r\n"),
    _coding("list_chunked_gzip", b"Transfer-Encoding: chunked, gzip\r\n"),
    _coding("gzip_alone", b"Transfer-Encoding: gzip\r\n"),
    _coding("identity_with_length", b"Transfer-Encoding: identity\r\nContent-Length: 5\r\n"),
    _coding("quoted", b'Transfer-Encoding: "chunked"\r\n'),
    _coding("parameter", b"Transfer-Encoding: chunked;q=1\r\n"),
    _coding("vertical_tab_before", b"Transfer-Encoding: \x0bchunked\r\n"),
    _coding("vertical_tab_after", b"Transfer-Encoding: chunked\x0b\r\n"),
    _coding("form_feed_before", b"Transfer-Encoding: \x0cchunked\r\n"),
    _coding("no_break_space_after", b"Transfer-Encoding: chunked\xa0\r\n"),
    _coding("no_break_space_before", b"Transfer-Encoding: \xa0chunked\r\n"),
    _coding("nul_after", b"Transfer-Encoding: chunked\x00\r\n"),
    _coding("bare_cr_inside", b"Transfer-Encoding: chu\rnked\r\n"),
    _coding("bare_cr_after", b"Transfer-Encoding: chunked\r \r\n"),
    _coding("folded", b"Transfer-Encoding:\r\n chunked\r\n"),
    _coding("folded_list", b"Transfer-Encoding: chunked\r\n , identity\r\n"),
    _coding("folded_after_length", b"Content-Length: 5\r\nTransfer-Encoding:\r\n\tchunked\r\n"),
    _coding("space_before_colon", b"Transfer-Encoding : chunked\r\n"),
    _coding("tab_before_colon", b"Transfer-Encoding\t: chunked\r\n"),
    _coding("vertical_tab_before_colon", b"Transfer-Encoding\x0b: chunked\r\n"),
    _coding("after_bare_lf", b"Content-Length: 5\r\nX: a\nTransfer-Encoding: chunked\r\n"),
    _coding("after_bare_cr", b"Content-Length: 5\r\nX: a\rTransfer-Encoding: chunked\r\n"),
    _coding("after_nul", b"Content-Length: 5\r\nX: a\x00Transfer-Encoding: chunked\r\n"),
    _coding("twice", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
    _coding("twice_identity_last", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
    _coding("twice_identity_first", b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"),
    _coding("prefixed_word", b"Transfer-Encoding: xchunked\r\n"),
    _coding("longer_word", b"Transfer-Encoding: chunkedx\r\n"),
    _coding("two_words", b"Transfer-Encoding: chunked x\r\n"),
    _coding("empty_with_length", b"Transfer-Encoding:\r\nContent-Length: 5\r\n"),
    _coding("name_with_high_byte", b"Transfer\x85Encoding: chunked\r\n"),
    _coding("name_with_nul", b"Transfer-Encoding\x00: chunked\r\n"),
    RequestVector(
        "first_line_indented",
        b"POST /vector HTTP/1.1\r\n Transfer-Encoding: chunked\r\nHost: a\r\n\r\n" + _END + HIDDEN,
    ),
    RequestVector(
        "in_http_1_0",
        b"POST /vector HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + _END + HIDDEN,
    ),
    RequestVector(
        "in_http_1_0_kept",
        b"POST /vector HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Length: 5\r\n\r\n" + _END + HIDDEN,
    ),
    _coded("capitals", b"Transfer-Encoding: CHUNKED\r\n"),
    _coded("no_space", b"Transfer-Encoding:chunked\r\n"),
    _coded("tab_for_space", b"Transfer-Encoding:\tchunked\r\n", Allowed.EITHER),
    _coded("spaces_around", b"Transfer-Encoding:   chunked  \r\n"),
    _coded("comma_before", b"Transfer-Encoding: ,chunked\r\n", Allowed.EITHER),
    _coded("comma_after", b"Transfer-Encoding: chunked,\r\n", Allowed.EITHER),
    _coded(
        "named_in_connection",
        b"Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n",
        Allowed.EITHER,
    ),
    RequestVector(
        "underscore_in_name",
        post(b"Content-Length: 5\r\nTransfer_Encoding: chunked\r\n", b"hello"),
        Allowed.EITHER,
        b"hello",
    ),
    RequestVector(
        "chunked_get",
        get(b"Transfer-Encoding: chunked\r\n") + b"5\r\nhello\r\n" + _END,
        Allowed.EITHER,
        b"hello",
    ),
)


def _length(name: str, value: bytes, allowed: Allowed = Allowed.REFUSED) -> RequestVector:
    follows = HIDDEN if allowed is Allowed.REFUSED else b""
    return RequestVector(
        name, post(b"Content-Length: " + value + b"\r\n", b"hello" + follows), allowed, b"hello"
    )


#: Content-Length as no two parsers read it (RFC 9110 section 8.6: digits, nothing else).
LENGTHS = (
    _length("plus", b"+5"),
    _length("minus", b"-5"),
    _length("minus_zero", b"-0"),
    _length("hexadecimal", b"0x5"),
    _length("hexadecimal_digit", b"5a"),
    _length("underscore", b"1_0"),
    _length("two_words", b"5 5"),
    _length("semicolon", b"5;5"),
    _length("fraction", b"5.0"),
    _length("exponent", b"5e0"),
    _length("quoted", b'"5"'),
    _length("empty", b""),
    _length("comma_only", b","),
    _length("list_different", b"5, 6"),
    _length("list_different_no_space", b"6,5"),
    _length("list_with_sign", b"5, +5"),
    _length("two_to_the_32_and_5", b"4294967301"),
    _length("two_to_the_64_and_5", b"18446744073709551621"),
    _length("two_to_the_63", b"9223372036854775808"),
    _length("five_thousand_digits", b"5" * 5000),
    _length("arabic_digits", "\u0665".encode()),
    _length("full_width_digits", "\uff15".encode()),
    _length("superscript_digit", b"\xb2"),
    _length("folded", b"5\r\n 5"),
    _length("folded_empty", b"\r\n 5"),
    _length("vertical_tab", b"\x0b5"),
    _length("form_feed", b"5\x0c"),
    _length("no_break_space", b"5\xa0"),
    _length("next_line", b"5\x85"),
    _length("nul", b"5\x00"),
    _length("bare_cr", b"5\r5"),
    _length("twice_different", b"5\r\nContent-Length: 6"),
    _length("twice_different_reversed", b"6\r\nContent-Length: 5"),
    _length("twice_other_case", b"5\r\ncontent-length: 34"),
    _length("twice_one_bad", b"5\r\nContent-Length: x"),
    RequestVector("space_before_colon", post(b"Content-Length : 5\r\n", b"hello" + HIDDEN)),
    RequestVector("after_bare_lf", post(b"X: y\nContent-Length: 5\r\n", b"hello" + HIDDEN)),
    RequestVector("after_bare_cr", post(b"X: y\rContent-Length: 5\r\n", b"hello" + HIDDEN)),
    _length("leading_zeros", b"005", Allowed.EITHER),
    _length("twice_same", b"5\r\nContent-Length: 5", Allowed.EITHER),
    _length("list_same", b"5, 5", Allowed.EITHER),
    _length("leading_spaces", b"   5", Allowed.SERVED),
    _length("trailing_spaces", b"5  ", Allowed.SERVED),
    _length("trailing_tab", b"5\t", Allowed.EITHER),
    RequestVector(
        "named_in_connection",
        post(b"Connection: Content-Length\r\nContent-Length: 5\r\n", b"hello"),
        Allowed.EITHER,
        b"hello",
    ),
    RequestVector("none_in_http_1_0", b"POST /vector HTTP/1.0\r\nHost: a\r\n\r\n" + HIDDEN, Allowed.EITHER),
    RequestVector("zero", post(b"Content-Length: 0\r\n"), Allowed.SERVED),
    RequestVector("none_on_post", post(b""), Allowed.EITHER),
    RequestVector("body_on_get", get(b"Content-Length: 5\r\n") + b"hello", Allowed.SERVED, b"hello"),
)
