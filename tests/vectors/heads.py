"""Heads that are not what RFC 9112 sections 2 to 5 and RFC 9110 section 5 say."""

from __future__ import annotations

from tests.vectors.model import HIDDEN, Allowed, RequestVector, get

_EITHER = Allowed.EITHER


def _name(name: str, line: bytes) -> RequestVector:
    return RequestVector(name, get(line + b"\r\n"))


#: Field names and values.
FIELDS = (
    _name("name_with_space", b"F oo: x"),
    _name("name_with_nul", b"F\x00oo: x"),
    _name("name_with_0x85", b"F\x85: x"),
    _name("name_with_utf8", b"F\xc3\xa9: x"),
    _name("name_with_parentheses", b"F(oo): x"),
    _name("name_with_quote", b'F"oo: x'),
    _name("name_with_comma", b"F,oo: x"),
    _name("name_with_slash", b"F/oo: x"),
    _name("name_with_bracket", b"F[oo]: x"),
    _name("name_with_brace", b"F{oo}: x"),
    _name("name_with_at", b"F@oo: x"),
    _name("name_with_delete", b"F\x7foo: x"),
    _name("name_empty", b": x"),
    _name("name_without_colon", b"Foo"),
    _name("name_then_space", b"Foo : x"),
    _name("name_then_tab", b"Foo\t: x"),
    _name("value_with_nul", b"Foo: a\x00b"),
    _name("value_with_bare_cr", b"Foo: a\rb"),
    _name("value_with_bare_lf", b"Foo: a\nb"),
    _name("value_with_bare_lf_field", b"Foo: a\nBar: b"),
    _name("value_ends_in_cr_cr_lf", b"Foo: a\r"),
    _name("value_ends_in_cr_space", b"Foo: a\r "),
    _name("value_ends_in_space_cr", b"Foo: a \r"),
    _name("folded_with_space", b"Foo: a\r\n b"),
    _name("folded_with_tab", b"Foo: a\r\n\tb"),
    RequestVector("first_field_indented", get(host=b" Host: a\r\n")),
    RequestVector("head_ends_in_bare_lf", b"GET /vector HTTP/1.1\r\nHost: a\r\n\n" + HIDDEN),
    RequestVector("all_lines_end_in_lf", b"GET /vector HTTP/1.1\nHost: a\n\n" + HIDDEN),
    RequestVector("head_ends_in_lf_cr_lf", b"GET /vector HTTP/1.1\r\nHost: a\n\r\n" + HIDDEN),
    RequestVector("hidden_behind_lf_lf", get(b"X: a\n\n" + HIDDEN)),
    RequestVector("hidden_behind_cr_cr", get(b"X: a\r\r" + HIDDEN)),
    RequestVector("ten_thousand_fields", get(b"A: b\r\n" * 10_000)),
    RequestVector("head_of_8_mib", get(b"A: " + b"b" * (8 << 20) + b"\r\n")),
    RequestVector("line_without_end", b"GET /vector HTTP/1.1\r\nHost: a\r\nA: " + b"b" * (2 << 20)),
    RequestVector("value_with_control", get(b"Foo: a\x01b\r\n"), _EITHER),
    RequestVector("value_with_delete", get(b"Foo: a\x7fb\r\n"), _EITHER),
    RequestVector("value_with_high_byte", get(b"Foo: caf\xe9\r\n"), Allowed.SERVED),
    RequestVector("value_empty", get(b"Foo:\r\n"), Allowed.SERVED),
)


def _line(name: str, line: bytes, allowed: Allowed = Allowed.REFUSED, *targets: bytes) -> RequestVector:
    return RequestVector(name, get(line=line + b"\r\n"), allowed, targets=targets or (b"/vector",))


#: Request lines.
LINES = (
    _line("two_spaces", b"GET  /vector HTTP/1.1", _EITHER),
    _line("two_spaces_before_version", b"GET /vector  HTTP/1.1", _EITHER),
    _line("tabs", b"GET\t/vector\tHTTP/1.1"),
    _line("trailing_space", b"GET /vector HTTP/1.1 "),
    _line("leading_space", b" GET /vector HTTP/1.1"),
    _line("space_in_target", b"GET /vec tor HTTP/1.1"),
    _line("hidden_version_in_target", b"GET /vector HTTP/1.1 HTTP/1.1"),
    _line("small_letters", b"GET /vector http/1.1"),
    _line("version_1", b"GET /vector HTTP/1"),
    _line("version_0_9", b"GET /vector HTTP/0.9"),
    _line("version_2_0", b"GET /vector HTTP/2.0"),
    _line("version_3_0", b"GET /vector HTTP/3.0"),
    _line("version_11_1", b"GET /vector HTTP/11.1"),
    _line("version_1_10", b"GET /vector HTTP/1.10"),
    _line("version_signed", b"GET /vector HTTP/+1.1"),
    _line("version_spaced", b"GET /vector HTTP/1. 1"),
    _line("version_with_comma", b"GET /vector HTTP/1,1"),
    _line("other_protocol", b"GET /vector HTTQ/1.1"),
    _line("version_with_nul", b"GET /vector HTTP/1.1\x00"),
    _line("version_with_cr", b"GET /vector HTTP/1.1\r"),
    _line("version_missing", b"GET /vector"),
    _line("method_only", b"GET"),
    _line("target_missing", b"GET HTTP/1.1"),
    _line("target_with_nul", b"GET /vec\x00tor HTTP/1.1"),
    _line("target_with_cr", b"GET /vec\rtor HTTP/1.1"),
    _line("target_with_control", b"GET /vec\x01tor HTTP/1.1"),
    _line("target_with_vertical_tab", b"GET /vec\x0btor HTTP/1.1"),
    _line("target_without_slash", b"GET vector HTTP/1.1"),
    _line("target_star", b"GET * HTTP/1.1"),
    _line("target_a_query", b"GET ?vector HTTP/1.1"),
    _line("method_with_bracket", b"G[ET /vector HTTP/1.1"),
    _line("method_with_colon", b"GET: /vector HTTP/1.1"),
    _line("method_with_nul", b"G\x00ET /vector HTTP/1.1"),
    _line("line_of_128_kib", b"GET /vector?" + b"a" * (128 << 10) + b" HTTP/1.1"),
    _line("connect_authority", b"CONNECT a:443 HTTP/1.1"),
    _line("connect_path", b"CONNECT /vector HTTP/1.1"),
    RequestVector("line_ends_in_lf", b"GET /vector HTTP/1.1\nHost: a\r\n\r\n"),
    RequestVector("line_ends_in_cr", b"GET /vector HTTP/1.1\rHost: a\r\n\r\n"),
    RequestVector("http_0_9", b"GET /vector\r\n\r\n"),
    RequestVector("http_2_preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"),
    RequestVector("tls_hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(512)),
    RequestVector("an_answer", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    RequestVector("another_protocol", b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    RequestVector("two_lines", b"GET /vector HTTP/1.1\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"),
    RequestVector("cr_before", b"\r" + get()),
    RequestVector("nul_before", b"\0" + get()),
    RequestVector("empty_lines_only_lf", b"\n\n\n" + get(), _EITHER),
    RequestVector("empty_line_before", b"\r\n" + get(), _EITHER),
    _line("version_1_2", b"GET /vector HTTP/1.2", _EITHER),
    _line("small_method", b"get /vector HTTP/1.1", _EITHER),
    _line("unknown_method", b"FOOBAR /vector HTTP/1.1", _EITHER),
    _line("high_byte_in_target", b"GET /vector\xe9 HTTP/1.1", _EITHER, b"/vector\xe9"),
    _line("fragment", b"GET /vector#f HTTP/1.1", _EITHER, b"/vector"),
    _line("options_star", b"OPTIONS * HTTP/1.1", _EITHER, b"*"),
    RequestVector("http_1_0", b"GET /vector HTTP/1.0\r\nHost: a\r\n\r\n", Allowed.SERVED),
    RequestVector("http_1_0_without_host", b"GET /vector HTTP/1.0\r\n\r\n", _EITHER),
)


def _host(name: str, line: bytes, allowed: Allowed = Allowed.REFUSED) -> RequestVector:
    return RequestVector(name, get(host=line), allowed)


#: Host and the forms of a target that name one (RFC 9112 section 3.2).
HOSTS = (
    _host("missing", b""),
    _host("twice_same", b"Host: a\r\nHost: a\r\n"),
    _host("twice_different", b"Host: a\r\nHost: b\r\n"),
    _host("twice_other_case", b"Host: a\r\nhOST: b\r\n"),
    _host("with_space", b"Host: a b\r\n"),
    _host("with_slash", b"Host: a/b\r\n"),
    _host("with_userinfo", b"Host: a@b\r\n"),
    _host("list", b"Host: a, b\r\n"),
    _host("with_nul", b"Host: a\x00\r\n"),
    _host("with_query", b"Host: a?b\r\n"),
    _host("with_fragment", b"Host: a#b\r\n"),
    _host("with_backslash", b"Host: a\\b\r\n"),
    _host("port_not_a_number", b"Host: a:b\r\n"),
    _host("port_signed", b"Host: a:+80\r\n"),
    _host("high_byte", b"Host: caf\xe9\r\n"),
    _host("ipv6_open", b"Host: [::1\r\n"),
    RequestVector("twice_in_http_1_0", b"GET /vector HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
    _host("folded", b"Host:\r\n a\r\n"),
    _host("space_before_colon", b"Host : a\r\n"),
    _host("indented_second", b"Host: a\r\n Host: b\r\n"),
    _host("empty", b"Host:\r\n", _EITHER),
    _host("port", b"Host: a:8080\r\n", Allowed.SERVED),
    _host("ipv6", b"Host: [::1]:80\r\n", Allowed.SERVED),
    _line("absolute_with_userinfo", b"GET http://a@b/vector HTTP/1.1"),
    _line("absolute_without_host", b"GET http:///vector HTTP/1.1"),
    _line("absolute_with_backslash", b"GET http://a\\b/vector HTTP/1.1"),
    _line("absolute_ftp", b"GET ftp://a/vector HTTP/1.1"),
    _line("absolute_unfinished", b"GET http:/vector HTTP/1.1"),
    _line("absolute_same_host", b"GET http://a/vector HTTP/1.1", _EITHER),
    _line("absolute_other_host", b"GET http://b/vector HTTP/1.1", _EITHER),
    _line("absolute_no_path", b"GET http://a HTTP/1.1", _EITHER, b"/"),
)

_SOCKET = b"Connection: Upgrade\r\nUpgrade: websocket\r\n"

#: Upgrades and expectations, on a listener that does not upgrade.
UPGRADES = (
    RequestVector(
        "h2c",
        get(b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"),
        _EITHER,
        absent=("upgrade", "http2-settings"),
    ),
    RequestVector("websocket", get(_SOCKET), _EITHER, absent=("upgrade",)),
    RequestVector(
        "websocket_with_body",
        get(_SOCKET + b"Content-Length: 5\r\n") + b"hello",
        _EITHER,
        b"hello",
        absent=("upgrade",),
    ),
    RequestVector("unknown_expectation", get(b"Expect: wonders\r\n"), _EITHER),
)
